"""Reports of mail servers: which message they are about, and whether it is for good."""

import pytest

from trial.exchange.bounces import read

REPORT = b"""From: mailer@example.org
To: office@example.org
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

It did not arrive.

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org

Final-Recipient: rfc822; ada@example.org
Action: failed
Status: 5.1.1

--cut
Content-Type: %s

%s

--cut--
"""
HEADERS = b"From: office@example.org\nMessage-ID: <0123abcd@example.org>\nSubject: Hello"


@pytest.mark.parametrize("kind", [b"text/rfc822-headers", b"message/rfc822"])
def test_a_report_names_the_message_that_came_back(kind):
    found = read(REPORT % (kind, HEADERS))
    assert found is not None
    assert (found.message, found.status, found.for_good) == ("0123abcd", "5.1.1", True)


def test_a_server_that_still_tries_is_no_bounce():
    found = read((REPORT % (b"message/rfc822", HEADERS)).replace(b"5.1.1", b"4.4.7"))
    assert found is not None and not found.for_good


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\x00\xff",
        b"From: a@example.org\nSubject: On holiday\n\nUntil Monday.",
        REPORT % (b"message/rfc822", b"Subject: without a mark"),
        (REPORT % (b"message/rfc822", HEADERS)).replace(b"Status", b"Statistics"),
        b"Content-Type: multipart/report\n\n",
    ],
)
def test_other_mail_is_none(mail):
    assert read(mail) is None

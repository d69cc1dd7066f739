"""Text messages through GOV.UK Notify, where the instance has a key for it."""

import importlib
from dataclasses import dataclass, field
from typing import Any

from trial.config import TextService
from trial.exchange.letter import BrokenOff, Letter, Refused, Undelivered, Unreachable

CLIENT = "notifications_python_client"
# What Notify answers: a wrong telephone number or text, no right to send, and for now too much.
WRONG, FORBIDDEN, BUSY = {400}, {401, 403, 404}, {429}
SERVER_FAULT = 500


@dataclass
class Notify:
    """The service, with its client made for the first message."""

    service: TextService
    client: Any = field(default=None, init=False)

    def send(self, letter: Letter) -> None:
        """Hand over one text message; after a doubt only if Notify does not know it yet.

        The template of the service holds one gap, ``text``.
        """
        errors = _module("errors")
        try:
            if letter.again and self._knows(letter.message_id):
                return
            self._client().send_sms_notification(
                phone_number=letter.to,
                template_id=self.service.template_id,
                personalisation={"text": " ".join(letter.paragraphs)},
                reference=letter.message_id,
            )
        except errors.HTTPError as fault:
            raise _told(fault.status_code) from fault
        except errors.InvalidResponse as fault:
            raise BrokenOff("GOV.UK Notify broke off while it took the message.") from fault

    def close(self) -> None:
        """Nothing is kept open."""
        self.client = None

    def _knows(self, reference: str) -> bool:
        found = self._client().get_all_notifications(reference=reference)
        return bool(found["notifications"])

    def _client(self) -> Any:
        if self.client is None:
            if not self.service.api_key:
                raise Unreachable("TRIAL_NOTIFY_KEY is not set: text messages cannot be sent.")
            self.client = _module("notifications").NotificationsAPIClient(
                self.service.api_key, base_url=self.service.base_url
            )
        return self.client


def _module(name: str) -> Any:
    try:
        return importlib.import_module(f"{CLIENT}.{name}")
    except ModuleNotFoundError as missing:
        raise Unreachable(
            "Text messages need a package that is not installed: "
            "pip install notifications-python-client."
        ) from missing


def _told(code: int) -> Undelivered:
    if code in WRONG:
        return Refused(f"GOV.UK Notify refused the number or the message ({code}).")
    if code in FORBIDDEN:
        return Unreachable(f"GOV.UK Notify refused our key or template ({code}).")
    if code in BUSY:
        return Unreachable(f"GOV.UK Notify takes no more for now ({code}).")
    if code >= SERVER_FAULT:
        return BrokenOff(f"GOV.UK Notify broke off while it took the message ({code}).")
    return Undelivered(f"GOV.UK Notify did not take the message ({code}).")

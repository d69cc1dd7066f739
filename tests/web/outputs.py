"""Everything that a person can take away as a file, opened so that its words can be looked through."""

from collections.abc import Iterator

from flask.testing import FlaskClient

from tests.web.crawling import Visited
from tests.web.opening import opened

PLACES = ("/reports", "/allocation")


def files(client: FlaskClient) -> Iterator[tuple[str, str]]:
    """Each file that the buttons of a person's pages write, by name, with all the text in it."""
    for place in PLACES:
        page = Visited(place, "", client.get(place))
        if page.answer.status_code != 200:
            continue
        for form in page.forms():
            for action in form.actions:
                if form.method == "post" and "." in action:
                    answer = client.post(action, data=form.as_shown())
                    assert answer.status_code == 200, (action, answer.status_code)
                    yield from opened(answer)

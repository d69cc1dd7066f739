"""Everything that a person can take away as a file, opened so that its words can be looked through."""

import io
import zipfile
from collections.abc import Iterator

from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.test import TestResponse

from tests.web.crawling import Visited

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


def opened(answer: TestResponse) -> Iterator[tuple[str, str]]:
    """The texts of one file and of the files in it; its headers, which hold its name, come first."""
    yield "headers", str(answer.headers)
    content, kind = answer.data, answer.mimetype
    if kind == "application/zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name, name + "\n" + archive.read(name).decode("utf-8-sig")
    elif kind == "application/pdf":
        reader = PdfReader(io.BytesIO(content))
        drawn = [page.extract_text() for page in reader.pages]
        yield "pdf", "\n".join([*drawn, str(reader.metadata)])
    else:
        yield kind, answer.text

"""What the application answers, opened so that its words can be looked through."""

import io
import zipfile
from collections.abc import Iterator

from pypdf import PdfReader
from werkzeug.test import TestResponse


def text_of(answer: TestResponse) -> str:
    """All the text of an answer: of a page its source, of a file what stands in it."""
    return "\n".join(text for _, text in opened(answer))


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

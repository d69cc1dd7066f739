"""Files of a record: looked at before they are taken, sealed, opened again for who may see the record."""

import hashlib
import io
import zipfile

from sqlalchemy.orm import Session

from trial.conduct.forms.plans import Subject, telling
from trial.conduct.refused import Refused
from trial.protocol.forms import FormPlan
from trial.protocol.forms.items import File
from trial.records.models import Attachment, Record
from trial.records.sealed import seal_file, unseal_file

KILOBYTE = 1024
SIGNS = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff"}
WORD = "word/document.xml"
NAMES = {"pdf": "PDF", "png": "PNG", "jpg": "JPG", "txt": "plain text", "docx": "Word (docx)"}


def attach(
    session: Session,
    key: bytes,
    form: FormPlan,
    item: File,
    path: str,
    subject: Subject,
    content: bytes,
) -> Attachment:
    """Seal a file and keep it; its own name is not kept, since names of files name people.

    Raises ``Refused`` under the question's path where the file is too large or not what was asked for.
    """
    kind = _kind(item, content)
    if len(content) > item.most_kilobytes * KILOBYTE:
        raise Refused(f"Choose a file of at most {item.most_kilobytes} kilobytes.", path)
    if kind is None:
        raise Refused(f"Choose a file of this kind: {kinds_of(item)}.", path)
    fingerprint = hashlib.sha256(content).hexdigest()
    made = Attachment(
        cluster_id=subject.cluster_id,
        participant_id=None if subject.participant is None else subject.participant.id,
        unblinds=telling(form, subject) or item.unblinds,
        name=f"{item.key}.{kind}",
        type=kind,
        size=len(content),
        sha256=fingerprint,
        sealed=seal_file(key, content, fingerprint),
    )
    session.add(made)
    session.flush()
    return made


def of(session: Session, record: Record, number: object) -> Attachment | None:
    """The file that an answer of a record names, if it is one about the same person and cluster."""
    found = session.get(Attachment, number) if isinstance(number, int) else None
    if found is None:
        return None
    same = (found.cluster_id, found.participant_id) == (record.cluster_id, record.participant_id)
    return found if same else None


def opened(key: bytes, attachment: Attachment) -> bytes:
    """The file itself."""
    return unseal_file(key, attachment.sealed, attachment.sha256)


def kinds_of(item: File) -> str:
    """Which kinds of file a question takes, in words."""
    return ", ".join(NAMES[one] for one in item.types)


def _kind(item: File, content: bytes) -> str | None:
    """Which of the kinds asked for a file is, by what it holds and not by its name."""
    return next((one for one in item.types if _is(one, content)), None)


def _is(kind: str, content: bytes) -> bool:
    if kind in SIGNS:
        return content.startswith(SIGNS[kind])
    return _is_word(content) if kind == "docx" else _is_text(content)


def _is_word(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            return WORD in parts.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def _is_text(content: bytes) -> bool:
    try:
        return "\x00" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False

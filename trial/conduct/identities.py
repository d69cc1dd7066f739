"""Who a participant is: sealed under the participant's own key, shown only in an act that says so."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session
from stdnum.exceptions import ValidationError
from stdnum.gb import nhs

from trial.conduct.access import Act
from trial.conduct.dates import not_future
from trial.conduct.reasons import need
from trial.conduct.refused import NotAllowed, Refused
from trial.conduct.underway import draft
from trial.records.identity import Vault, seal, unseal
from trial.records.models import Identity, Participant, ParticipantKey


@dataclass(frozen=True)
class Identifiers:
    """What is known of who somebody is; what is not known is empty."""

    name: str | None = None
    date_of_birth: date | None = None
    nhs_number: str | None = None
    address: str | None = None
    phone: str | None = None
    email: str | None = None


ITEMS = tuple(one.name for one in fields(Identifiers))


def record(
    session: Session,
    vault: Vault,
    participant: Participant,
    *,
    name: str | None = None,
    date_of_birth: date | None = None,
    nhs_number: str | None = None,
    address: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    emptied: Collection[str] = (),
    on: date,
) -> Identity:
    """Record identifiers or correct them with a reason; what is not given stays, unless it is emptied."""
    key = _key(session, vault, participant)
    identity = of(session, participant) or _new(session, participant)
    given = {
        "name": name,
        "date_of_birth": _born(participant, date_of_birth, on),
        "nhs_number": _nhs(session, vault, identity, nhs_number),
        "address": address,
        "phone": phone,
        "email": email,
    }
    for item in ITEMS:
        text = (given[item] or "").strip() or None
        if text is not None or item in emptied:
            _set(session, key, identity, participant, item, text)
    if identity.nhs_number is None:
        identity.nhs_index = None
    elif given["nhs_number"]:
        identity.nhs_index = vault.blind_index(given["nhs_number"])
    session.flush()
    return identity


def show(session: Session, vault: Vault, participant: Participant) -> Identifiers:
    """Who this is; only inside an act of showing identity, so that the trail says who saw it."""
    act = draft(session)
    if act.name != Act.SHOW_IDENTITY or act.participant_id != participant.id:
        raise NotAllowed("Identifiers are shown only in an act that the trail keeps.")
    identity = of(session, participant)
    if identity is None:
        return Identifiers()
    key = _key(session, vault, participant)
    known = {item: _opened(key, identity, participant, item) for item in ITEMS}
    born = known.pop("date_of_birth")
    return Identifiers(date_of_birth=date.fromisoformat(born) if born else None, **known)


def address(session: Session, vault: Vault, participant: Participant, *, item: str) -> str | None:
    """The e-mail address or telephone number for a message that is sent at once; nobody is shown it."""
    identity = of(session, participant)
    kept = _kept_key(session, participant)
    if identity is None or kept is None or getattr(identity, item) is None:
        return None
    return _opened(vault.unwrap(kept, participant.number), identity, participant, item)


def of(session: Session, participant: Participant) -> Identity | None:
    """The sealed identity of a participant, if one was recorded."""
    return session.scalar(select(Identity).where(Identity.participant_id == participant.id))


def recorded(identity: Identity | None) -> tuple[str, ...]:
    """Which items are recorded, without opening any."""
    return tuple(item for item in ITEMS if identity is not None and getattr(identity, item))


def _new(session: Session, participant: Participant) -> Identity:
    made = Identity(participant_id=participant.id, cluster_id=participant.cluster_id)
    session.add(made)
    return made


def _key(session: Session, vault: Vault, participant: Participant) -> bytes:
    kept = _kept_key(session, participant)
    if kept is None:
        raise Refused(f"The identifiers of {participant.number} were erased.")
    return vault.unwrap(kept, participant.number)


def _kept_key(session: Session, participant: Participant) -> str | None:
    """A participant's key as it is kept; None once it was erased."""
    wanted = select(ParticipantKey).where(ParticipantKey.participant_id == participant.id)
    kept = session.scalar(wanted)
    return kept.wrapped if kept is not None else None


def _about(participant: Participant, item: str) -> str:
    return f"identity {item} of {participant.number}"


def _opened(key: bytes, identity: Identity, participant: Participant, item: str) -> str | None:
    sealed = getattr(identity, item)
    return None if sealed is None else unseal(key, sealed, _about(participant, item))


def _set(
    session: Session,
    key: bytes,
    identity: Identity,
    participant: Participant,
    item: str,
    text: str | None,
) -> None:
    """Seal only what changed: a fresh seal of the same value would look like a change in the trail."""
    before = _opened(key, identity, participant, item)
    if before == text:
        return
    if before is not None:
        need(session)
    sealed = None if text is None else seal(key, text, _about(participant, item))
    setattr(identity, item, sealed)


def _born(participant: Participant, day: date | None, on: date) -> str | None:
    if day is None:
        return None
    not_future(day, on, "date_of_birth", "The date of birth")
    if day.year != participant.birth_year:
        raise Refused(
            f"{participant.number} was enrolled with the year of birth {participant.birth_year}: "
            "check which is right.",
            "date_of_birth",
        )
    return day.isoformat()


def _nhs(session: Session, vault: Vault, identity: Identity, typed: str | None) -> str | None:
    if typed is None or not typed.strip():
        return None
    try:
        number: str = nhs.validate(typed)
    except ValidationError:
        raise Refused(
            "Enter the ten digits of the NHS number again: this one is mistyped.", "nhs_number"
        ) from None
    # Past the door: the same person may be enrolled in a cluster that whoever types cannot see.
    session.flush()
    same = select(Identity.participant_id).where(Identity.nhs_index == vault.blind_index(number))
    found = session.connection().scalar(same)
    if found is not None and found != identity.participant_id:
        raise Refused(
            "This NHS number is recorded for somebody in the trial already: tell the trial manager.",
            "nhs_number",
        )
    return number

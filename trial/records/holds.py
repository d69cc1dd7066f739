"""What is frozen or locked changes for nobody: the one place where every write is held against it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from trial.config import LONDON
from trial.records.models import Cluster, Participant
from trial.records.models.form import Hold
from trial.records.refused import Locked

FROZEN, LOCKED = "frozen", "locked"
# What goes on under any hold: who a person is, that they are safe, the holds themselves, and what is no
# data of anybody.
FREE = frozenset(
    {
        "identity", "participant_key", "safety_entry", "safety_told", "safety_note", "hold",
        "snapshot", "protocol_version", "milestone", "duty_done",
    }
)  # fmt: skip
# What goes on while values are frozen: asking about them, comparing them, signing them.
ABOUT_VALUES = frozenset({"query", "verification", "signature"})
# What is written once, by an item that every one of them has: of a hold only its lifting comes later.
ONCE = {"hold": "level", "signature": "level", "snapshot": "name"}
LIFTING = frozenset({"lifted_by", "lifted_at"})
WHAT = {
    "trial": "The trial",
    "cluster": "This cluster",
    "participant": "This participant",
    "record": "This form",
}
TRIAL = ("trial", 0)
OWNERS = {"cluster_id": "cluster", "participant_id": "participant", "screening_id": "screening"}
LEVELS = tuple(WHAT)
# Of participants and forms there may be as many holds as rows; of the trial and its clusters there are few.
BY_ROW = ("participant", "record")
MOST, NOBODY = 500, 0
# Written once, since every act asks it: putting it together would take longer than the answer.
ALL_STANDING = (
    select(Hold.level, Hold.row, Hold.kind, Hold.set_at)
    .where(Hold.lifted_at.is_(None))
    .order_by(Hold.kind.desc())
)
STANDING = ALL_STANDING.where(
    or_(
        Hold.level.in_(["trial", "cluster"]),
        *(
            and_(Hold.level == level, Hold.row.in_(bindparam(level, expanding=True)))
            for level in BY_ROW
        ),
    )
)
Values = Mapping[tuple[str, int, str], Mapping[str, Any]]
Place = tuple[str, int]


@dataclass
class Touched:
    """One row that an act changed, with the values that it had before."""

    row: Any
    was: dict[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> str:
        """The table that it lies in."""
        name: str = self.row.__tablename__
        return name

    def both(self, item: str) -> set[Any]:
        """What an item is now and was before: a row that is moved away leaves what holds it."""
        return {getattr(self.row, item, None), self.was.get(item)} - {None}


def refuse_held(session: Session, values: Values, reason: str | None) -> None:
    """Raise ``Locked`` where an act under way changed something that is frozen or locked.

    It is asked under the lock of the writers, when all changes of the act are known: a hold that was set
    while the act was under way refuses it too, and nothing that was written stays.
    """
    touched = list(_touched(values))
    for one in touched:
        _refuse_rewriting(one, reason)
    held = [one for one in touched if one.table not in FREE and one.row.scope != "account"]
    if not held:
        return
    places = [(one, set(_places(one))) for one in held]
    _add_participants(session, places)
    standing = _standing(session, set().union(*(where for _, where in places)))
    for hold in standing:
        for one, where in places:
            if (hold.level, hold.row) in where and not _goes_on(hold, one):
                raise Locked(_sentence(session, hold))


def _touched(values: Values) -> Iterable[Touched]:
    found: dict[tuple[str, int], Touched] = {}
    for (table, row, item), seen in values.items():
        if seen["old"] != seen["new"]:
            one = found.setdefault((table, row), Touched(seen["obj"]))
            one.was[item] = seen["old"]
    return found.values()


def _refuse_rewriting(one: Touched, reason: str | None) -> None:
    item = ONCE.get(one.table)
    if item is None or (item in one.was and one.was[item] is None):
        return
    lifts = one.table == "hold" and set(one.was) <= LIFTING and not any(one.was.values())
    if not lifts:
        raise Locked("This is written once and stays as it is: nothing was saved.")
    if not reason:
        raise Locked("Say why this is lifted: nothing was saved.", "reason")


def _goes_on(hold: Row[Any], one: Touched) -> bool:
    return hold.kind == FROZEN and one.table in ABOUT_VALUES


def _places(one: Touched) -> Iterator[Place]:
    """Everything that a row is, lies in or is about, now and before the act."""
    yield TRIAL
    if one.table in WHAT or one.table == "screening":
        yield one.table, one.row.id
    for item, level in OWNERS.items():
        for owner in one.both(item):
            yield level, owner
    if one.table in ABOUT_VALUES:
        for what in one.both("level" if one.table == "signature" else "table"):
            for row in one.both("row"):
                yield what, row


def _add_participants(session: Session, places: list[tuple[Touched, set[Place]]]) -> None:
    """The screening, the criteria and the consent of somebody enrolled belong to that participant."""
    rows = {
        row
        for _, where in places
        for level, row in where
        if level == "screening" and not any(other == "participant" for other, _ in where)
    }
    if not rows:
        return
    wanted = select(Participant.screening_id, Participant.id)
    if len(rows) <= MOST:
        wanted = wanted.where(Participant.screening_id.in_(rows))
    enrolled: dict[int, int] = dict(session.connection().execute(wanted).all())
    for _, where in places:
        where |= {
            ("participant", enrolled[row])
            for level, row in tuple(where)
            if level == "screening" and row in enrolled
        }


def _standing(session: Session, places: set[Place]) -> list[Row[Any]]:
    """The holds that stand over any of these places, the widest first."""
    rows = {level: [row for other, row in places if other == level] for level in BY_ROW}
    connection = session.connection()
    if max(map(len, rows.values())) > MOST:
        found: list[Row[Any]] = list(connection.execute(ALL_STANDING))
    else:
        given = {level: those or [NOBODY] for level, those in rows.items()}
        found = list(connection.execute(STANDING, given))
    return sorted(found, key=lambda hold: LEVELS.index(hold.level)) if found else found


def _sentence(session: Session, hold: Row[Any]) -> str:
    local = hold.set_at.astimezone(LONDON)
    lifted = "unfreezes" if hold.kind == FROZEN else "unlocks"
    return (
        f"{WHAT[hold.level]}{_name(session, hold)} is {hold.kind} since {local.day} {local:%B %Y}: "
        f"nothing was saved. Ask the trial manager, who {lifted} it with a reason."
    )


def _name(session: Session, hold: Row[Any]) -> str:
    """How whoever is refused knows what is held."""
    match hold.level:
        case "trial":
            return ""
        case "record":
            return f" (record {hold.row})"
        case "cluster":
            wanted = select(Cluster.key).where(Cluster.id == hold.row)
        case _:
            wanted = select(Participant.number).where(Participant.id == hold.row)
    return f" ({session.connection().execute(wanted).scalar()})"

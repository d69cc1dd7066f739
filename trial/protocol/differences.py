"""What a new version of a protocol changes, and which records each change would touch."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trial.protocol.base import Table
from trial.protocol.document import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms.items import Item
from trial.protocol.visits import ALLOCATION, ENROLMENT, VisitPlan


class Touches(StrEnum):
    """Which records a change is about."""

    NOTHING = "nothing"
    RECORDS = "records of the form"
    ANSWERS = "answers to the question"
    CODE = "answers with the code"
    VISITS = "visits planned"
    FOLLOWED = "participants in follow-up"
    CONSENTED = "participants who signed an earlier version"
    BASIS = "consents on the basis"
    CLUSTER = "the cluster"


@dataclass(frozen=True)
class Difference:
    """One change: where, in words, and what it touches; ``key`` and ``item`` say which of those.

    One that is ``refused`` cannot be adopted; one ``refused_if_any`` only where it touches something.
    """

    place: str
    words: str
    touches: Touches = Touches.NOTHING
    key: str = ""
    item: str = ""
    code: str = ""
    refused: bool = False
    refused_if_any: bool = False


# What is compared piece by piece; of every other table it is said only that it changed.
COMPARED = frozenset(
    {"key", "version", "sha256", "participants", "forms", "visits", "consent", "arms", "clusters"}
)


def differences(old: Protocol, new: Protocol) -> tuple[Difference, ...]:
    """Everything that a new version changes, what cannot be adopted first."""
    both = old.participants and new.participants
    found = [
        *_identity(old, new),
        *_arms(old, new),
        *_clusters(old, new),
        *_visits(old, new),
        *(_documents(old, new) if both else ()),
        *(_bases(old, new) if both else ()),
        *_forms(old, new),
        *_rest(old, new),
    ]
    return tuple(sorted(found, key=lambda one: (not one.refused, not one.refused_if_any)))


def newer(old: str, new: str) -> bool:
    """Whether a version is later than another."""
    return _parts(new) > _parts(old)


def _parts(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in version.split(".")]
    while parts and parts[-1] == 0:  # 2 and 2.0 are one version
        parts.pop()
    return tuple(parts)


def _identity(old: Protocol, new: Protocol) -> Iterator[Difference]:
    if old.key != new.key:
        words = f"This is another trial ({new.key}): each trial has an instance of its own."
        yield Difference("key", words, refused=True)
    if old.participants != new.participants:
        words = "Whether the trial has participants changes: begin another trial instead."
        yield Difference("participants", words, refused=True)
    if not newer(old.version, new.version):
        words = f"Give it a version later than {old.version}."
        yield Difference("version", words, refused=True)


def _arms(old: Protocol, new: Protocol) -> Iterator[Difference]:
    gone, came, kept = _sorted(old.arms, new.arms)
    for key in (*gone, *came):
        words = f"The arm {key} {'is gone' if key in gone else 'is new'}: arms stay as they are."
        yield Difference(f"arms: {key}", words, refused=True)
    yield from _changed("arms", kept)


def _clusters(old: Protocol, new: Protocol) -> Iterator[Difference]:
    gone, came, kept = _sorted(old.clusters, new.clusters)
    for key in gone:
        words = f"The cluster {key} is gone: close it instead."
        yield Difference(f"clusters: {key}", words, Touches.CLUSTER, key, refused_if_any=True)
    for key in came:
        yield Difference(f"clusters: {key}", f"The cluster {key} is added.")
    yield from _changed("clusters", kept)


def _visits(old: Protocol, new: Protocol) -> Iterator[Difference]:
    gone, came, kept = _sorted(old.visits, new.visits)
    for key in gone:
        words = f"The visit {key} is gone; it is planned for people already."
        yield Difference(f"visits: {key}", words, Touches.VISITS, key, refused_if_any=True)
    for visit in new.visits:
        if visit.key in came:
            words = f"The visit {visit.key} is added; it is planned for {_followed(visit)}."
            yield Difference(f"visits: {visit.key}", words, Touches.FOLLOWED)
    for key, (before, after) in kept.items():
        if (key in old.telling_visits) != (key in new.telling_visits):
            words = (
                f"Whether the visit {key} tells the arm changes; it is planned for people already."
            )
            yield Difference(f"visits: {key}", words, Touches.VISITS, key, refused_if_any=True)
        if before != after:
            words = (
                f"The visit {key} changes ({_fields(before, after)}); visits planned already keep "
                "their days."
            )
            yield Difference(f"visits: {key}", words, Touches.VISITS, key)


def _followed(visit: VisitPlan) -> str:
    """Whom in follow-up a visit that is added is planned for."""
    whom = "everyone in follow-up"
    if visit.clause is not None:
        whom += f" who agreed to {visit.clause}"
    if visit.arms:
        whom += f" in clusters of {', '.join(visit.arms)}"
    if visit.counted_from not in (ENROLMENT, ALLOCATION):
        whom += f", once {visit.counted_from} is done"
    return whom if visit.session is None else f"{whom}, once their session is on record"


def _documents(old: Protocol, new: Protocol) -> Iterator[Difference]:
    before = {(one.key, one.version) for one in old.consent.documents}
    after = {(one.key, one.version): one for one in new.consent.documents}
    for key, version in sorted(before - set(after)):
        words = (
            f"Version {version} of {key} is gone; people may have signed it: keep it in the file."
        )
        yield Difference(f"consent: {key}", words, refused=True)
    for (key, version), one in after.items():
        if (key, version) not in before:
            words = f"“{one.name}” version {version} is new: whoever signed an earlier one is asked again."
            yield Difference(f"consent: {key}", words, Touches.CONSENTED, key)
    if old.consent.clauses != new.consent.clauses:
        yield Difference("consent: clauses", "The clauses change, for consent taken from now on.")


def _bases(old: Protocol, new: Protocol) -> Iterator[Difference]:
    gone, came, kept = _sorted(old.consent.bases, new.consent.bases)
    for key in gone:
        words = f"The basis {key} is gone; people take part on it."
        yield Difference(f"consent: {key}", words, Touches.BASIS, key, refused_if_any=True)
    for key in came:
        yield Difference(f"consent: {key}", f"The basis {key} is added.")
    for key, (before, after) in kept.items():
        if before.given_by != after.given_by:
            words = f"Who gives the basis {key} changes; people take part on it."
            yield Difference(f"consent: {key}", words, Touches.BASIS, key, refused_if_any=True)
        elif before != after:
            words = (
                f"The basis {key} changes ({_fields(before, after)}); visits that it adds are planned, "
                "visits planned already stay."
            )
            yield Difference(f"consent: {key}", words, Touches.BASIS, key)
    for name in ("capacity", "relationships"):
        if getattr(old.consent, name) != getattr(new.consent, name):
            words = "This changes, for consent taken from now on."
            yield Difference(f"consent: {name}", words)


def _forms(old: Protocol, new: Protocol) -> Iterator[Difference]:
    gone, came, kept = _sorted(old.forms, new.forms)
    for key in gone:
        words = f"The form {key} is gone; it has records."
        yield Difference(f"forms: {key}", words, Touches.RECORDS, key, refused_if_any=True)
    for key in came:
        yield Difference(f"forms: {key}", f"The form {key} is added.")
    for before, after in kept.values():
        yield from _form(before, after)


def _form(old: FormPlan, new: FormPlan) -> Iterator[Difference]:
    place = f"forms: {new.key}"
    for field in ("about", "occurs"):
        if getattr(old, field) != getattr(new, field):
            words = f"{field} changes; there are records under the old one."
            yield Difference(place, words, Touches.RECORDS, new.key, refused_if_any=True)
    gone, came, kept = _sorted(list(old.items), list(new.items))
    for key in gone:
        yield _answered(new, key, f"The question {key} is gone; it has answers.")
    for key in came:
        yield Difference(f"{place}: {key}", f"The question {key} is added.")
    for before, after in kept.values():
        yield from _item(new, before, after)
    group_before, group_after = _groups(old), _groups(new)
    if any(group_before[key] != group_after[key] for key in kept):
        words = "The groups that repeat change; there are records under the old ones."
        yield Difference(place, words, Touches.RECORDS, new.key, refused_if_any=True)
    if (rest := _fields(old, new, {"sections", "about", "occurs"})) and rest != "nothing":
        words = f"It changes in {rest}."
        yield Difference(place, words, Touches.RECORDS, new.key)


def _item(form: FormPlan, old: Item, new: Item) -> Iterator[Difference]:
    if old == new:
        return
    if old.kind != new.kind:
        words = f"The kind of {new.key} changes from {old.kind} to {new.kind}; it has answers."
        yield _answered(form, new.key, words)
        return
    if old.unblinds != new.unblinds:
        words = f"Whether {new.key} tells the arm changes; it has answers."
        yield _answered(form, new.key, words)
    codes = {one.key for one in getattr(new, "codes", ())}
    for one in getattr(old, "codes", ()):
        if one.key not in codes:
            words = f"The answer {one.key} to {new.key} is gone; it was given."
            yield Difference(
                f"forms: {form.key}: {new.key}", words, Touches.CODE, form.key, new.key, one.key,
                refused_if_any=True,
            )  # fmt: skip
    changed = _fields(old, new)
    yield Difference(
        f"forms: {form.key}: {new.key}", f"It changes in {changed}.", Touches.ANSWERS, form.key, new.key
    )  # fmt: skip


def _answered(form: FormPlan, key: str, words: str) -> Difference:
    return Difference(
        f"forms: {form.key}: {key}", words, Touches.ANSWERS, form.key, key, refused_if_any=True
    )


def _groups(form: FormPlan) -> dict[str, str | None]:
    """The group that each question is in."""
    return {item.key: section.repeats for section in form.sections for item in section.items}


def _rest(old: Protocol, new: Protocol) -> Iterator[Difference]:
    for name in Protocol.model_fields:
        if name not in COMPARED and getattr(old, name) != getattr(new, name):
            yield Difference(name, "This changes, for what is recorded from now on.")


def _sorted(
    old: Iterable[Any], new: Iterable[Any]
) -> tuple[list[str], list[str], dict[str, tuple[Any, Any]]]:
    """The keys that are gone, those that came, and the two of each that stayed."""
    before, after = {one.key: one for one in old}, {one.key: one for one in new}
    return (
        [key for key in before if key not in after],
        [key for key in after if key not in before],
        {key: (before[key], after[key]) for key in before if key in after},
    )


def _changed(place: str, kept: dict[str, tuple[Any, Any]]) -> Iterator[Difference]:
    for key, (before, after) in kept.items():
        if before != after:
            yield Difference(f"{place}: {key}", f"It changes in {_fields(before, after)}.")


def _fields(old: Table, new: Table, but: Iterable[str] = ()) -> str:
    """The keys in which two tables differ, in words."""
    names = [
        name
        for name in type(new).model_fields
        if name not in but and getattr(old, name, None) != getattr(new, name, None)
    ]
    return ", ".join(name.replace("_", " ") for name in names) or "nothing"

"""Rules of the coded lists: nothing twice, and what consent and eligibility need is there."""

from collections.abc import Iterator, Mapping

from trial.protocol.base import Table
from trial.protocol.checks.found import Found
from trial.protocol.consent import ConsentDocument, ConsentPlan
from trial.protocol.eligibility import Criterion
from trial.protocol.visits import VisitPlan

Path = tuple[str | int, ...]


def duplicates(tables: Mapping[str, object]) -> Iterator[Found]:
    """No list names the same thing twice."""
    for name, table in tables.items():
        yield from _duplicates(table, (name,))


def _duplicates(value: object, path: Path) -> Iterator[Found]:
    if isinstance(value, tuple):
        yield from _twice(value, path)
        for index, item in enumerate(value):
            yield from _duplicates(item, (*path, index))
    elif isinstance(value, Table):
        for name in type(value).model_fields:
            yield from _duplicates(getattr(value, name, None), (*path, name))


def _twice(items: tuple[object, ...], path: Path) -> Iterator[Found]:
    seen: set[tuple[str, object]] = set()
    for index, item in enumerate(items):
        for name, value in _identity(item):
            if (name, value) in seen:
                place = (*path, index, name) if name else (*path, index)
                yield Found(place, "This stands earlier in the same list too: change or remove it.")
            seen.add((name, value))


def _identity(item: object) -> Iterator[tuple[str, object]]:
    """What may not be the same in two items of one list."""
    if not isinstance(item, Table):
        yield "", item
    elif isinstance(item, ConsentDocument):
        yield "version", (getattr(item, "key", item), getattr(item, "version", item))
    else:
        for name in ("key", "label", "name", "text"):
            if getattr(item, name, None) is not None:
                yield name, getattr(item, name)


def has_mandatory_clause(consent: ConsentPlan) -> Iterator[Found]:
    """Consent has at least one clause without which there is no consent."""
    if not any(clause.mandatory for clause in consent.clauses):
        yield Found(("consent", "clauses"), "Mark at least one clause with mandatory = true.")


def consent_is_possible(consent: ConsentPlan) -> Iterator[Found]:
    """At least one answer about capacity lets a person consent."""
    if not any(answer.may_consent for answer in consent.capacity):
        yield Found(("consent", "capacity"), "Mark at least one answer with may_consent = true.")


def has_inclusion(eligibility: tuple[Criterion, ...]) -> Iterator[Found]:
    """Somebody can be included."""
    if not any(criterion.kind == "include" for criterion in eligibility):
        yield Found(("eligibility",), 'Give at least one criterion with kind = "include".')


def least_age_includes(eligibility: tuple[Criterion, ...]) -> Iterator[Found]:
    """Only a criterion that must be met can ask for an age."""
    for index, criterion in enumerate(eligibility):
        if criterion.kind == "exclude" and criterion.least_age is not None:
            yield Found(
                ("eligibility", index, "least_age"),
                'Move this to a criterion that must be met: one with kind = "include".',
            )


def labels_agree(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
    """A reason that several visits share has one label."""
    for name in ("missed_reasons", "not_needed_reasons", "skipped_reasons"):
        labels: dict[str, str] = {}
        for at, visit in enumerate(visits):
            for index, code in enumerate(getattr(visit, name)):
                if labels.setdefault(code.key, code.label) != code.label:
                    yield Found(
                        ("visits", at, name, index, "label"),
                        f'Use one label for {code.key} at every visit: "{labels[code.key]}".',
                    )

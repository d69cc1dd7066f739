"""Reviews of fidelity: what each rater gave, what they agreed on, and how it changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy.orm import Session

from trial import analysis
from trial.analysis.estimate import Estimate
from trial.analysis.fidelity import Change, Difference
from trial.conduct.forms.scores import Scored, scores
from trial.conduct.process.reading import Entry, Read, codes
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.forms import items as kinds
from trial.protocol.forms.missing import Missing, is_missing
from trial.protocol.forms.reading import words
from trial.protocol.process import FidelityPart
from trial.records.models import Record

UNANSWERED = "not answered"


@dataclass(frozen=True)
class Unassessed:
    """An item without a rating: the reserved code, the coded reason, and the evidence, in words."""

    item: str
    label: str
    code: str
    reason: str
    evidence: str


@dataclass(frozen=True)
class Review:
    """One rater's review, or the consensus, which names the reviews that it is of."""

    id: int
    team: str | None
    occasion: str
    rating: str
    on: date
    ratings: Mapping[str, int | None]
    unassessed: tuple[Unassessed, ...]
    total: Scored
    pro_rated: Scored
    of: tuple[int, ...]


@dataclass(frozen=True)
class Occasion:
    """The reviews of one occasion, where the raters differ, and how far they agree."""

    key: str
    label: str
    consensus: Review | None
    raters: tuple[Review, ...]
    differences: tuple[Difference, ...]
    agreed: Estimate | None
    kappa: Estimate | None
    fault: str


@dataclass(frozen=True)
class Team:
    """One team's reviews by occasion, and the change from each consensus to the next."""

    key: str | None
    occasions: tuple[Occasion, ...]
    changes: tuple[tuple[str, str, Change], ...]

    @property
    def final(self) -> Review | None:
        """The consensus of the last occasion that has one."""
        found = [one.consensus for one in self.occasions if one.consensus is not None]
        return found[-1] if found else None


@dataclass(frozen=True)
class Fidelity:
    """Every team's reviews; ``labels`` are the items of the scale in their order."""

    labels: Mapping[str, str]
    teams: tuple[Team, ...]
    highest: int


def fidelity(protocol: Protocol, found: Read) -> Fidelity | None:
    """The reviews of fidelity, if the protocol has any."""
    part = None if protocol.process is None else protocol.process.fidelity
    if part is None:
        return None
    form = next(one for one in protocol.forms if one.key == part.form)
    labels = _labels(form, part)
    most = [item.most for key in labels if isinstance(item := form.item(key), kinds.Scale)]
    reviews = [_review(protocol, part, form, labels, one) for one in found.of(part.form)]
    keys = list(dict.fromkeys(one.team for one in reviews))
    teams = tuple(
        _team(part, form, key, [one for one in reviews if one.team == key]) for key in keys
    )
    return Fidelity(labels, teams, sum(most))


def _labels(form: FormPlan, part: FidelityPart) -> dict[str, str]:
    """The items of the scale in their order, as they are worded."""
    total = form.item(part.total)
    assert isinstance(total, kinds.Score)  # a rule of the protocol sees to it
    return {key: item.label for key in total.of if (item := form.item(key)) is not None}


def _review(
    protocol: Protocol,
    part: FidelityPart,
    form: FormPlan,
    labels: Mapping[str, str],
    entry: Entry,
) -> Review:
    scored = scores(protocol, form, entry.answers)
    ratings = {key: entry.number(key) for key in labels}
    lacking = [key for key, value in ratings.items() if value is None]
    named = (entry.number(key) for key in part.reviews)
    return Review(
        id=entry.id,
        team=entry.cluster,
        occasion=str(entry.answer(part.occasion) or ""),
        rating=str(entry.answer(part.rating) or ""),
        on=entry.observed_on,
        ratings=ratings,
        unassessed=tuple(_unassessed(part, form, entry, key, labels[key]) for key in lacking),
        total=scored[part.total],
        pro_rated=scored[part.pro_rated] if part.pro_rated else Scored(None, "not asked for"),
        of=tuple(one for one in named if one is not None),
    )


def _unassessed(
    part: FidelityPart, form: FormPlan, entry: Entry, key: str, label: str
) -> Unassessed:
    code = entry.answers.get(key)
    said = Missing(str(code)).label if is_missing(code) else UNANSWERED
    return Unassessed(
        key,
        label,
        said,
        _beside(form, entry, key, part.reason),
        _beside(form, entry, key, part.evidence),
    )


def _beside(form: FormPlan, entry: Entry, key: str, suffix: str | None) -> str:
    """What was answered to the question beside an item, in words."""
    item = form.item(f"{key}{suffix}") if suffix else None
    return "" if item is None else words(item, entry.answers.get(item.key))


def _team(part: FidelityPart, form: FormPlan, key: str | None, reviews: Sequence[Review]) -> Team:
    occasions = tuple(
        _occasion(part, code, label, [one for one in reviews if one.occasion == code])
        for code, label in codes(form, part.occasion)
        if any(one.occasion == code for one in reviews)
    )
    told = [(one.label, one.consensus) for one in occasions if one.consensus is not None]
    changes = tuple(
        (before, after, analysis.fidelity.change(old.ratings, new.ratings))
        for (before, old), (after, new) in pairwise(told)
    )
    return Team(key, occasions, changes)


def _occasion(part: FidelityPart, key: str, label: str, reviews: Sequence[Review]) -> Occasion:
    """The newest consensus, and the reviews that it names, or else the newest of each rater."""
    agreed = [one for one in reviews if one.rating == part.consensus]
    single = {one.id: one for one in reviews if one.rating != part.consensus}
    consensus = max(agreed, key=lambda one: one.id) if agreed else None
    newest = {one.rating: one for one in single.values()}
    named = consensus.of if consensus is not None and consensus.of else ()
    raters = tuple(single[one] for one in named if one in single)
    fault = "" if len(raters) == len(named) else "It names a review that is not of this occasion."
    if not named:
        raters = tuple(newest[rating] for rating in sorted(newest))
    if len(raters) != 2:
        return Occasion(key, label, consensus, raters, (), None, None, fault)
    first, second = (one.ratings for one in raters)
    both = list(first.values()), list(second.values())
    values = sorted({one for ratings in both for one in ratings if one is not None})
    scale = range(values[0], values[-1] + 1) if values else ()
    return Occasion(
        key, label, consensus, raters,
        analysis.fidelity.differences(first, second),
        analysis.agreement.agreement(*both).agreed,
        analysis.agreement.kappa(*both, order=scale, weights="quadratic"),
        fault,
    )  # fmt: skip


@dataclass(frozen=True)
class Apart:
    """A consensus beside the two reviews that it names, item by item where these differ."""

    raters: tuple[int, ...]
    rows: tuple[tuple[str, int | None, int | None, int | None], ...]


def apart(session: Session, protocol: Protocol, record: Record) -> Apart | None:
    """Where the raters of a consensus differed; None for a record that is not one, or names no two."""
    part = None if protocol.process is None else protocol.process.fidelity
    if (
        part is None
        or record.form != part.form
        or record.answers.get(part.rating) != part.consensus
    ):
        return None
    form = next(one for one in protocol.forms if one.key == part.form)
    labels = _labels(form, part)
    named = [session.get(Record, number) for key in part.reviews if (number := _named(record, key))]
    raters = [one for one in named if one is not None and one.form == part.form]
    if len(raters) != 2:
        return None
    first, second, agreed = (_ratings(one, labels) for one in (*raters, record))
    rows = tuple(
        (labels[one.item], one.first, one.second, agreed[one.item])
        for one in analysis.fidelity.differences(first, second)
    )
    return Apart(tuple(one.id for one in raters), rows)


def _named(record: Record, key: str) -> int | None:
    number = record.answers.get(key)
    return number if isinstance(number, int) else None


def _ratings(record: Record, labels: Mapping[str, str]) -> dict[str, int | None]:
    found = {key: record.answers.get(key) for key in labels}
    return {key: value if isinstance(value, int) else None for key, value in found.items()}

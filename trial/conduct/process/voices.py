"""Interviews against their sampling frame, and the extracts coded from them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trial import analysis
from trial.analysis.agreement import Agreement, Presence
from trial.conduct.process.reading import Entry, Listed, Read, codes
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.protocol.process import ExtractsPart, InterviewsPart

NOT_STATED = "not stated"
Cell = tuple[str, str, str]


@dataclass(frozen=True)
class Interview:
    """One interview held with consent, by codes: group, role, cluster, arm, and an employer's number."""

    id: int
    group: str
    role: str | None
    cluster: str | None
    arm: str | None
    employer: int | None


@dataclass(frozen=True)
class Framed:
    """One line of the sampling frame: whom it wants, how many, and how many there are."""

    group: str
    role: str | None
    planned: int
    held: int


@dataclass(frozen=True)
class Interviews:
    """The interviews held; ``groups``, ``roles`` are the form's labels by code."""

    held: tuple[Interview, ...]
    refused: int
    groups: Mapping[str, str]
    roles: Mapping[str, str]
    frame: tuple[Framed, ...]
    employers: tuple[Listed, ...]

    def of(self, group: str) -> tuple[Interview, ...]:
        """The interviews of a group."""
        return tuple(one for one in self.held if one.group == group)


@dataclass(frozen=True)
class Extracts:
    """Extracts by what they bear on, and how far the coders agree.

    ``matrix`` counts extracts by criterion, informant group, and barrier or facilitator.
    """

    extracts: int
    double: int
    agreed: int
    unplaced: int
    matrix: Mapping[Cell, int]
    criteria: Mapping[str, str]
    domains: Mapping[str, str]
    by_domain: Mapping[tuple[str, str], int]
    themes: tuple[tuple[str, str, int], ...]
    barrier: str
    facilitator: str
    bears: Agreement
    domain: Agreement
    criterion: Presence


def interviews(protocol: Protocol, found: Read) -> Interviews | None:
    """The interviews held, with the employers who were interviewed."""
    part = None if protocol.process is None else protocol.process.interviews
    if part is None:
        return None
    form = next(one for one in protocol.forms if one.key == part.form)
    entries = found.of(part.form)
    held = tuple(
        _interview(part, one, found) for one in entries if one.answer(part.consent) == "yes"
    )
    frame = tuple(
        Framed(
            one.group, one.role, one.number,
            sum(i.group == one.group and one.role in (None, i.role) for i in held),
        )
        for one in part.frame
    )  # fmt: skip
    met = {one.employer for one in held}
    return Interviews(
        held=held,
        refused=len(entries) - len(held),
        groups=dict(codes(form, part.group)),
        roles=dict(codes(form, part.role)),
        frame=frame,
        employers=tuple(one for one in found.employers if one.number in met),
    )


def _interview(part: InterviewsPart, entry: Entry, found: Read) -> Interview:
    cluster, role = entry.answer(part.cluster), entry.answer(part.role)
    where = None if cluster is None else str(cluster)
    return Interview(
        id=entry.id,
        group=str(entry.answer(part.group) or NOT_STATED),
        role=None if role is None else str(role),
        cluster=where,
        arm=found.arms.get(where or ""),
        employer=entry.number(part.employer),
    )


def extracts(protocol: Protocol, found: Read, held: Interviews | None) -> Extracts | None:
    """The coded extracts: the matrix, the themes, and the agreement of the two coders."""
    part = None if protocol.process is None else protocol.process.extracts
    if part is None:
        return None
    form = next(one for one in protocol.forms if one.key == part.form)
    coded = _coded(part, found.of(part.form))
    counted = {
        place: told
        for place, by in coded.items()
        if (told := _told(part, by)) is not None
    }  # fmt: skip
    groups = {one.id: one.group for one in held.held} if held else {}
    pairs = [
        (by[part.coders[0]], by[part.coders[1]])
        for by in coded.values()
        if all(coder in by for coder in part.coders)
    ]
    return Extracts(
        extracts=len(counted),
        double=len(pairs),
        agreed=sum(part.agreed in by for by in coded.values()),
        unplaced=sum(place[0] not in groups for place in counted),
        matrix=_matrix(part, counted, groups),
        criteria=dict(codes(form, part.criterion)),
        domains=dict(codes(form, part.domain)),
        by_domain=Counter(
            (code, str(one.answer(part.bears)))
            for one in counted.values()
            for code in one.chosen(part.domain)
        ),
        themes=_themes(part, list(counted.values())),
        barrier=part.barrier,
        facilitator=part.facilitator,
        bears=_agreement(pairs, part.bears),
        domain=_agreement(pairs, part.domain),
        criterion=_presence(form, pairs, part.criterion),
    )


def _coded(part: ExtractsPart, entries: Sequence[Entry]) -> dict[tuple[int, int], dict[str, Entry]]:
    """Each extract with its records by coder; of several by one coder the newest."""
    coded: dict[tuple[int, int], dict[str, Entry]] = {}
    for one in sorted(entries, key=lambda entry: entry.id):
        interview, segment = one.number(part.interview), one.number(part.segment)
        if interview is not None and segment is not None:
            coded.setdefault((interview, segment), {})[str(one.answer(part.coder))] = one
    return coded


def _told(part: ExtractsPart, by: Mapping[str, Entry]) -> Entry | None:
    """What an extract counts as: what was agreed, else the first coder's, else the second's."""
    order = [part.agreed, *part.coders]
    return next((by[coder] for coder in order if coder is not None and coder in by), None)


def _matrix(
    part: ExtractsPart, counted: Mapping[tuple[int, int], Entry], groups: Mapping[int, str]
) -> Counter[Cell]:
    return Counter(
        (criterion, groups[place[0]], str(one.answer(part.bears)))
        for place, one in counted.items()
        if place[0] in groups
        for criterion in one.chosen(part.criterion)
    )


def _themes(part: ExtractsPart, counted: Sequence[Entry]) -> tuple[tuple[str, str, int], ...]:
    found = Counter(
        (str(one.answer(part.theme) or NOT_STATED), str(one.answer(part.bears))) for one in counted
    )
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
    return tuple((theme, bears, count) for (theme, bears), count in ordered)


def _agreement(pairs: Sequence[tuple[Entry, Entry]], key: str) -> Agreement:
    first, second = ([one[place].answer(key) for one in pairs] for place in (0, 1))
    return analysis.agreement.agreement(first, second)


def _presence(form: FormPlan, pairs: Sequence[tuple[Entry, Entry]], key: str) -> Presence:
    first, second = ([set(one[place].chosen(key)) for one in pairs] for place in (0, 1))
    return analysis.agreement.presence(first, second, [code for code, _ in codes(form, key)])

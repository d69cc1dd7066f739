"""Rules of the bases of consent: each asks what it needs, and nothing is left that no basis asks."""

from collections.abc import Iterator

from trial.protocol.checks.found import Found
from trial.protocol.consent import CONSULTEE, Basis, ConsentPlan
from trial.protocol.visits import ALLOCATION, ENROLMENT, VisitPlan

Tables = tuple[VisitPlan, ...]
LISTS = {"documents": "document", "clauses": "clause", "visits": "visit"}


def keys_are_known(consent: ConsentPlan, visits: Tables) -> Iterator[Found]:
    """A basis names documents, clauses and visits that there are."""
    known = _known(consent, visits)
    for index, basis in enumerate(consent.bases):
        for name, keys in known.items():
            for at, key in enumerate(getattr(basis, name) or ()):
                if key not in keys:
                    message = f"There is no such {LISTS[name]}: enter one of {', '.join(keys)}."
                    yield Found((*_place(index), name, at), message)


def everything_is_asked(consent: ConsentPlan, visits: Tables) -> Iterator[Found]:
    """Every document, clause and visit belongs to a basis."""
    if not consent.bases:
        return
    for name, keys in _known(consent, visits).items():
        for key in keys:
            if not any(_asks(basis, name, key) for basis in consent.bases):
                message = f"No basis has the {LISTS[name]} {key}: name it in one, or take it out."
                yield Found(("consent", "bases"), message)


def waiting_fits(consent: ConsentPlan) -> Iterator[Found]:
    """Only where nobody gives consent there are days in which to object, and then there are."""
    for index, basis in enumerate(consent.bases):
        if basis.opt_out and basis.waiting_days is None:
            message = "Add waiting_days: the full days that a person has for objecting after being informed."
            yield Found(_place(index), message)
        if not basis.opt_out and basis.waiting_days is not None:
            message = (
                'Leave this out: only a basis with given_by = "nobody" waits for an objection.'
            )
            yield Found((*_place(index), "waiting_days"), message)
        if basis.opt_out and basis.clauses is not None:
            message = "Leave this out: where nobody signs, no clause is agreed to."
            yield Found((*_place(index), "clauses"), message)


def loss_of_capacity_is_approved(consent: ConsentPlan) -> Iterator[Found]:
    """A consultee may advise on who lost capacity only by an approval, and where a consultee is asked."""
    if not consent.advised:
        if consent.capacity_loss_approval is not None:
            message = 'Leave this out: it belongs to capacity_loss = "consultee".'
            yield Found(("consent", "capacity_loss_approval"), message)
        return
    if consent.capacity_loss_approval is None:
        message = "Add capacity_loss_approval: the reference of the ethics approval that allows it."
        yield Found(("consent", "capacity_loss"), message)
    if not any(basis.given_by == CONSULTEE for basis in consent.bases):
        message = (
            'Add a basis with given_by = "consultee": its documents are what the consultee reads.'
        )
        yield Found(("consent", "capacity_loss"), message)


def consultees_can_be_asked(consent: ConsentPlan) -> Iterator[Found]:
    """A consultee is asked for who lacks capacity, and who they are to the person is coded."""
    for index, answer in enumerate(consent.capacity):
        if answer.lacks and answer.may_consent:
            message = "Leave this out: who can consent does not lack capacity."
            yield Found(("consent", "capacity", index, "lacks"), message)
    if not any(basis.given_by == CONSULTEE for basis in consent.bases):
        if consent.relationships is not None:
            message = "Leave this out: no basis is given by a consultee."
            yield Found(("consent", "relationships"), message)
        return
    if not any(answer.lacks and not answer.may_consent for answer in consent.capacity):
        message = (
            "Mark at least one answer that does not allow own consent with lacks = true: "
            "a consultee is asked only for a person who lacks capacity."
        )
        yield Found(("consent", "capacity"), message)
    if consent.relationships is None:
        message = "Add relationships: a list of codes for who the consultee is to the person."
        yield Found(("consent",), message)


def clauses_can_be_agreed(consent: ConsentPlan) -> Iterator[Found]:
    """On every basis that somebody signs there is a clause without which there is no consent."""
    for index, basis in enumerate(consent.bases):
        asked = consent.clauses_of(basis)
        if asked and not any(clause.mandatory for clause in asked):
            message = "Name at least one clause with mandatory = true."
            yield Found((*_place(index), "clauses"), message)


def visits_can_fall_due(consent: ConsentPlan, visits: Tables) -> Iterator[Found]:
    """A visit that a basis names can fall due on it: what it counts from and asks is there too."""
    by_key = {visit.key: visit for visit in visits}
    for index, basis in enumerate(consent.bases):
        agreed = {clause.key for clause in consent.clauses_of(basis)}
        for at, key in enumerate(basis.visits or ()):
            visit = by_key.get(key)
            if visit is None:
                continue
            place = (*_place(index), "visits", at)
            start = visit.counted_from
            if start not in (ENROLMENT, ALLOCATION) and not basis.holds(start):
                message = f"Add {start} too: this visit is counted from it."
                yield Found(place, message)
            if visit.clause is not None and visit.clause not in agreed:
                lacks = f"the visit asks for the clause {visit.clause}, which this basis lacks."
                message = f"Leave this out: {lacks}"
                yield Found(place, message)


def _known(consent: ConsentPlan, visits: Tables) -> dict[str, list[str]]:
    """The keys that a basis can name, each once."""
    return {
        "documents": list(dict.fromkeys(one.key for one in consent.documents)),
        "clauses": [one.key for one in consent.clauses],
        "visits": [one.key for one in visits],
    }


def _asks(basis: Basis, name: str, key: str) -> bool:
    if name == "clauses" and basis.opt_out:
        return False
    keys = getattr(basis, name)
    return keys is None or key in keys


def _place(index: int) -> tuple[str | int, ...]:
    return ("consent", "bases", index)

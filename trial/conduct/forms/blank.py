"""A form as a sheet to be filled in by hand: every question with its boxes, and when it is asked."""

from collections.abc import Iterator, Sequence
from functools import singledispatch

from trial.conduct.access import Act, allowed
from trial.conduct.forms.plans import may_see
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan, Section
from trial.protocol.forms import items as kinds
from trial.protocol.forms.asking import without_telling
from trial.protocol.forms.items import Condition, Item
from trial.protocol.forms.missing import LETTERS
from trial.protocol.forms.reading import words
from trial.protocol.visits import VisitPlan
from trial.records.actor import Actor
from trial.report.value import Blank, Block, Heading, Notice, Report, Text

REPETITIONS, LONG, SHORT, FEW = 3, 5, 1, 11
DATE = ((2, "Day"), (2, "Month"), (4, "Year"))
TIME = ((2, "Hours"), (2, "Minutes"))
WHY = tuple(LETTERS.values())
LEGEND = "If a question has no answer, tick why: {}. Leave out what is not asked.".format(
    ", ".join(f"{letter} {code.label.lower()}" for code, letter in LETTERS.items())
)
ANSWERS = {
    "participant": "the participant", "proxy": "somebody for the participant", "staff": "staff",
    "manager": "the manager", "cluster": "the cluster", "anonymous": "somebody who is not named",
}  # fmt: skip


def printable(protocol: Protocol, actor: Actor) -> list[FormPlan]:
    """The forms that somebody may print, as they may see them."""
    if not allowed(actor, Act.PRINT_FORM):
        return []
    seen = [form for form in protocol.forms if may_see(actor, form, None)]
    return [form if actor.sees_arm_of(None) else without_telling(form) for form in seen]


def sets(forms: Sequence[FormPlan], protocol: Protocol) -> list[tuple[VisitPlan, list[FormPlan]]]:
    """The visits at which some of these forms are filled in, each with its forms."""
    of = [(visit, [one for one in forms if visit.key in one.visits]) for visit in protocol.visits]
    return [(visit, these) for visit, these in of if these]


def sheet(protocol: Protocol, form: FormPlan) -> Report:
    """One form as a sheet."""
    return Report(
        title=form.name,
        subtitle=protocol.title,
        blocks=(*_head(protocol, form, None), *_questions(form), *_end()),
        header=(f"{protocol.name}. {form.name}. Study number, on every sheet: " + "_" * 30,),
        footer=_footer(protocol, form.key),
    )


def whole_set(protocol: Protocol, visit: VisitPlan, forms: Sequence[FormPlan]) -> Report:
    """Every form of a visit, each beginning a page."""
    blocks: list[Block] = []
    for form in forms:
        blocks += [Heading(form.name, turns=bool(blocks)), *_head(protocol, form, visit)]
        blocks += [*_questions(form, 2), *_end()]
    return Report(
        title=f"Forms of {visit.name[0].lower()}{visit.name[1:]}",
        subtitle=protocol.title,
        blocks=tuple(blocks),
        header=(f"{protocol.name}. {visit.name}. Study number, on every sheet: " + "_" * 30,),
        footer=_footer(protocol, ", ".join(form.key for form in forms)),
    )


def _footer(protocol: Protocol, keys: str) -> tuple[str, ...]:
    return (
        f"Protocol {protocol.version}, SHA-256 {protocol.sha256}.",
        f"Blank form {keys}. When it is entered, the day of observation and the day of entry stand apart.",
    )


def _head(protocol: Protocol, form: FormPlan, visit: VisitPlan | None) -> Iterator[Block]:
    if form.guidance:
        yield Text(form.guidance)
    if form.licence:
        yield Text(form.licence)
    if form.clause:
        text = next(one.text for one in protocol.consent.clauses if one.key == form.clause)
        yield Text(f"Only for who agreed to: “{text}”.")
    whose = "Study number" if form.about == "participant" else f"Which {form.about}?"
    if form.about != "trial":
        yield Blank(whose, lines=SHORT)
    if form.visits and visit is None:
        yield Blank("Visit", lines=SHORT)
    yield Blank(form.observed, boxes=DATE)
    # Who answers a form about a cluster or an employer is said only where the protocol says it.
    said = form.about == "participant" or "respondent" in form.model_fields_set
    yield Notice(f"Answered by {ANSWERS[form.respondent]}. {LEGEND}" if said else LEGEND)


def _end() -> Iterator[Block]:
    yield Heading("Who filled this in", 3)
    yield Blank("Name and role", lines=SHORT)
    yield Blank("Signature", lines=SHORT)
    yield Blank("Day of filling in", boxes=DATE)


def _questions(form: FormPlan, level: int = 1) -> Iterator[Block]:
    for section in form.sections:
        items = [one for one in section.items if not isinstance(one, kinds.Score)]
        if not items:
            continue
        yield Heading(section.title, level)
        if section.text:
            yield Text(section.text)
        if section.when:
            yield Text(_when(form, section.when))
        for row in range(1, _rows(section) + 1):
            if section.repeats:
                yield Heading(f"{section.title} {row}", level + 1)
            yield from (_blank(form, one) for one in items)
        if section.repeats and section.most > _rows(section):
            yield Text(f"For more, up to {section.most}, use another sheet and number them on.")


def _rows(section: Section) -> int:
    return min(section.most, REPETITIONS) if section.repeats else 1


def _blank(form: FormPlan, item: Item) -> Blank:
    said = [_when(form, item.when) if item.when else "", item.hint or "", _limits(item)]
    made = _room(item)
    label = item.label if item.required else f"{item.label} (optional)"
    return Blank(
        label, " ".join(one for one in said if one), made.choices, made.boxes, made.lines,
        getattr(item, "unit", None) or "", WHY,
    )  # fmt: skip


def _when(form: FormPlan, conditions: Sequence[Condition]) -> str:
    """When a question is asked, in words."""
    return f"Only if {' and '.join(_condition(form, one) for one in conditions)}."


def _condition(form: FormPlan, condition: Condition) -> str:
    item = form.item(condition.item)
    asked = f"“{item.label}”" if item else condition.item
    if condition.equals:
        told = [words(item, one) if item else str(one) for one in condition.equals]
        return f"{asked} is {' or '.join(told)}"
    limits = []
    if condition.at_least is not None:
        limits.append(f"at least {condition.at_least}")
    if condition.at_most is not None:
        limits.append(f"at most {condition.at_most}")
    return f"{asked} is {' and '.join(limits)}" if limits else f"{asked} is answered"


def _limits(item: Item) -> str:
    match item:
        case kinds.Several():
            return "Tick all that apply."
        case kinds.DateQuestion() if item.partial:
            return "Leave empty what is not known of the date."
        case kinds.Whole() | kinds.DecimalNumber():
            return f"From {item.between[0]} to {item.between[1]}."
        case kinds.Scale() if not _few(item):
            anchors = ", ".join(f"{one.value} {one.label}" for one in item.anchors)
            return f"From {item.least} to {item.most}: {anchors}."
        case kinds.File():
            return "Fasten the document to this sheet."
        case _:
            return ""


def _few(item: kinds.Scale) -> bool:
    return item.most - item.least < FEW


@singledispatch
def _room(item: Item) -> Blank:
    """The room for an answer."""
    return Blank("", lines=SHORT)


@_room.register(kinds.Choice)
@_room.register(kinds.Several)
def _of_codes(item: kinds.Choice | kinds.Several) -> Blank:
    return Blank("", choices=tuple(code.label for code in item.codes))


@_room.register(kinds.YesNo)
def _of_yes_no(item: kinds.YesNo) -> Blank:
    return Blank("", choices=("Yes", "No"))


@_room.register(kinds.Scale)
def _of_scale(item: kinds.Scale) -> Blank:
    if not _few(item):
        return Blank("", boxes=((len(str(item.most)), ""),))
    meant = {one.value: one.label for one in item.anchors}
    values = range(item.least, item.most + 1)
    return Blank("", choices=tuple(f"{n} {meant[n]}" if n in meant else str(n) for n in values))


@_room.register(kinds.Whole)
def _of_whole(item: kinds.Whole) -> Blank:
    return Blank("", boxes=((max(len(str(one)) for one in item.between), ""),))


@_room.register(kinds.DecimalNumber)
def _of_decimal(item: kinds.DecimalNumber) -> Blank:
    whole = max(len(str(int(one))) for one in item.between)
    return Blank("", boxes=((whole, ""), (item.places, "Decimals")))


@_room.register(kinds.DateQuestion)
def _of_date(item: kinds.DateQuestion) -> Blank:
    return Blank("", boxes=DATE)


@_room.register(kinds.TimeQuestion)
def _of_time(item: kinds.TimeQuestion) -> Blank:
    return Blank("", boxes=TIME)


@_room.register(kinds.TextQuestion)
def _of_text(item: kinds.TextQuestion) -> Blank:
    return Blank("", lines=LONG if item.long else SHORT)


@_room.register(kinds.File)
def _of_file(item: kinds.File) -> Blank:
    return Blank("", choices=("Fastened to this sheet",))

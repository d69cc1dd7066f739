"""The qualitative strand, scene by scene: the draw of employers, interviews, and coded extracts."""

from datetime import date
from functools import partial

from trial.conduct.access import Act
from trial.conduct.demonstration.process import Office
from trial.conduct.demonstration.process_story import Extract, Spoken
from trial.conduct.forms.plans import Subject
from trial.conduct.process import draw
from trial.protocol.forms.missing import Missing
from trial.protocol.forms.reading import Answer
from trial.protocol.roles import Role

BEARS = {"b": "barrier", "f": "facilitator", "n": "neither"}
NONE = Missing.NOT_APPLICABLE.value


def plan(office: Office) -> None:
    """Plan the draw, the interviews and the coding."""
    stage, story = office.stage, office.story
    stage.later(story.draw_on, partial(_freeze, office))
    stage.later(story.drawn_on, partial(_draw, office))
    for spoken in story.interviews.list:
        stage.later(spoken.on, partial(_interview, office, spoken))
    coded = story.extracts
    for coder, day in (
        ("first", coded.first_on),
        ("second", coded.second_on),
        ("agreed", coded.agreed_on),
    ):
        stage.later(day, partial(_code, office, coder))


def _freeze(office: Office) -> None:
    stage = office.stage
    with office.act(stage.cast.of(Role.TRIAL_MANAGER), Act.DRAW_EMPLOYERS):
        draw.freeze(stage.session, size=office.story.draw_size, key=stage.key, chance=office.seeds)


def _draw(office: Office) -> None:
    stage = office.stage
    (made,) = draw.draws(stage.session)
    with office.act(stage.cast.of(Role.TRIAL_MANAGER), Act.DRAW_EMPLOYERS):
        draw.make(stage.session, made, key=stage.key)


def _interview(office: Office, told: Spoken) -> None:
    answers: dict[str, Answer] = {"group": told.group, "pseudonym": told.who}
    if told.group == "staff":
        answers["role"] = told.role or "other"
    if told.group == "employer":
        (made,) = draw.draws(office.stage.session)
        answers["employer"] = draw.drawn(made).first[told.drawn or 0]
    else:
        answers["cluster"] = _cluster(office, told)
    if told.refused:
        answers["consent"] = "no"
    else:
        answers |= _consented(told, office.stage.on)
    texts = {} if told.refused else {"transcript": _transcript(office, told)}
    record = office.fill(
        Role.FIDELITY_REVIEWER, "interview", Subject(), office.stage.on, answers, texts
    )
    office.interviews[told.who] = record.id


def _cluster(office: Office, told: Spoken) -> str:
    clusters = office.clusters()
    return NONE if told.cluster is None else clusters[told.cluster % len(clusters)].key


def _consented(told: Spoken, day: date) -> dict[str, Answer]:
    return {
        "consent": "yes",
        "consent_on": day.isoformat(),
        "recorded": "yes",
        "minutes": told.minutes,
    }


def _transcript(office: Office, told: Spoken) -> str:
    """The transcript under the pseudonym: every segment that is coded later, and nobody's name."""
    said = [one.theme for one in office.story.extracts.list if one.who == told.who]
    lines = [f"[{number}] {told.who}: {theme}." for number, theme in enumerate(said, 1)]
    return "\n\n".join(["Invented for the demonstration, in short.", *lines]) + "\n"


def _code(office: Office, coder: str) -> None:
    """One coder codes every extract; what was agreed is recorded of those that differ only."""
    by = Role.TRIAL_MANAGER if coder == "second" else Role.FIDELITY_REVIEWER
    segments: dict[str, int] = {}
    for told in office.story.extracts.list:
        segments[told.who] = segments.get(told.who, 0) + 1
        differs = any((told.second_bears, told.second_criterion, told.second_domain))
        if coder == "agreed" and not differs:
            continue
        answers: dict[str, Answer] = {
            "interview": office.interviews[told.who],
            "segment": segments[told.who],
            "coder": coder,
            "theme": told.theme,
            **_codes(told, coder),
        }
        office.fill(by, "coded-extract", Subject(), office.stage.on, answers)


def _codes(told: Extract, coder: str) -> dict[str, Answer]:
    bears, criterion, construct = told.bears, told.criterion, told.domain
    if coder == "second":
        bears = told.second_bears or bears
        criterion = criterion if told.second_criterion is None else told.second_criterion
        construct = told.second_domain or construct
    return {"bears": BEARS[bears], "criterion": criterion or NONE, "construct": construct}

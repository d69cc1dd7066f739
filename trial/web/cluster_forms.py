"""The steps in the life of a cluster: what each asks, and which act it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session
from wtforms import HiddenField

from trial.conduct import clusters as lives
from trial.conduct.access import Act
from trial.protocol import Protocol
from trial.records.models import Cluster
from trial.web.fields import DateField3, Line, Lines
from trial.web.forms import Correction, Form


class StepForm(Form):
    """One step: it carries the version of the cluster that it was made from."""

    version = HiddenField()


class Identified(StepForm):
    """When the cluster was identified."""

    identified_on = DateField3(
        "When was the cluster identified?", needed="Enter when it was identified"
    )


class Approached(StepForm):
    """When the cluster was approached."""

    approached_on = DateField3(
        "When was the cluster approached?", needed="Enter when it was approached"
    )


class Permission(StepForm):
    """Who gave permission, when, and in which document."""

    permission_on = DateField3(
        "When was permission given?", needed="Enter when permission was given"
    )
    permission_by = Line(
        "Who gave it?", needed="Enter who gave permission", most=200, autocomplete="off"
    )
    permission_role = Line(
        "In which role?",
        needed="Enter the role of who gave permission",
        hint="Such as service manager.",
    )
    permission_document = Line(
        "In which document?",
        needed="Enter which document gives permission",
        hint="Such as a letter with its date, and where it is filed.",
    )


class Opened(StepForm):
    """From which day the cluster recruits."""

    opened_on = DateField3("From which day does the cluster recruit?", needed="Enter the first day")


class Closed(StepForm):
    """Until which day the cluster recruits, and why it closes."""

    closed_on = DateField3(
        "What is the last day of recruitment?",
        needed="Enter the last day",
        hint="Consent signed on this day still counts.",
    )
    closed_reason = Lines("Why does it close?", needed="Say why it closes", most=500, rows=2)


class Began(StepForm):
    """From which day the cluster takes part, in a trial that recruits nobody."""

    opened_on = DateField3(
        "From which day does the cluster take part?", needed="Enter the first day"
    )


class DroppedOut(StepForm):
    """Until which day the cluster took part, and why it dropped out."""

    closed_on = DateField3(
        "What is the last day on which the cluster took part?", needed="Enter the last day"
    )
    closed_reason = Lines("Why did it drop out?", needed="Say why it dropped out", most=500, rows=2)


class Reopened(Correction, StepForm):
    """Why a closing is taken back."""


class CorrectIdentified(Correction, Identified):
    """Another day, with a reason."""


class CorrectApproached(Correction, Approached):
    """Another day, with a reason."""


class CorrectPermission(Correction, Permission):
    """Another permission, with a reason."""


class CorrectOpened(Correction, Opened):
    """Another day, with a reason."""


class CorrectClosed(Correction, Closed):
    """Another closing, with a reason."""


class CorrectBegan(Correction, Began):
    """Another day, with a reason."""


class CorrectDroppedOut(Correction, DroppedOut):
    """Another day or cause, with a reason."""


Does = Callable[[Session, Protocol, Cluster, Any, date], Any]


@dataclass(frozen=True)
class ClusterStep:
    """One step: the value that says it was taken, its words, its act."""

    item: str
    button: str
    done: str
    act: Act
    does: Does


def _record(*items: str) -> Does:
    def does(session: Session, protocol: Protocol, cluster: Cluster, form: Any, on: date) -> Any:
        given = {item: form[item].data for item in items}
        return lives.record_step(session, protocol, cluster, **given, on=on)

    return does


def _open(session: Session, protocol: Protocol, cluster: Cluster, form: Any, on: date) -> Any:
    return lives.open_cluster(session, protocol, cluster, opened_on=form.opened_on.data, on=on)


def _close(session: Session, protocol: Protocol, cluster: Cluster, form: Any, on: date) -> Any:
    return lives.close_cluster(
        session,
        protocol,
        cluster,
        closed_on=form.closed_on.data,
        reason=form.closed_reason.data,
        on=on,
    )


def _reopen(session: Session, protocol: Protocol, cluster: Cluster, form: Any, on: date) -> Any:
    return lives.reopen_cluster(session, protocol, cluster, on=on)


PERMISSION = ("permission_on", "permission_by", "permission_role", "permission_document")
STEPS = {
    "identified": ClusterStep(
        "identified_on",
        "Record that it was identified",
        "The day is recorded.",
        Act.RECORD_CLUSTER,
        _record("identified_on"),
    ),
    "approached": ClusterStep(
        "approached_on",
        "Record the approach",
        "The approach is recorded.",
        Act.RECORD_CLUSTER,
        _record("approached_on"),
    ),
    "permission": ClusterStep(
        "permission_on",
        "Record permission",
        "The permission is recorded.",
        Act.RECORD_CLUSTER,
        _record(*PERMISSION),
    ),
    "open": ClusterStep(
        "opened_on",
        "Open to recruitment",
        "The cluster is open to recruitment.",
        Act.OPEN_CLUSTER,
        _open,
    ),
    "close": ClusterStep(
        "closed_on",
        "Close to recruitment",
        "The cluster is closed to recruitment.",
        Act.CLOSE_CLUSTER,
        _close,
    ),
    "reopen": ClusterStep(
        "closed_on",
        "Take back the closing",
        "The closing is taken back.",
        Act.OPEN_CLUSTER,
        _reopen,
    ),
}
FORMS: dict[tuple[str, bool], type[StepForm]] = {
    ("identified", False): Identified,
    ("identified", True): CorrectIdentified,
    ("approached", False): Approached,
    ("approached", True): CorrectApproached,
    ("permission", False): Permission,
    ("permission", True): CorrectPermission,
    ("open", False): Opened,
    ("open", True): CorrectOpened,
    ("close", False): Closed,
    ("close", True): CorrectClosed,
    ("reopen", True): Reopened,
}
# What is said otherwise in a trial that recruits nobody.
STEPS_ALONE = STEPS | {
    "open": replace(
        STEPS["open"], button="Record that it began", done="The first day is recorded."
    ),
    "close": replace(
        STEPS["close"], button="Record that it dropped out", done="The cluster has dropped out."
    ),
    "reopen": replace(
        STEPS["reopen"],
        button="Take back that it dropped out",
        done="The cluster takes part again.",
    ),
}
FORMS_ALONE = FORMS | {
    ("open", False): Began,
    ("open", True): CorrectBegan,
    ("close", False): DroppedOut,
    ("close", True): CorrectDroppedOut,
}


def steps_of(protocol: Protocol) -> dict[str, ClusterStep]:
    """The steps as this trial speaks of them."""
    return STEPS if protocol.participants else STEPS_ALONE


def form_for(protocol: Protocol, step: str, saved: bool) -> type[StepForm]:
    """The form of a step, or of its correction once it was saved."""
    return (FORMS if protocol.participants else FORMS_ALONE)[step, saved]

"""What time alone makes doubtful: visits without a word, forms never filled in, drafts left behind."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from trial.conduct.agreed import holds
from trial.conduct.dates import words
from trial.conduct.forms.plans import due_forms, forms_about
from trial.conduct.queries import DRAFTED, OVERDUE, Doubt, lacking
from trial.conduct.visits import closed_on
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.records.models import Cluster, Participant, Record, Visit


@dataclass(frozen=True)
class Late:
    """The day of the check, and how many days a draft or a form of a visit may be left."""

    on: date
    days: int

    def left(self, since: date) -> bool:
        """Whether something has been left for too long since a day."""
        return since + timedelta(days=self.days) < self.on


def of_visit(
    protocol: Protocol,
    person: Participant,
    visit: Visit,
    arm: str | None,
    agreed: Collection[str],
    there: Collection[str],
    late: Late,
) -> Iterator[Doubt]:
    """The doubts about a visit, where ``there`` are the forms of which it has a record.

    ``agreed`` are the clauses that the person agreed to.
    """
    if visit.state == "expected" and followed(person) and visit.closes_on < late.on:
        text = (
            f"This visit was open until {words(visit.closes_on)} and nothing was recorded of it. "
            "Record it as done, missed or not needed."
        )
        yield Doubt("state", OVERDUE, text, unblinds=bool(visit.unblinds))
    if visit.done_on is None or not late.left(visit.done_on):
        return
    for form in due_forms(protocol, visit, arm, agreed):
        if form.key not in there:
            text = f"The visit was done and “{form.name}” was not filled in. Fill it in."
            yield Doubt(
                "state", lacking(form.key), text, form.key, form.telling or bool(visit.unblinds)
            )


def of_person(
    protocol: Protocol,
    person: Participant,
    cluster: Cluster,
    agreed: Collection[str],
    there: Collection[str],
    late: Late,
) -> Iterator[Doubt]:
    """The forms filled in once about a participant that are not ``there`` long after enrolment.

    Those of some arms are asked for only once the arm of the cluster was revealed.
    """
    for form in forms_about(protocol, "participant"):
        if form.occurs != "once" or form.key in there or not holds(form, agreed):
            continue
        since = _since(form, person.enrolled_on, cluster)
        if since is not None and late.left(since):
            text = f"“{form.name}” is filled in once for each participant, and was not. Fill it in."
            yield Doubt("number", lacking(form.key), text, form.key, form.telling)


def of_cluster(
    protocol: Protocol, cluster: Cluster, there: Collection[str], late: Late
) -> Iterator[Doubt]:
    """The forms filled in once about a cluster that are not ``there`` long after it opened.

    The form of the outcome of a trial without participants is asked for once it is due; of a cluster
    that dropped out of such a trial nothing is asked.
    """
    if cluster.opened_on is None or (cluster.closed_on is not None and not protocol.participants):
        return
    outcome = None if protocol.participants else protocol.outcome
    for form in forms_about(protocol, "cluster"):
        if form.occurs != "once" or form.key in there:
            continue
        since = _since(form, cluster.opened_on, cluster)
        if since is not None and outcome is not None and outcome.form == form.key:
            since = max(since, outcome.due_on or since)
        if since is not None and late.left(since):
            text = f"“{form.name}” is filled in once for each cluster, and was not. Fill it in."
            yield Doubt("opened_on", lacking(form.key), text, form.key, form.telling)


def _since(form: FormPlan, began: date, cluster: Cluster) -> date | None:
    """The day from which a form filled in once is awaited; None while, or where, it is not asked."""
    if not form.arms:
        return began
    if cluster.revealed_on is None or cluster.arm not in form.arms:
        return None
    return max(began, cluster.revealed_on)


def of_draft(record: Record, late: Late) -> Iterator[Doubt]:
    """The doubt about a form that was begun long ago and never completed."""
    if record.state == "draft" and late.left(record.entered_on):
        text = (
            f"This form was begun on {words(record.entered_on)} and is still a draft. "
            "Complete it, or void it if it was begun by mistake."
        )
        yield Doubt("state", DRAFTED, text)


def followed(person: Participant) -> bool:
    """Whether somebody's follow-up goes on; it rests while they are lost or stopped."""
    return closed_on(person) is None and person.lost_on is None

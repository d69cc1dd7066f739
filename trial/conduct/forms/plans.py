"""Which forms there are for whom: by role, by visit, and by what may be known of the arm."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from trial.conduct.access import Act, allowed
from trial.conduct.agreed import holds
from trial.conduct.refused import NotAllowed, Refused
from trial.protocol import Protocol
from trial.protocol.forms import FormPlan
from trial.records.actor import Actor
from trial.records.models import Cluster, Employer, Participant, Record, Visit


@dataclass(frozen=True)
class Subject:
    """Whom or what a record is about: what the form does not need is None."""

    cluster: Cluster | None = None
    participant: Participant | None = None
    employer: Employer | None = None
    visit: Visit | None = None

    @property
    def cluster_id(self) -> int | None:
        """The cluster that the record belongs to, if it belongs to one."""
        owner = self.participant or self.employer
        if owner is not None:
            return owner.cluster_id
        return None if self.cluster is None else self.cluster.id


def form_of(protocol: Protocol, key: str) -> FormPlan:
    """The form of a key; raises ``Refused`` where the protocol has none."""
    found = next((form for form in protocol.forms if form.key == key), None)
    if found is None:
        raise Refused(f"This protocol has no form “{key}”.")
    return found


def telling(form: FormPlan, subject: Subject) -> bool:
    """Whether that there is a record of a form about a subject tells the arm: by the form or the visit."""
    return form.telling or (subject.visit is not None and bool(subject.visit.unblinds))


def may_see(actor: Actor, form: FormPlan, cluster_id: int | None) -> bool:
    """Whether a person may read records of a form in a cluster (None: of the whole trial)."""
    if not allowed(actor, Act.SEE_FORMS) or (
        form.about == "participant" and not actor.participants
    ):
        return False
    if form.telling and not actor.sees_arm_of(cluster_id):
        return False
    return actor.role in (*form.entered_by, *form.seen_by)


def may_enter(actor: Actor, form: FormPlan, cluster_id: int | None) -> bool:
    """Whether a person may fill in a form in a cluster."""
    return (
        may_see(actor, form, cluster_id)
        and allowed(actor, Act.ENTER_FORM)
        and actor.role in form.entered_by
    )


def permit_entry(actor: Actor, form: FormPlan, cluster_id: int | None) -> None:
    """Raise ``NotAllowed`` where a person may not fill in a form."""
    if not may_enter(actor, form, cluster_id):
        raise NotAllowed(f"The role {actor.role.value} does not fill in “{form.name}” here.")


def forms_about(protocol: Protocol, about: str) -> tuple[FormPlan, ...]:
    """The forms about a participant, a cluster, an employer or the trial."""
    return tuple(form for form in protocol.forms if form.about == about)


def due_forms(
    protocol: Protocol, visit: Visit, arm: str | None, agreed: Collection[str]
) -> Iterator[FormPlan]:
    """The forms of a visit; those of some arms only where the arm is known to be one of them.

    Of those for who agreed to a clause, those that are among ``agreed``.
    """
    for form in protocol.forms:
        for_them = (not form.arms or arm in form.arms) and holds(form, agreed)
        if visit.plan in form.visits and for_them:
            yield form


def cluster_of(record: Record) -> int | None:
    """The cluster that a record belongs to."""
    return record.cluster_id

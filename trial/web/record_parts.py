"""What else stands on the page of a record: each part gives the variables that its partial shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from trial.conduct import signing, verification, verification_plan
from trial.conduct.access import Act, allowed
from trial.conduct.forms import saving
from trial.conduct.forms.plans import Subject
from trial.protocol.forms import FormPlan
from trial.records.models import Record
from trial.web import here, process_part


@dataclass(frozen=True)
class Shown:
    """The record on the page, its form, and whom it is about."""

    record: Record
    form: FormPlan
    subject: Subject


def _signing(shown: Shown) -> Mapping[str, Any]:
    """The signatures of a form that asks for one."""
    ready = shown.record.state == saving.COMPLETE and shown.record.entry == 0
    may = allowed(here.actor(), Act.SIGN_RECORD) and ready
    found = signing.signatures(here.session(), shown.record)
    return {
        "asked": shown.form.signed,
        "signatures": found,
        "may_sign": shown.form.signed and may and not any(_mine(one) for one in found),
    }


def _mine(one: signing.Signed) -> bool:
    """Whether whoever is signed in has signed it as it stands."""
    return one.valid and one.signature.signed_by == here.actor().id


def _verification(shown: Shown) -> Mapping[str, Any]:
    """How far the values of a record are compared with their source, for who compares them."""
    if not allowed(here.actor(), Act.VERIFY):
        return {"number": 0}
    session, protocol = here.session(), here.protocol()
    sample = verification_plan.sample(session, protocol)
    told = verification.of_record(session, protocol, here.actor(), shown.record, sample)
    return {
        "number": len(told),
        "left": sum(one.left for one in told),
        "differ": sum(one.state is verification.State.DIFFERS for one in told),
        "person": shown.record.participant_id,
    }


def _work(shown: Shown) -> Mapping[str, Any]:
    """The way from an interview about work to the spells themselves, which are entered there only."""
    person = shown.subject.participant
    asked = here.protocol().employment is not None and shown.form.leads_to == "work"
    return {"person": person.id if asked and person is not None else None}


# A part's variables by the name of its partial: templates/forms/part_<name>.html.
PARTS: dict[str, Callable[[Shown], Mapping[str, Any]]] = {
    "work": _work,
    "signing": _signing,
    "verification": _verification,
    "process": process_part.told,
}

"""Where the two entries of a form are compared, and how far they have come."""

from flask import url_for

from trial.conduct.forms import entries
from trial.protocol.forms import FormPlan
from trial.records.models import Record
from trial.web import here, subjects


def compared_at(record: Record, plan: FormPlan) -> str | None:
    """Where an entry is compared with the other, once both are complete and no record counts yet."""
    subject = subjects.of(record)
    pair = entries.pair_of(here.session(), plan, subject)
    if not pair.complete or pair.counts is not None:
        return None
    return url_for(
        "double_entry.settle",
        form=plan.key,
        subject=subjects.number_of(subject),
        visit=record.visit_id,
    )

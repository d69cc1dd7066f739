"""What each column of the analysis datasets holds, for the codebook."""

from collections.abc import Iterable, Mapping

from trial.conduct.clusters import WITHOUT_PARTICIPANTS
from trial.conduct.safety.log import ADVERSE, BREACH, DEVIATION, MEASURE
from trial.conduct.values import codes_of
from trial.exchange.codebook import Column
from trial.protocol import Protocol
from trial.protocol.base import Code
from trial.protocol.outcome import OutcomePlan

# A disclosure of risk and a breach of personal data are no data of the trial.
SAFETY_KINDS = (ADVERSE, DEVIATION, BREACH, MEASURE)
ANSWERS = {"yes": "yes", "no": "no", "unknown": "not known"}
DAY = "date (YYYY-MM-DD)"
TRUTH = {"yes": "yes", "no": "no"}


def described(protocol: Protocol) -> dict[str, tuple[Column, ...]]:
    """The columns of every table, with the codes that the protocol gives them."""
    found = _tables(protocol)
    return found if protocol.safety is None else found | {"safety": _safety(protocol)}


def _tables(protocol: Protocol) -> dict[str, tuple[Column, ...]]:
    if not protocol.participants:
        return _of_clusters(protocol)
    tables = {
        "screening": _screening(protocol),
        "eligibility": _eligibility(protocol),
        "participants": (*_participants(), *_bases(protocol)),
        "visits": _visits(protocol),
        "clusters": _clusters(protocol),
        "skips": _skips(protocol),
    }
    if protocol.outcome is not None:
        asked = {name: _without_work(name, columns) for name, columns in tables.items()}
        return asked | {"outcomes": _primary(protocol, protocol.outcome)}
    work = {"employment": _employment(protocol), "terms": _terms(protocol)}
    return tables | work | {"outcomes": _outcomes()}


# Columns of the other tables that are about work: a trial that does not ask about it has none of them.
OF_WORK = {"participants": {"known_until"}, "visits": {"working"}}


def _without_work(table: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    return tuple(one for one in columns if one.name not in OF_WORK.get(table, ()))


def _primary(protocol: Protocol, plan: OutcomePlan) -> tuple[Column, ...]:
    proportion = plan.summary == "proportion"
    label = f"{plan.label}: 1 if it counts, else 0" if proportion else plan.label
    return (
        NUMBER,
        *PLACE,
        Column("due_on", "Day on which the primary visit is due", DAY, missing="not known yet"),
        Column("observed_on", "Day that the answers are of", DAY, missing="no complete form"),
        Column("value", label, "decimal", unit=plan.unit or "", missing="not known: see reason"),
        Column("reason", "Why the outcome is not known", missing="it is known"),
    )


def _of_clusters(protocol: Protocol) -> dict[str, tuple[Column, ...]]:
    """The tables of a trial without participants: the outcome is one of each cluster."""
    found = {"clusters": _clusters(protocol)}
    if protocol.outcome is not None:
        due = Column("due_on", "Day from which the outcome is due", DAY)
        rest = [
            one
            for one in _primary(protocol, protocol.outcome)
            if one.name not in ("number", "due_on")
        ]
        place = len(PLACE)
        found["outcomes"] = (*rest[:place], due, *rest[place:])
    return found


def _codes(codes: Iterable[Code]) -> Mapping[str, str]:
    return {code.key: code.label for code in codes}


NUMBER = Column("number", "Study number")
PLACE = (
    Column("cluster", "Cluster at enrolment; a drawn number where the reader is blinded"),
    Column("arm", "Arm; A or B where the reader is blinded", missing="no arm yet, or not revealed"),
)


def _screening(protocol: Protocol) -> tuple[Column, ...]:
    lists = protocol.screening
    return (
        Column("number", "Screening number", "whole number"),
        Column("earlier", "Number of the same person's earlier row", missing="first row"),
        *PLACE,
        Column("considered_on", "Day on which the person was considered", DAY),
        Column("referral", "Whether the person was referred"),
        Column("decided_by", "Who decided on referral", "code", _codes(lists.deciders)),
        Column("decided_on", "Day of that decision", DAY),
        Column("reason", "Why not referred", "code", _codes(lists.not_referred_reasons)),
        Column("eligibility", "Eligible, derived from the criteria"),
        Column("failed_criteria", "Keys of the criteria not met, separated by spaces"),
        Column("approach", "Whether the person was approached"),
        Column("approached_on", "Day of the approach", DAY),
        Column(
            "not_approached_reason",
            "Why not approached",
            "code",
            _codes(lists.not_approached_reasons),
        ),
        Column("outcome", "Consented or declined"),
        Column("outcome_on", "Day of that answer", DAY),
        Column("declined_reason", "Why declined", "code", _codes(lists.declined_reasons)),
        Column("enrolled", "Whether the person was enrolled", "truth", TRUTH),
    )


def _eligibility(protocol: Protocol) -> tuple[Column, ...]:
    criteria = {one.key: one.text for one in protocol.eligibility}
    return (
        Column("screening", "Screening number", "whole number"),
        PLACE[0],
        Column("criterion", "Eligibility criterion", "code", criteria),
        Column("answer", "Answer", "code", ANSWERS),
        Column("answered_on", "Day of the answer", DAY),
        Column("source", "Source", "code", _codes(protocol.screening.evidence_sources)),
    )


def _participants() -> tuple[Column, ...]:
    return (
        NUMBER,
        Column("screening", "Screening number", "whole number"),
        *PLACE,
        Column("enrolled_on", "Day of enrolment: the day of the consent", DAY),
        Column("birth_year", "Year of birth", "whole number", missing="use of data withdrawn"),
        Column("after_reveal", "Enrolled after the cluster's arm was revealed", "truth", TRUTH),
        Column("known_until", "Last day on which the work history is known", DAY),
        Column(
            "withdrew_intervention_on", "Withdrew from the intervention", DAY, missing="did not"
        ),
        Column("withdrew_followup_on", "Withdrew from follow-up", DAY, missing="did not"),
        Column(
            "withdrew_data_on", "Withdrew the use of data already given", DAY, missing="did not"
        ),
        Column(
            "withdrew_linkage_on",
            "Withdrew from linkage to routine records",
            DAY,
            missing="did not",
        ),
        Column("withdrew_contact_on", "Withdrew from being contacted", DAY, missing="did not"),
        Column(
            "stopped_on",
            "Stopped since, as capacity was lost or regained",
            DAY,
            missing="not stopped",
        ),
        Column(
            "cluster_at_allocation",
            "Cluster in which the person was when it was allocated",
            missing="not allocated yet",
        ),
        Column("lost_on", "Lost to follow-up since", DAY, missing="not lost, or found again"),
        Column("died_on", "Day of death", DAY, missing="not known to have died"),
        Column("protocol_version", "Version of the protocol at enrolment"),
    )


def _bases(protocol: Protocol) -> tuple[Column, ...]:
    """On which basis people take part, in a trial that declares any."""
    if not protocol.consent.bases:
        return ()
    names, withdrawn = (
        {one.key: one.name for one in protocol.consent.bases},
        "use of data withdrawn",
    )
    return (
        Column("basis", "Basis of consent at enrolment", "code", names, missing=withdrawn),
        Column("basis_now", "Basis of the newest consent", "code", names, missing=withdrawn),
        Column(
            "visits_outside",
            "Keys of the visits that lie outside what the person consented to, separated by spaces",
            missing="none",
        ),
    )


def _visits(protocol: Protocol) -> tuple[Column, ...]:
    names = {one.key: one.name for one in protocol.visits}
    return (
        NUMBER,
        *PLACE,
        Column("visit", "Visit", "code", names),
        Column("due_on", "Day on which it is due", DAY),
        Column("opens_on", "First day of its window", DAY),
        Column("closes_on", "Last day of its window", DAY),
        Column("state", "Expected, done, missed or not needed"),
        Column("done_on", "Day on which it was done", DAY, missing="not done"),
        Column(
            "reason",
            "Why missed or not needed",
            "code",
            _codes(codes_of(protocol, "visit", "reason")),
        ),
        Column("working", "In open employment on the day of the visit", "code", ANSWERS),
        Column("cluster_then", "Cluster in which the person was on the day of the visit"),
    )


def _employment(protocol: Protocol) -> tuple[Column, ...]:
    plan = protocol.work
    return (
        NUMBER,
        Column("spell", "Number of the spell", "whole number"),
        *PLACE,
        Column("kind", "Kind of work", "code", {k.key: k.label for k in plan.kinds}),
        Column("started_on", "First day", DAY),
        Column(
            "start_day_known", "No: only the month is known, the 15th stands for it", "truth", TRUTH
        ),
        Column("ended_on", "Last day worked", DAY, missing="still running when last known"),
        Column(
            "end_day_known", "No: only the month is known, the 15th stands for it", "truth", TRUTH
        ),
        Column("sector", "Sector of the employer", "code", _codes(plan.sectors)),
        Column("found_with_specialist", "Found with the employment specialist's help", "code"),
        Column("disclosed_mental_health", "Mental health disclosed to the employer", "code"),
        Column("disclosed_offending", "Offending disclosed to the employer", "code"),
        Column("ending_reason", "Why it ended", "code", _codes(plan.ending_reasons)),
        Column("source", "Source of the evidence", "code", _codes(plan.evidence_sources)),
    )


def _terms(protocol: Protocol) -> tuple[Column, ...]:
    return (
        NUMBER,
        Column("spell", "Number of the spell", "whole number"),
        Column("from_on", "Day from which these hours and this pay hold", DAY),
        Column("weekly_hours", "Hours", "decimal", unit="hours a week"),
        Column("pay", "Pay before tax", "decimal", unit="pounds a period"),
        Column("pay_period", "Period of the pay"),
    )


def _outcomes() -> tuple[Column, ...]:
    derived = "derived from the spells"
    return (
        NUMBER,
        *PLACE,
        Column("twelve_months_on", "12-month date", DAY, source="anniversary of enrolment"),
        Column("known_until", "Last day on which the work history is known", DAY),
        Column("open_at_12", "In open employment on the 12-month date", "code", ANSWERS, source=derived),
        Column("open_at_12_basis", "What that rests on", source=derived),
        Column("ever_open", "Ever in open employment during follow-up", "code", ANSWERS, source=derived),
        Column("days_to_first_open", "Days from enrolment to the first open job", "whole number",
               unit="days", source=derived),
        Column("first_open_at_most", "Days before it are not known: at most so many days", "truth", TRUTH),
        Column("open_days", "Days in open employment", "whole number", unit="days", source=derived),
        Column("open_hours", "Hours in open employment", "decimal", unit="hours", source=derived),
        Column("open_hours_reason", "Why the hours are not known"),
        Column("open_earnings", "Earned in open employment", "decimal", unit="pounds", source=derived),
        Column("open_earnings_reason", "Why the earnings are not known"),
        Column("jobs", "Open jobs", "whole number", source=derived),
        Column("paid_jobs", "Paid jobs of any kind", "whole number", source=derived),
        Column("longest_tenure", "Longest open job", "whole number", unit="days", source=derived),
        Column("longest_tenure_at_least", "It may have gone on: at least so many days", "truth", TRUTH),
        Column("complete", "History known to the 12-month date: else totals are to date and enter no mean",
               "truth", TRUTH),
        Column("approximate", "Rests on a day of which only the month is known", "truth", TRUTH),
        Column("known_days", "Days of follow-up on which work is known, first and last included",
               "whole number", unit="days", source=derived),
        Column("paid_days", "Days of them in paid work of any kind", "whole number", unit="days",
               source=derived),
        Column("first_job_days", "Length of the first open job within them", "whole number",
               unit="days", missing="no open job seen", source=derived),
        Column("first_job_ended", "The end of that job was seen", "truth", TRUTH),
    )  # fmt: skip


def _skips(protocol: Protocol) -> tuple[Column, ...]:
    names = {one.key: one.name for one in protocol.visits}
    reasons = _codes(codes_of(protocol, "skipped_visit", "reason"))
    return (
        *PLACE,
        Column("visit", "Visit that the whole cluster skips", "code", names),
        Column("reason", "Why it skips it", "code", reasons),
        Column("recorded_on", "Day on which that was recorded", DAY),
        Column("taken_back_on", "Day on which it was taken back", DAY, missing="it stands"),
    )


def _safety(protocol: Protocol) -> tuple[Column, ...]:
    return (
        Column("entry", "Number of the entry in the log", "whole number"),
        Column("number", "Study number", missing="not about one participant"),
        *PLACE,
        Column("kind", f"Kind of entry: {', '.join(SAFETY_KINDS)}"),
        Column("happened_on", "Day on which it happened, or the measure was taken", DAY),
        Column("heard_on", "Day on which the trial team heard of it", DAY),
        Column("term", "What it was", "code", _codes(codes_of(protocol, "safety_entry", "term"))),
        Column(
            "seriousness", "Why an adverse event is serious", "code",
            _codes(codes_of(protocol, "safety_entry", "seriousness")), missing="not serious",
        ),
        Column(
            "serious_on", "Day since which it was known to be serious, where later than heard of", DAY,
            missing="since it was heard of, or not serious",
        ),
        Column(
            "related", "Whether taking part caused it", "code",
            _codes(codes_of(protocol, "safety_entry", "related")), missing="not judged",
        ),
        Column("expected", "Whether it was expected", "truth", TRUTH, missing="not asked of its kind"),
        Column(
            "outcome", "How it stands", "code",
            _codes(codes_of(protocol, "safety_entry", "outcome")), missing="not asked of its kind",
        ),
    )  # fmt: skip


def stratum(key: str) -> str:
    """The column of a stratum of the clusters."""
    return "stratum_" + key.replace("-", "_")


def _clusters(protocol: Protocol) -> tuple[Column, ...]:
    planned = [
        Column(stratum(key), f"Stratum of the cluster: {key}")
        for key in sorted(protocol.clusters[0].strata)
    ]
    if protocol.allocation.draws:
        planned.append(Column("draw", "The draw in which the cluster is allocated"))
    if protocol.allocation.replace_after_draw:
        planned.append(
            Column("replaces", "The cluster whose place and arm it took", missing="none")
        )
    steps = {
        "identified_on": "Identified",
        "approached_on": "Approached",
        "permission_on": "Permission given",
        "opened_on": "Opened to recruitment",
        "allocated_on": "Allocated",
        "revealed_on": "Arm revealed",
        "closed_on": "Closed to recruitment",
    }
    if not protocol.participants:
        steps |= {key: name for key, (name, _) in WITHOUT_PARTICIPANTS.items()}
    days = (Column(key, label, DAY, missing="not yet") for key, label in steps.items())
    return (*PLACE, *planned, *days)

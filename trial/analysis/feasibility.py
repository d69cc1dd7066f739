"""The feasibility results of a trial, assembled from its frames into one value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from fractions import Fraction
from functools import cache

from trial.analysis import (
    clustering,
    clusters_alone,
    first_job,
    flow,
    follow_up,
    funnel,
    outcome,
    outlook,
    primary,
    progression,
    rate,
    recruitment,
    retention,
    tables,
    tenure,
)
from trial.analysis.clustering import Clustering
from trial.analysis.criteria import Criterion, Rule
from trial.analysis.estimate import Estimate, plain
from trial.analysis.first_job import FirstJob
from trial.analysis.flow import Counted, Flow
from trial.analysis.follow_up import VisitFollowed
from trial.analysis.funnel import Funnel
from trial.analysis.outcome import Employment
from trial.analysis.outlook import Outlook
from trial.analysis.primary import Primary
from trial.analysis.progression import Metric, Progression
from trial.analysis.recruitment import Recruitment
from trial.analysis.retention import Completeness, Retention
from trial.analysis.tables import Frames
from trial.analysis.tenure import Tenure

# Below this many clusters no model and no test: counts, proportions and intervals only.
FEW_CLUSTERS = 10
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True)
class Plan:
    """What the protocol says and the analysis needs.

    ``arms`` in the order in which they are shown, the one to compare with last; ``visits`` maps all
    visits' keys to names in order; ``baseline`` and ``primary`` are keys of them. ``schemes`` is how
    many allocations were permitted, ``planning_icc`` an intracluster correlation from elsewhere.
    ``summary`` is how the primary outcome is summed up where it is not work; the visits ``for_some`` do
    not fall due for everyone, and are left out of the flow. ``decided`` is what people decided on
    the criteria for judgement, by their keys. ``counted`` are the steps of the flow of which clusters
    give numbers only.
    """

    arms: tuple[str, ...]
    recruitment: recruitment.Plan
    visits: Mapping[str, str]
    baseline: str
    primary: str
    criteria: Sequence[Criterion] = ()
    schemes: int | None = None
    planning_icc: float = 0.05
    summary: str | None = None
    for_some: frozenset[str] = frozenset()
    decided: Mapping[str, str] = field(default_factory=dict)
    counted: tuple[Counted, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OfPeople:
    """The results that only a trial with participants has."""

    recruitment: Recruitment
    outlook: Outlook
    funnel: Funnel
    retention: Retention
    completeness: Completeness
    follow_up: dict[str, VisitFollowed]
    employment: Employment | None
    clustering: Clustering
    first_job: FirstJob | None
    tenure: Tenure | None


@dataclass(frozen=True, kw_only=True)
class Feasibility:
    """Every feasibility result as known on a day: either of work, or of another ``primary`` outcome.

    In a trial of clusters alone ``of_people`` is None, and asking for a part of it a LookupError.
    """

    on: date
    arms: tuple[str, ...]
    clusters: int
    of_people: OfPeople | None
    progression: Progression
    flow: Flow
    caution: str
    primary: Primary | None = None

    @property
    def people(self) -> OfPeople:
        """The results of the participants."""
        if self.of_people is None:
            raise LookupError("this trial has no participants")
        return self.of_people

    @property
    def recruitment(self) -> Recruitment:
        """How many were enrolled, where and how quickly."""
        return self.people.recruitment

    @property
    def outlook(self) -> Outlook:
        """Where recruitment is heading."""
        return self.people.outlook

    @property
    def funnel(self) -> Funnel:
        """From considered to consented."""
        return self.people.funnel

    @property
    def retention(self) -> Retention:
        """The primary visits done."""
        return self.people.retention

    @property
    def completeness(self) -> Completeness:
        """What became of every visit."""
        return self.people.completeness

    @property
    def follow_up(self) -> dict[str, VisitFollowed]:
        """Who was still seen at each visit, and how late."""
        return self.people.follow_up

    @property
    def clustering(self) -> Clustering:
        """How alike the participants of a cluster are."""
        return self.people.clustering

    @property
    def first_job(self) -> FirstJob | None:
        """The time to the first open job, of a trial whose outcome is work."""
        return self.people.first_job

    @property
    def tenure(self) -> Tenure | None:
        """How long jobs lasted, of a trial whose outcome is work."""
        return self.people.tenure

    @property
    def employment(self) -> Employment | None:
        """Employment, where the outcome is work."""
        return self.people.employment

    @property
    def work(self) -> Employment:
        """Employment, of a trial whose outcome is work."""
        if self.employment is None:
            raise LookupError("the outcome of this trial is not work")
        return self.employment

    @property
    def other(self) -> Primary:
        """The primary outcome of a trial whose outcome is not work."""
        if self.primary is None:
            raise LookupError("the outcome of this trial is work")
        return self.primary

    @property
    def known(self) -> Estimate:
        """The share of those due whose primary outcome is known."""
        return self.other.known if self.primary else self.work.known

    def as_dict(self) -> dict[str, object]:
        """The results as plain dictionaries, lists, numbers and text for JSON."""
        held = {one.name: getattr(self, one.name) for one in fields(self)}
        people = held.pop("of_people")
        if people is not None:
            held |= {one.name: getattr(people, one.name) for one in fields(people)}
        return {name: plain(value) for name, value in held.items() if value is not None}


def assess(frames: Frames, *, plan: Plan, on: date) -> Feasibility:
    """Every feasibility result from frames that hold what was known on a day.

    The frames come from :func:`trial.analysis.tables.prepare`. Raises KeyError for a progression
    criterion whose metric is not one of :func:`metrics`.
    Source: CONSORT extension for pilot and feasibility trials, Eldridge et al. 2016, BMJ 355:i5239.

    >>> from trial.analysis import tables
    >>> window = recruitment.Plan(date(2015, 7, 1), date(2015, 12, 31), 40)
    >>> plan = Plan(("IPS", "TAU"), window, {"month-12": "12 months"}, "", "month-12")
    >>> assess(tables.prepare(), plan=plan, on=date(2016, 8, 1)).as_dict()["recruitment"]["by_arm"]
    {'IPS': 0, 'TAU': 0}
    """
    told = _outcome(frames, plan, on)
    of_people = _of_people(frames, plan, on, told if isinstance(told, Employment) else None)
    figures = metrics(of_people.recruitment, of_people.funnel, of_people.retention, told)
    figures |= clusters_alone.taking_part(frames.clusters)
    apart = {plan.baseline, *plan.for_some}
    drawn = {key: name for key, name in plan.visits.items() if key not in apart}
    return Feasibility(
        on=on,
        arms=plan.arms,
        clusters=len(frames.clusters),
        of_people=of_people,
        progression=progression.judge(
            plan.criteria, _metric_of(frames, plan, on, figures), plan.decided
        ),
        flow=flow.draw(frames, arms=plan.arms, visit_names=drawn, on=on, counted=plan.counted),
        caution=caution(len(frames.clusters)),
        primary=None if isinstance(told, Employment) else told,
    )


def _of_people(frames: Frames, plan: Plan, on: date, employed: Employment | None) -> OfPeople:
    arms, people = plan.arms, frames.participants
    recruited = recruitment.count(people, frames.clusters, arms=arms, plan=plan.recruitment, on=on)
    return OfPeople(
        recruitment=recruited,
        outlook=outlook.of_recruitment(recruited, frames.clusters, plan=plan.recruitment, on=on),
        funnel=funnel.count(frames.screening),
        retention=retention.retained(people, frames.visits, visit=plan.primary, arms=arms, on=on),
        completeness=retention.complete(people, frames.visits, order=list(plan.visits), on=on),
        follow_up=follow_up.by_visit(
            people, frames.visits, order=list(plan.visits), arms=arms, on=on
        ),
        employment=employed,
        clustering=clustering.describe(
            frames,
            arms=arms,
            primary_visit=plan.primary,
            on=on,
            planning_icc=plan.planning_icc,
            permitted=plan.schemes,
            summary=plan.summary,
        ),
        first_job=first_job.describe(frames, arms=arms) if employed else None,
        tenure=tenure.describe(frames, arms=arms) if employed else None,
    )


def assess_clusters(
    frames: Frames,
    *,
    arms: tuple[str, ...],
    summary: str,
    on: date,
    criteria: Sequence[Criterion] = (),
    decided: Mapping[str, str] | None = None,
) -> Feasibility:
    """Every feasibility result of a trial without participants, whose outcome is one of each cluster.

    The frame of the primary outcome names each cluster as its ``number``. Raises KeyError for a criterion
    whose metric such a trial does not have.
    Source: CONSORT extension for cluster trials, Campbell et al. 2012, BMJ 345:e5661, on the flow.

    >>> from trial.analysis import tables
    >>> none = tables.prepare(primary=tables.prepare().screening.assign(due_on=None, value=None))
    >>> assess_clusters(none, arms=("A", "B"), summary="mean", on=date(2024, 8, 1)).as_dict()["clusters"]
    0
    """
    told = primary.of_clusters(frames, arms=arms, summary=summary, on=on)
    figures = clusters_alone.metrics(frames.clusters, told.known)
    return Feasibility(
        on=on,
        arms=arms,
        clusters=len(frames.clusters),
        of_people=None,
        progression=progression.judge(
            criteria, lambda rule: figures[rule.metric or ""], decided or {}
        ),
        flow=clusters_alone.flow_of(frames, arms=arms),
        caution=caution(len(frames.clusters), people=False),
        primary=told,
    )


def _outcome(frames: Frames, plan: Plan, on: date) -> Employment | Primary:
    if frames.primary is None:
        return outcome.by_arm(frames.participants, frames.outcomes, arms=plan.arms, on=on)
    summary = plan.summary or primary.Summary.MEAN
    return primary.describe(frames, arms=plan.arms, summary=summary, on=on)


def _metric_of(
    frames: Frames, plan: Plan, on: date, whole: Mapping[str, Metric]
) -> Callable[[Rule], Metric]:
    """The figure of a quantity: of the trial, or of how many of the clusters opened reach something."""

    @cache
    def by_cluster() -> list[dict[str, Metric]]:
        opened = frames.clusters[frames.clusters["opened_on"].notna()]
        return [_of_cluster(frames, plan, on, key) for key in opened["cluster"]]

    def found(rule: Rule) -> Metric:
        each = getattr(rule, "each", None)
        if each is None:
            return whole[rule.metric or ""]
        values = [one[each.metric].exact for one in by_cluster()]
        return progression.reaching(values, each, share=rule.unit == "proportion")

    return found


def _of_cluster(frames: Frames, plan: Plan, on: date, cluster: str) -> dict[str, Metric]:
    """The figures of one cluster alone."""
    alone = tables.of_cluster(frames, cluster)
    recruited = recruitment.count(
        alone.participants, alone.clusters, arms=plan.arms, plan=plan.recruitment, on=on
    )
    kept = retention.retained(
        alone.participants, alone.visits, visit=plan.primary, arms=plan.arms, on=on
    )
    return metrics(recruited, funnel.count(alone.screening), kept, _outcome(alone, plan, on))


def metrics(
    recruited: Recruitment,
    considered: Funnel,
    kept: Retention,
    told: Employment | Primary,
) -> dict[str, Metric]:
    """The figures that a progression criterion may name, each exact and with its estimate.

    ``recruited`` (people), ``recruitment_rate`` (people per cluster-month), and as proportions
    ``retention`` (primary visits done of enrolled), ``retention_of_due`` (of those whose window
    closed: no death before that), ``consent_rate`` (consented of approached) and
    ``outcome_completeness`` (primary outcome known of those who passed its day alive). Those of the
    clusters as such are in :mod:`trial.analysis.clusters_alone`.
    """
    return {
        "recruited": Metric(Fraction(recruited.enrolled), rate.garwood(recruited.enrolled, 1)),
        "recruitment_rate": Metric(recruited.exact_rate, recruited.rate),
        "retention": progression.of_share(kept.overall),
        "retention_of_due": progression.of_share(kept.of_due),
        "consent_rate": progression.of_share(
            considered.conversion("consented_of_approached").estimate
        ),
        "outcome_completeness": progression.of_share(told.known),
    }


def caution(clusters: int, *, people: bool = True) -> str:
    """What so few clusters cannot tell, in a sentence or two; empty from ten clusters on.

    >>> caution(4).split(":")[0]
    'Four clusters cannot tell an effect of the arms from differences between the clusters'
    """
    if clusters >= FEW_CLUSTERS:
        return ""
    number = NUMBERS[clusters]
    noun = "cluster" if clusters == 1 else "clusters"
    told = (
        f"{number} {noun} cannot tell an effect of the arms from differences between the clusters: "
        "the figures are counts, proportions and intervals that describe this trial, and no test is"
        " made."
    )
    if not people:
        return told
    return told + (
        " The intervals take people as independent and would be wider if clustering were"
        " counted; a trial of this size cannot estimate by how much."
    )

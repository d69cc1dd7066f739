"""The rules between the tables of a protocol; every rule asks for the tables that it compares."""

from collections.abc import Callable, Iterator, Mapping
from inspect import signature

from trial.protocol.checks import (
    bases,
    clusters_alone,
    contact,
    dates,
    design,
    duties,
    forms,
    lists,
    outcome,
    process,
    progression,
    reminders,
    reporting,
    safety,
    some_visits,
    verification,
    visits,
    work,
)
from trial.protocol.checks.found import Found

CHECKS: tuple[Callable[..., Iterator[Found]], ...] = (
    design.has_intervention,
    design.arms_get_clusters,
    design.strata_agree,
    design.balance_can_hold,
    design.minimised_strata_exist,
    design.draws_share_the_clusters,
    design.nothing_is_drawn_again,
    design.reserves_can_replace,
    design.unblinded_were_blinded,
    clusters_alone.forms_are_about_clusters,
    clusters_alone.outcome_is_of_clusters,
    clusters_alone.baseline_is_asked_of_clusters,
    clusters_alone.nothing_waits_for_people,
    dates.recruitment_in_order,
    dates.documents_in_order,
    dates.documents_cover_recruitment,
    bases.keys_are_known,
    bases.everything_is_asked,
    bases.waiting_fits,
    bases.consultees_can_be_asked,
    bases.loss_of_capacity_is_approved,
    bases.clauses_can_be_agreed,
    bases.visits_can_fall_due,
    visits.visits_have_one_time,
    visits.visits_count_from_earlier,
    visits.visits_ask_clauses,
    visits.one_baseline_and_one_primary,
    visits.visits_in_order,
    visits.windows_apart,
    some_visits.sessions_can_be_counted,
    some_visits.visits_name_arms,
    some_visits.visits_follow_in_their_arms,
    some_visits.primary_tells_no_arm,
    some_visits.reasons_keep_apart,
    some_visits.skips_are_of_everyone,
    contact.contact_can_be_made,
    contact.channels_have_one_way,
    contact.times_have_a_length,
    reminders.reminders_can_be_sent,
    reminders.reminders_tell_nothing,
    safety.clocks_have_one_length,
    safety.events_can_be_judged,
    safety.disclosures_can_be_sent,
    duties.duties_have_one_time,
    duties.nothing_is_due_again_after_the_end,
    duties.people_are_enrolled,
    duties.days_are_there,
    duties.days_are_counted_from,
    lists.has_mandatory_clause,
    lists.consent_is_possible,
    lists.has_inclusion,
    lists.least_age_includes,
    lists.labels_agree,
    work.open_work_is_paid,
    work.wage_bands_in_order,
    work.wages_without_gap_or_overlap,
    work.wage_table_ends_after_it_begins,
    outcome.one_outcome,
    outcome.work_counts_from_enrolment,
    outcome.outcome_can_be_read,
    progression.criteria_are_of_one_kind,
    progression.criteria_say_one_way,
    progression.criteria_can_be_computed,
    progression.clusters_reach_something,
    progression.thresholds_in_order,
    progression.bands_in_order,
    forms.forms_are_due,
    forms.forms_name_arms,
    forms.forms_ask_clauses,
    forms.keys_apart,
    forms.conditions_can_hold,
    forms.telling_is_contagious,
    forms.limits_in_order,
    forms.anchors_apart,
    forms.entered_twice,
    forms.scores_have_items,
    forms.checks_name_items,
    reporting.baseline_is_asked,
    reporting.guess_can_be_counted,
    reporting.steps_can_be_counted,
    process.parts_name_items,
    process.ratings_have_reasons,
    process.interviews_name_codes,
    verification.verified_forms_are_there,
    verification.verified_values_are_recorded,
)


def found(tables: Mapping[str, object], complete: bool) -> Iterator[Found]:
    """What every rule finds; in incomplete tables, as far as each rule can be asked."""
    yield from lists.duplicates(tables)
    for check in CHECKS:
        wanted = signature(check).parameters
        if wanted.keys() <= tables.keys():
            try:
                yield from check(**{name: tables[name] for name in wanted})
            except AttributeError:
                # An attribute that was wrong is absent, and is a fault of its own already.
                if complete:
                    raise

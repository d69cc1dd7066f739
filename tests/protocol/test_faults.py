"""Every kind of fault in a protocol is found, placed, and answered with what to do."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic_core import ErrorDetails

from trial.protocol import Fault, checks, load
from trial.protocol.checks.found import Found
from trial.protocol.sentences import sentence
from trial.protocol.visits import VisitPlan

Faults = Callable[[str | bytes], tuple[Fault, ...]]

# What stands in the file, what stands there instead, where the fault is, what the sentence says.
SPOILT: list[tuple[str, str, str, str]] = [
    # keys and types
    ("sponsor = ", "sponser = ", "sponser", 'Did you mean "sponsor"?'),
    ("sponsor = ", "sponser = ", "sponsor", "it is missing"),
    ("[recruitment]", "[recrutement]", "recrutement", 'Did you mean "recruitment"?'),
    ("target = 40", "targets = 40", "recruitment.targets", 'Did you mean "target"?'),
    ("target = 40", "", "recruitment.target", "Add this key"),
    ("target = 40", 'target = "40"', "recruitment.target", "whole number, without quotes"),
    ("target = 40", "target = 40.5", "recruitment.target", "whole number"),
    ("target = 40", "target = true", "recruitment.target", "whole number"),
    ("target = 40", "target = 0", "recruitment.target", "Enter 1 or more."),
    ("per_cluster_month = 1.67", 'per_cluster_month = "x"', "recruitment.per_cluster_month", "6.50"),
    ("per_cluster_month = 1.67", "per_cluster_month = nan", "recruitment.per_cluster_month", "real"),
    ("per_cluster_month = 1.67", "per_cluster_month = 1.671", "recruitment.per_cluster_month", "2"),
    ("per_cluster_month = 1.67", "per_cluster_month = -1", "recruitment.per_cluster_month", "0 or"),
    ("per_cluster_month = 1.67", "per_cluster_month = true", "recruitment.per_cluster_month", "6.5"),
    ("opens_on = 2015-09-01", 'opens_on = "2015-09-01"', "recruitment.opens_on", "real date"),
    ("opens_on = 2015-09-01", "opens_on = 2015-09-01T09:00:00", "recruitment.opens_on", "time"),
    ("opens_on = 2015-09-01", "opens_on = 1066-09-01", "recruitment.opens_on", "1990-01-01 or more"),
    ('version = "1.0"\nsponsor', "version = 1.0\nsponsor", "version", "in quotes"),
    ('version = "1.0"\nsponsor', 'version = "final"\nsponsor', "version", '"1.0"'),
    ('name = "IPSOH"', 'name = " "', "name", "Enter some text"),
    ('name = "IPSOH"', 'name = "IP\\u0000SOH"', "name", "control"),
    ('name = "IPSOH"', 'name = "IP\\u202eSOH"', "name", "control"),
    ('name = "IPSOH"', 'name = """IP\nSOH"""', "name", "one line"),
    ('name = "IPSOH"', f'name = "{"x" * 2001}"', "name", "2000 characters"),
    ('key = "ipsoh"', 'key = "IPSOH trial"', "key", "lower-case"),
    ('prefix = "IPSOH"', 'prefix = "ip-soh"', "study_number_prefix", "capital letters"),
    ("Europe/London", "Europe/Atlantis", "time_zone", "such as Europe/London."),
    ("Europe/London", "../../etc/passwd", "time_zone", "such as Europe/London."),
    ("Europe/London", "Europe", "time_zone", "such as Europe/London."),
    ("intervention = true", 'intervention = "yes"', "arms[0].intervention", "true or false"),
    ('kind = "include"', 'kind = "maybe"', "eligibility[0].kind", "'include' or 'exclude'"),
    ('"data manager"', '"data wizard"', "blinding.blinded_roles[1]", "'statistician'"),
    ('"spell.found_with', '"spell-found_with', "blinding.unblinding_items[0]", "spell.kind"),
    ('may_unblind = ["statistician"]', 'may_unblind = "statistician"', "blinding.may_unblind", "list"),
    ("[consent]", "[[consent]]", "consent", "as a table"),
    ('{ service = "forensic", area = "city" }', '"forensic"', "clusters[0].strata", "as a table"),
    ('{ service = "forensic"', '{ "Ser vice" = "forensic"', 'clusters[0].strata."Ser vice"', "lower"),
    ('{ key = "week", label', '{ key = "fortnight", label', "employment.pay_periods[1].key", "'hour'"),
    # design
    ("intervention = true", "intervention = false", "arms", "intervention = true"),
    ("{ IPS = 2, TAU = 2 }", "{ IPS = 2, TAU = 1 }", "allocation.clusters_per_arm", "add up to 3"),
    ("{ IPS = 2, TAU = 2 }", "{ IPS = 4 }", "allocation.clusters_per_arm", "the arm TAU gets"),
    ("{ IPS = 2, TAU = 2 }", "{ IPS = 2, TOO = 2 }", "allocation.clusters_per_arm.TOO", "no arm"),
    ("{ IPS = 2, TAU = 2 }", "{ IPS = 1, TAU = 3 }", "allocation.balance[0]", "cannot be shared"),
    ('balance = ["service"]', 'balance = ["ward"]', "allocation.balance[0]", "every cluster has"),
    ('"forensic", area = "county"', '"forensic", county = "yes"', "clusters[1].strata", "area, service"),
    ('key = "TAU"', 'key = "IPS"', "arms[1].key", "earlier in the same list"),
    ('"county-forensic"', '"city-forensic"', "clusters[1].key", "earlier in the same list"),
    ('"County Community F', '"City Community F', "clusters[1].name", "earlier in the same list"),
    ('may_unblind = ["statistician"]', 'may_unblind = ["auditor"]', "blinding.may_unblind[0]", "blind"),
    ('"data manager"', '"statistician"', "blinding.blinded_roles[1]", "earlier in the same list"),
    ('{ key = "risk"', '{ key = "symptoms"', "screening.not_referred_reasons[2].key", "earlier"),
    # consent
    ("mandatory = true", "mandatory = false", "consent.clauses", "mandatory = true"),
    ("may_consent = true", "may_consent = false", "consent.capacity", "may_consent = true"),
    ('version = "1.1"', 'version = "1.0"', "consent.documents[1].version", "earlier"),
    ("in_force_from = 2015-12-14", "in_force_from = 2015-12-20", "consent.documents[1].in_force_from",
     "No version of this document is in force on 2015-12-14"),
    ("in_force_from = 2015-12-14", "in_force_from = 2015-12-13", "consent.documents[1].in_force_from",
     "Version 1.0 of this document is still in force"),
    ("in_force_from = 2015-08-03", "in_force_from = 2015-09-02", "consent.documents[0].in_force_from",
     "in force on 2015-09-01"),
    ("in_force_until = 2015-12-13", "in_force_until = 2015-08-02",
     "consent.documents[0].in_force_until", "not before in_force_from"),
    ("in_force_from = 2015-12-14", "in_force_from = 2015-12-14\nin_force_until = 2016-02-28",
     "consent.documents[1].in_force_until", "in force on 2016-02-29"),
    # time
    ("closes_on = 2016-02-29", "closes_on = 2015-02-28", "recruitment.closes_on", "not before opens"),
    ("primary = true", "primary = false", "visits", "primary = true; 0 are marked"),
    ("primary = true", "primary = true\nbaseline = true", "visits", "baseline = true; 2 are marked"),
    ("baseline = true", "baseline = false", "visits", "baseline = true; 0 are marked"),
    ("baseline = true", "baseline = true\nprimary = true", "visits[0].primary", "cannot be the pri"),
    ("months = 0", "months = 1", "visits[0].months", "Enter 0"),
    ("months = 6", "months = 13", "visits[2].months", "order of time"),
    ("months = 12", "months = 6", "visits[2].months", "not after month-6"),
    ("opens_days_before = 14", "opens_days_before = -14", "visits[1].opens_days_before", "0 or more"),
    ("opens_days_before = 14", "opens_days_before = 153", "visits[1].opens_days_before", "1 days"),
    ("closes_days_after = 28", "closes_days_after = 200", "visits[1].opens_days_before", "overlaps"),
    ('label = "Declined this visit"', 'label = "Refused"', "visits[1].missed_reasons[1].label", "one"),
    # employment
    ("paid = true, open = true", "paid = false, open = true", "employment.kinds[0].paid", "is paid"),
    ("open = true", "open = false", "employment.kinds", "open = true"),
    ("minimum_wage_until = 2027-03-31", "minimum_wage_until = 2020-01-01",
     "employment.minimum_wage_until", "2026-04-01"),
    ("age_from = 18, age_to = 20, hourly = 5.13", "age_from = 18, age_to = 21, hourly = 5.13",
     "employment.minimum_wage[1].age_from", "holds some of these ages too"),
    ("age_from = 18, age_to = 20, hourly = 5.13", "age_from = 18, age_to = 19, hourly = 5.13",
     "employment.minimum_wage[0].age_from", "No rate holds the age 20 on 2014-10-01"),
    ("age_from = 21, age_to = 22, hourly = 8.36", "age_from = 21, age_to = 21, hourly = 8.36",
     "employment.minimum_wage[20].age_from", "ages 22 to 22 too"),
    ("age_from = 18, age_to = 20, hourly = 5.13", "age_from = 18, age_to = 17, hourly = 5.13",
     "employment.minimum_wage[1].age_to", "not below age_from"),
    ("hourly = 5.13", "hourly = 0", "employment.minimum_wage[1].hourly", "more than 0"),
    ("hours_max = 60", "hours_max = 169", "employment.usual_weekly_hours_max", "168 or less"),
    # eligibility and progression
    ("least_age = 18", 'least_age = "18"', "eligibility[0].least_age", "whole number"),
    ('text = "Does not wish', 'least_age = 18\ntext = "Does not wish', "eligibility[5].least_age", "Move"),
    ('kind = "include"', 'kind = "exclude"', "eligibility", "include"),
    ('metric = "retention"', 'metric = "happiness"', "progression[3].metric", "outcome_completeness"),
    ('unit = "people"', 'unit = "patients"', "progression[0].unit", 'Enter "people"'),
    ("amber_at = 20", "amber_at = 33", "progression[0].amber_at", "not above green_at"),
    ('direction = "higher"', 'direction = "lower"', "progression[0].amber_at", "not below green_at"),
    ("green_at = 0.80", "green_at = 80", "progression[3].green_at", "proportions from 0 to 1"),
    # clocks of safety
    ('starts = "serious"\n', "", "safety.clocks[0]", "Give just one of starts and after."),
    ('starts = "serious"\n', 'starts = "serious"\nafter = "serious-to-committee"\n',
     "safety.clocks[0]", "Give just one of starts and after."),
    ('starts = "serious"\n', 'after = "nothing"\n', "safety.clocks[0].after",
     "Name another clock, one that has starts."),
    ('starts = "serious"\n', 'after = "serious-to-sponsor"\n', "safety.clocks[0].after",
     "Name another clock, one that has starts."),
    ('starts = "serious"\n', 'starts = "serious"\nseriousness = ["death", "grave"]\n',
     "safety.clocks[0].seriousness[1]", "Name a code of safety.seriousness."),
    ('starts = "serious"\n', 'starts = "serious"\nseriousness = ["death", "death"]\n',
     "safety.clocks[0].seriousness[1]", "This stands earlier in the same list too"),
    ('starts = "urgent-measure"\n',
     'starts = "urgent-measure"\nseriousness = ["death"]\n',
     "safety.clocks[2].seriousness", "only a clock of serious events"),
    # forms for who agreed to a clause
    ('visits = ["baseline"]\nentered_by', 'visits = ["baseline"]\nclause = "none"\nentered_by',
     "forms[0].clause", "Name a clause of the consent that is not mandatory."),
    ('visits = ["baseline"]\nentered_by', 'visits = ["baseline"]\nclause = "participation"\nentered_by',
     "forms[0].clause", "Name a clause of the consent that is not mandatory."),
    ('visits = ["baseline"]\nentered_by', 'visits = ["baseline"]\nclause = "interview"\nentered_by',
     "reporting.baseline[0].form", "of everyone in every arm alike"),
    ('about = "cluster"\noccurs = "log"', 'about = "cluster"\noccurs = "log"\nclause = "interview"',
     "forms[16].clause", "only participants agree to clauses"),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "place", "says"), SPOILT)
def test_fault(ipsoh: str, faults: Faults, right: str, wrong: str, place: str, says: str) -> None:
    assert right in ipsoh
    everywhere = place in {"consent.clauses", "consent.capacity", "employment.kinds", "eligibility"}
    found = faults(ipsoh.replace(right, wrong, -1 if everywhere else 1))
    matching = [fault for fault in found if fault.place == place and says in fault.message]
    assert matching, [str(fault) for fault in found]
    assert all(str(fault).startswith(("trial.toml line ", fault.place)) for fault in found)


def test_the_line_is_that_of_the_fault(ipsoh: str, faults: Faults) -> None:
    lines = ipsoh.replace("hourly = 8.36", 'hourly = "8.36"').split("\n")
    expected = next(n for n, line in enumerate(lines, start=1) if '"8.36"' in line)
    (fault,) = faults("\n".join(lines))
    assert (fault.line, fault.place) == (expected, "employment.minimum_wage[21].hourly")
    assert str(fault) == (
        f"trial.toml line {expected}: employment.minimum_wage[21].hourly: "
        "Enter a number without quotes, such as 6.50."
    )


def test_every_fault_is_told_at_once(ipsoh: str, faults: Faults) -> None:
    """A wrong key or value hides no fault between tables, nor the other way round."""
    spoilt = ipsoh
    changes = {
        'sponsor = "Nott': 'spronsor = "Nott',
        "target = 40": 'target = "forty"',
        "closes_on = 2016-02-29": "closes_on = 2015-02-28",
        "months = 6": 'months = "six"',
        "primary = true": "primary = false",
        "{ IPS = 2, TAU = 2 }": "{ IPS = 2, TAU = 1 }",
        "may_consent = true": "may_consent = 1",
        "amber_at = 20": "amber_at = 33",
        "hourly = 5.13": "hourly = 5.131",
        'metric = "retention"': 'metric = "happiness"',
    }
    for right, wrong in changes.items():
        spoilt = spoilt.replace(right, wrong, 1)
    found = faults(spoilt)
    assert {fault.place for fault in found} >= {
        "spronsor",
        "sponsor",
        "recruitment.target",
        "recruitment.closes_on",
        "visits[1].months",
        "visits",
        "allocation.clusters_per_arm",
        "consent.capacity[0].may_consent",
        "progression[0].amber_at",
        "employment.minimum_wage[1].hourly",
        "progression[3].metric",
    }
    numbered = [fault.line for fault in found if fault.line]
    assert numbered == sorted(numbered)


def test_a_wrong_value_is_told_once_and_makes_no_other_fault(ipsoh: str, faults: Faults) -> None:
    for right, wrong in (
        ("in_force_until = 2015-12-13", 'in_force_until = "2015-12-13"'),
        ("age_to = 20, hourly = 5.13", 'age_to = "20", hourly = 5.13'),
        ("months = 12", 'months = "12"'),
        ("closes_days_after = 28", "closes_days_after = -1"),
    ):
        assert len(faults(ipsoh.replace(right, wrong, 1))) == 1, wrong


def test_a_document_may_outlast_recruitment_and_end(ipsoh: str, faults: Faults) -> None:
    lasting = "in_force_from = 2015-12-14\nin_force_until = 2017-01-01"
    assert faults(ipsoh.replace("in_force_from = 2015-12-14", lasting)) == ()


def test_a_rule_that_is_itself_wrong_is_not_passed_over(
    ipsoh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(visits: tuple[VisitPlan, ...]) -> Iterator[Found]:
        yield Found(("visits",), str(visits[0].fortnights))  # type: ignore[attr-defined]

    monkeypatch.setattr(checks, "CHECKS", (wrong,))
    # A protocol that loaded before is not read again, so this is one that nobody has loaded.
    file = tmp_path / "new.toml"
    file.write_text(f"# A new protocol\n{ipsoh}")
    with pytest.raises(AttributeError, match="fortnights"):
        load(file)


def test_an_error_without_a_sentence_of_ours_is_told_in_pydantic_s() -> None:
    error: ErrorDetails = {"type": "url_parsing", "loc": ("a",), "msg": "Not a URL", "input": 1}
    assert sentence(error, str) == "Not a URL: correct this value."


def test_nothing_is_wrong_with_ipsoh_as_one_file(ipsoh: str, faults: Faults) -> None:
    assert faults(ipsoh) == ()

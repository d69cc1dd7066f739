"""Pictures of every kind, plain and awkward, for the tests of the figures."""

from datetime import date

from trial.report.picture import (
    Bar,
    Box,
    Fill,
    Flow,
    Interval,
    Intervals,
    Lane,
    Lanes,
    Marker,
    Month,
    Reason,
    Recruitment,
    Stage,
)

PEOPLE = ("person", "people")
NO_SPACE = "Supercalifragilisticexpialidocious-without-any-space-at-all-in-it"
LOSSES = (
    Reason("Not referred: judged not ready by the clinician", 17),
    Reason("Not eligible", 9),
    Reason("Declined", 15),
    Reason("Not approached before the window closed", 3),
)
TRUNK = (
    Stage("Clusters", (Box("Approached", 4),)),
    Stage(
        "Screening",
        (Box("Considered on the caseloads", 4, 62, PEOPLE),),
        Box("Not enrolled", 4, 44, PEOPLE, LOSSES),
    ),
    Stage("Enrolment", (Box("Enrolled", 4, 18),)),
)
FLOW = Flow(
    (
        *TRUNK,
        Stage(
            "Allocation",
            (
                Box("Individual Placement and Support (IPS)", 2, 11),
                Box("Treatment as usual (TAU)", 2, 7),
            ),
        ),
        Stage(
            "12 months",
            (
                Box("Followed up", 2, 9, reasons=(Reason("Lost to follow-up", 1),)),
                Box("Followed up", 2, 7, reasons=(Reason("Lost to follow-up", 0),)),
            ),
        ),
        Stage("Analysis", (Box("Analysed", 2, 9), Box("Analysed", 1, 1))),
    )
)
FOUR = Flow(
    (
        *TRUNK,
        Stage(
            "Clusters of the trial under a long name",
            tuple(
                Box(name, 1, people, reasons=(Reason(NO_SPACE, 0),))
                for name, people in (
                    ("City Community Forensic Service", 6),
                    ("County Community Forensic Service", 5),
                    ("City Personality Disorder Network", 0),
                    ("County Personality Disorder Network", 7),
                )
            ),
        ),
        Stage("End", (Box("All", 4, 18),)),
    )
)


def recruitment(count: int, reached: int, each: int, target: float) -> Recruitment:
    """So many months, those reached with the same number enrolled in each."""
    return Recruitment(
        tuple(
            Month(
                date(2015 + (4 + n) // 12, (4 + n) % 12 + 1, 1),
                each if n < reached else None,
                target * (n + 1),
            )
            for n in range(count)
        )
    )


LANES = Lanes(
    date(2015, 6, 10),
    date(2016, 8, 1),
    (
        Lane(
            "Open employment",
            (
                Bar(date(2015, 9, 1), date(2015, 12, 20), "Warehouse operative, 20 h"),
                Bar(date(2015, 12, 1), date(2016, 1, 5), "Cleaner"),
                Bar(date(2016, 3, 1), None, "Kitchen assistant, 16 h a week"),
            ),
            Fill.SOLID,
        ),
        Lane("Sheltered or set-aside work"),
        Lane(
            "Voluntary work",
            (
                Bar(date(2014, 1, 1), date(2015, 8, 1), "Charity shop"),
                Bar(date(2016, 1, 10), date(2016, 1, 12), "Two days, in a place with a long name"),
            ),
            Fill.STRIPED,
        ),
        Lane("Education", (Bar(date(2015, 10, 1), date(2016, 6, 30), "Food hygiene"),)),
    ),
    (
        Marker(date(2015, 6, 20), "Enrolled 20 June 2015"),
        Marker(date(2015, 12, 20), "6 months due"),
        Marker(date(2015, 12, 29), "6-month visit done"),
        Marker(date(2016, 6, 20), "12-month date"),
    ),
    date(2016, 5, 3),
)
EMPTY = Lanes(date(2015, 6, 10), date(2015, 6, 20), (Lane("Open employment"),))
YEARS = Lanes(
    date(2005, 6, 10),
    date(2016, 8, 1),
    tuple(
        Lane(
            f"Kind {kind} with a name that goes on and on over lines",
            tuple(
                Bar(date(2006 + n, 1, 1), date(2006 + n, 1 + kind, 28), f"Job {n} ŵ")
                for n in range(9)
            ),
            fill,
        )
        for kind, fill in enumerate(Fill)
    ),
    tuple(Marker(date(2015, 1 + n, 3), f"Visit number {n}") for n in range(9)),
    date(2016, 8, 1),
)
OUTCOME = Intervals(
    "In open employment at 12 months",
    (
        Interval("IPS", 4 / 11, 0.15, 0.65, "4 of 11, 36% (15% to 65%)", strong=True),
        Interval("City Community Forensic Service", 2 / 6, 0.1, 0.7, "2 of 6, 33% (10% to 70%)"),
        Interval("TAU", 0.0, 0.0, 0.35, "0 of 7, 0% (0% to 35%)", strong=True),
        Interval("County Personality Disorder Network", None, None, None, "0 of 0, not estimable"),
        Interval("All", 1.0, 0.82, 1.0, "18 of 18, 100% (82% to 100%)"),
    ),
    thresholds=((0.7, "Stop below 70%"), (0.8, "Go at 80%")),
)
RATE = Intervals(
    "Enrolled per cluster-month",
    (Interval("All", 0.75, 0.4, 3.2, "0.75 (0.40 to 3.20)"),),
    highest=2,
    percent=False,
)
MANY = Intervals(
    "Proportion",
    tuple(
        Interval(
            f"Cluster {n}", n / 40, max(0.0, n / 40 - 0.1), min(1.0, n / 40 + 0.1), f"{n} of 40"
        )
        for n in range(41)
    ),
)
PICTURES = {
    "flow": FLOW,
    "flow-four": FOUR,
    "flow-none": Flow(()),
    "recruitment": recruitment(6, 4, 3, 10),
    "recruitment-one": recruitment(1, 1, 0, 10),
    "recruitment-many": recruitment(48, 40, 40, 41.5),
    "recruitment-zero": recruitment(6, 6, 0, 0),
    "recruitment-none": Recruitment(()),
    "lanes": LANES,
    "lanes-empty": EMPTY,
    "lanes-years": YEARS,
    "intervals": OUTCOME,
    "intervals-one": RATE,
    "intervals-many": MANY,
    "intervals-none": Intervals("Nothing yet", ()),
}

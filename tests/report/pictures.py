"""Pictures of every kind, plain and awkward, for the tests of the figures."""

from dataclasses import replace
from datetime import date, timedelta

from trial.report.picture import (
    AtRisk,
    Bar,
    Box,
    ClusterLine,
    Curve,
    Curves,
    Fill,
    Flow,
    Forecast,
    Interval,
    Intervals,
    Knowledge,
    Lane,
    Lanes,
    Life,
    Lives,
    Marker,
    Matrix,
    MatrixRow,
    Moment,
    Month,
    Point,
    Reason,
    Recruitment,
    Seen,
    Stage,
    StepLine,
    Stretch,
    Timeline,
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
GROUPED = Intervals(
    "In open employment at 12 months",
    tuple(
        Interval(
            name,
            n / 10,
            max(0, n / 10 - 0.2),
            min(1, n / 10 + 0.3),
            f"{n} of 10",
            group=group,
            n=size,
        )
        for group, rows in (
            (
                "IPS (IPS and treatment as usual)",
                (("City Community Forensic Service", 3, 18), ("County", 0, 2)),
            ),
            (
                "TAU",
                (
                    ("City Personality Disorder Network", 10, 7),
                    ("County, under a longer name", 1, 40),
                ),
            ),
        )
        for name, n, size in rows
    ),
)


def steps(label: str, count: int, down: float) -> Curve:
    """A curve that steps down so many times, with limits."""
    points = [
        Point(30.0 * n, 1 - down * n, max(0.0, 1 - down * n - 0.1), min(1.0, 1 - down * n + 0.05))
        for n in range(count)
    ]
    return Curve(label, tuple(points), censored=(15.0, 95.0))


SURVIVAL = Curves(
    "Days since enrolment",
    "Without an open job so far",
    (
        steps("IPS (IPS and treatment as usual)", 9, 0.06),
        steps("TAU (Treatment as usual)", 12, 0.02),
    ),
    stepped=True,
    percent_y=True,
    marks=((182.0, "6 months"), (365.0, "12 months")),
    at_risk=(
        AtRisk("IPS", ((0, 11), (91, 9), (182, 7), (365, 2))),
        AtRisk("TAU (Treatment as usual)", ((0, 7), (91, 7), (182, 6), (365, 5))),
    ),
    highest_y=1.0,
)
SIZES = Curves(
    "Intracluster correlation",
    "Clusters in each arm",
    (
        Curve("80% power", tuple(Point(n / 100, 8 + n) for n in range(1, 16))),
        Curve("90% power", tuple(Point(n / 100, 10 + 1.5 * n) for n in range(1, 16))),
    ),
    marks=((0.05, "Planned: 0.05"),),
)
LONG_CURVE = Curves("Days", "Share", (steps("All", 5000, 0.0002),), stepped=True, percent_y=True)
MANY_CURVES = Curves(
    "Days", "Share", tuple(steps(f"Arm {n} with a name of some length", 5, 0.1) for n in range(7))
)
KINDS = ("Open employment", "Other paid work", "Unpaid work, training")


def lives(count: int) -> Lives:
    """So many participants in two arms, some with work, some not known to the end."""
    return Lives(
        365,
        KINDS,
        tuple(
            Life(
                f"IPSOH-{n:04}",
                "IPS (IPS and treatment as usual)" if n < count * 0.6 else "TAU",
                tuple(Stretch(40 * k + n % 30, 40 * k + n % 30 + 25, k % 3) for k in range(n % 6)),
                200 if n % 5 == 4 else 365,
                "withdrew" if n % 5 == 4 else "",
            )
            for n in range(count)
        ),
    )


def timeline(clusters: int, months: int = 20, each: int = 3) -> Timeline:
    """So many clusters with their moments and monthly steps."""
    first = date(2015, 5, 1)
    moments = tuple(
        Moment(first + timedelta(days=gap), label)
        for gap, label in (
            (3, "Identified"), (31, "Approached"), (62, "Permission"), (124, "Opened"),
            (130, "Allocated"), (190, "Arm revealed"), (300, "Closed"),
        )
    )  # fmt: skip
    known = list(Knowledge)

    def seen(shift: int) -> tuple[Seen, ...]:
        starts = [first + timedelta(days=125 + 30 * n + shift) for n in range(months // 3)]
        return tuple(
            Seen(day, day + timedelta(days=28), each * (n + 1), known[n % 3])
            for n, day in enumerate(starts)
        )

    return Timeline(
        first,
        first + timedelta(days=30 * months),
        tuple(
            ClusterLine(
                f"City Personality Disorder Network {n}",
                "IPS" if n % 2 else "",
                moments if n != 2 else (),
                (
                    StepLine("Identified", seen(0)),
                    StepLine("Consented", seen(10)),
                    StepLine("Baseline measured", seen(12)),
                    StepLine("12 months measured"),
                ),
            )
            for n in range(clusters)
        ),
    )


AHEAD = Forecast(date(2015, 10, 31), 24.2, 18, 31)
DATED = Forecast(
    date(2015, 10, 10), 17, 14, 24, date(2015, 9, 20), date(2016, 1, 3), date(2017, 12, 30)
)
RATINGS = Matrix(
    ("Before implementation", "During implementation", "At the end of implementation"),
    ("Rating",),
    tuple(
        MatrixRow(f"An item of the scale, number {n}", ((None,), (1.0 + n % 5,), (5.0,)), group)
        for group, numbers in (("Staffing", range(3)), ("Services", range(3, 17)))
        for n in numbers
    ),
    5,
)
BARRIERS = Matrix(
    ("Staff", "Patients", "Employers"),
    ("Barriers", "Facilitators"),
    tuple(
        MatrixRow(f"Criterion {n} " * (n % 4 + 1), ((n, 0), (0, 1), (n / 2, n))) for n in range(60)
    ),
    12,
)
PICTURES = {
    "matrix": RATINGS,
    "matrix-many": BARRIERS,
    "matrix-none": Matrix(("One",), ("Any",), (), 1),
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
    "intervals-grouped": GROUPED,
    "recruitment-ahead": replace(recruitment(6, 4, 3, 4), forecast=AHEAD),
    "recruitment-not-begun": replace(recruitment(6, 0, 0, 7), forecast=AHEAD),
    "recruitment-dated": replace(recruitment(6, 4, 3, 4), forecast=DATED),
    "recruitment-over": replace(recruitment(6, 6, 3, 4), forecast=AHEAD),
    "curves": SURVIVAL,
    "curves-sizes": SIZES,
    "curves-long": LONG_CURVE,
    "curves-many": MANY_CURVES,
    "curves-point": Curves("x", "y", (Curve("One", (Point(0, 0),)),)),
    "curves-none": Curves("Days", "Share", ()),
    "lives": lives(18),
    "lives-many": lives(200),
    "lives-one": lives(1),
    "lives-none": lives(0),
    "timeline": timeline(4),
    "timeline-many": timeline(12, 40, 400),
    "timeline-none": timeline(0),
}

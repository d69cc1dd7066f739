"""The scripts of an export: R redoes the headline table wherever it is installed."""

import csv
import io
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tests.playing import copied, played
from trial import analysis, exchange
from trial.conduct import reports
from trial.conduct.reports.request import Request
from trial.protocol import load, shipped
from trial.protocol.roles import Role
from trial.records.actor import Actor
from trial.records.database import open_engine, sessions

OTHER = Path(__file__).parents[1] / "protocol" / "other.toml"
NUMBERS = ("numerator", "denominator", "estimate", "low", "high")
RSCRIPT = shutil.which("Rscript")
needs_r = pytest.mark.skipif(RSCRIPT is None, reason="R is not installed")
on_sqlite = pytest.mark.parametrize("place", ["sqlite"], indirect=True)


def written(files, folder):
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def redone(folder):
    """The status and the words of R in a bare environment, where no locale helps with accents."""
    return subprocess.run(
        [RSCRIPT, "--vanilla", "redo.R"],
        cwd=folder, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, text=True, capture_output=True,
        timeout=60,
    )  # fmt: skip


def rows(folder, name):
    with (folder / name).open(newline="", encoding="utf-8") as file:
        return {
            (row["measure"], row["arm"], row["compared_with"], row["cluster"]): row
            for row in csv.DictReader(file)
        }


def same(folder):
    """R ends well, and its own table agrees with ours: numbers to 1e-6, and what is missing."""
    ran = redone(folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    ours, theirs = rows(folder, "headline.csv"), rows(folder, "headline_from_r.csv")
    assert ours.keys() == theirs.keys()
    for key, row in ours.items():
        for name in NUMBERS:
            found = theirs[key][name]
            assert (row[name] == "") == (found == ""), (key, name)
            assert found == "" or float(row[name]) == pytest.approx(float(found), abs=1e-6)
        assert (row["reason"] == "") == (theirs[key]["reason"] == ""), key
    return ours


def made(session, protocol, today, *, blinded=False):
    role = Role.STATISTICIAN if blinded else Role.TRIAL_MANAGER
    actor = Actor(7, "A reader", role, None, blinded=blinded)
    return reports.datasets.make(session, protocol, actor, Request("datasets"), today).files


@pytest.fixture
def demonstration(shared, tmp_path):
    settings = copied(played(shared), tmp_path / "instance")
    engine = open_engine(settings.database_url)
    with sessions(engine)() as session:
        session.info["clock"] = settings.clock
        yield lambda blinded: made(session, load(None), settings.clock.today(), blinded=blinded)
    engine.dispose()


@needs_r
def test_r_redoes_the_demonstration_and_finds_a_planted_change(demonstration, tmp_path):
    folder = written(demonstration(False), tmp_path / "out")
    found = same(folder)
    assert found["enrolled", "", "", ""]["estimate"] == "18"
    assert found["retention_difference", "IPS", "TAU", ""]["low"]
    file = folder / "outcomes.csv"
    file.write_bytes(re.sub(rb",(yes|no),", lambda m: b",no," if m[1] == b"yes" else b",yes,",
                            file.read_bytes(), count=1))  # fmt: skip
    ran = redone(folder)
    assert ran.returncode == 1
    assert "open_at_12_observed" in ran.stdout


@needs_r
@pytest.mark.parametrize("blinded", [False, True], ids=["open", "blinded"])
def test_r_redoes_the_trial_whose_outcome_is_a_mean(shared, tmp_path, blinded):
    settings = copied(played(shared, "paced"), tmp_path / "instance")
    engine, protocol = open_engine(settings.database_url), load(shipped()["paced"])
    with sessions(engine)() as session:
        session.info["clock"] = settings.clock
        files = made(session, protocol, settings.clock.today(), blinded=blinded)
    engine.dispose()
    found = same(written(files, tmp_path / "out"))
    assert found["outcome_observed", "C" if blinded else "USUAL", "", ""]["estimate"]
    assert found["outcome_known", "", "", ""]["denominator"]
    assert {"employment.csv", "terms.csv", "redo.do"}.isdisjoint(files)
    assert not any(b"employ" in content.lower() for content in files.values())
    if blinded:
        assert not any(
            re.search(rb"\b(GROUP|GUIDE|USUAL)\b", content) for content in files.values()
        )


@needs_r
def test_r_redoes_a_blinded_export_and_the_scripts_tell_no_arm(demonstration, tmp_path):
    files = demonstration(True)
    assert same(written(files, tmp_path / "out"))["enrolled", "A", "", ""]["estimate"]
    for name in ("redo.R", "redo.do", "README.txt", "headline.csv"):
        assert not re.search(rb"\b(IPS|TAU|forensic|(city|county)-personality)\b", files[name]), (
            name
        )
    assert files == demonstration(True)


@needs_r
@on_sqlite
@pytest.mark.parametrize("source", [None, OTHER], ids=["ipsoh", "other"])
def test_r_redoes_a_trial_without_anybody(source, session, tmp_path):
    protocol, today = load(source), date(2016, 1, 15)
    found = same(written(made(session, protocol, today), tmp_path / "out"))
    assert found["retention", "", "", ""]["reason"]
    blinded = same(written(made(session, protocol, today, blinded=True), tmp_path / "b"))
    assert not any(arm for _, arm, *_ in blinded)


LABEL = 'Siân\'s "£5" \\n $HOME `ls` // {x} \U0001f600'
ARMS = {"c-0": "IPS", "c-1": "IPS", "c-2": "IPS", "c-3": "TAU", "c-4": "TAU", "c-5": None}
ELIGIBLE = [*["eligible"] * 4, "not eligible", "not yet determined"]
DAY = date(2015, 7, 1)
OPENS, CLOSES = date(2016, 6, 1), date(2016, 7, 31)


def invented(seed, *, silent=False, single=False):
    """A trial by chance; ``silent``: no outcome in one arm, ``single``: one participant a cluster."""
    chance = np.random.default_rng(seed)
    screening = considered(chance, 90)
    people = screening.loc[screening["enrolled"], ["cluster", "arm"]]
    people = (people.drop_duplicates("cluster") if single else people).reset_index(drop=True)
    people.insert(0, "number", [f"P{i}" for i in range(len(people))])
    withdrew = np.where(chance.random(len(people)) < 0.1, DAY, None)
    people = people.assign(
        enrolled_on=DAY, after_reveal=False, withdrew_intervention_on=None,
        withdrew_followup_on=None, withdrew_data_on=withdrew, died_on=None,
    )  # fmt: skip
    visits, outcomes = followed(chance, people, silent)
    clusters = pd.DataFrame({
        "cluster": list(ARMS), "arm": list(ARMS.values()), "identified_on": None,
        "approached_on": None, "permission_on": None, "allocated_on": None,
        "opened_on": [date(2015, 6, 1), date(2015, 7, 9), None, *[date(2015, 8, 1)] * 3],
        "closed_on": [date(2015, 9, 1), None, None, date(2016, 5, 1), None, date(2015, 8, 1)],
    })  # fmt: skip
    return screening, people, visits, outcomes, clusters


def considered(chance, n):
    """A screening log in which some are considered again, and some again after that."""
    cluster = chance.choice(list(ARMS), n, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.1])
    earlier = [int(chance.integers(1, i)) if i > 9 and chance.random() < 0.2 else None
               for i in range(1, n + 1)]  # fmt: skip
    enrolled = (chance.random(n) < 0.4) & ~np.isin(range(1, n + 1), [e for e in earlier if e])
    return pd.DataFrame({
        "number": range(1, n + 1), "earlier": pd.Series(earlier, dtype=object),
        "cluster": cluster, "arm": [ARMS[c] for c in cluster],
        "referral": chance.choice(["referred", "not referred"], n, p=[0.8, 0.2]),
        "decided_by": None, "reason": None, "failed_criteria": "",
        "eligibility": chance.choice(ELIGIBLE, n),
        "approached_on": np.where(chance.random(n) < 0.6, DAY, None),
        "not_approached_reason": None, "declined_reason": None,
        "outcome": chance.choice(["consented", "declined", None], n), "enrolled": enrolled,
    })  # fmt: skip


def followed(chance, people, silent):
    """Visits, early and late ones too, and outcomes; those of one arm all unknown if it is silent."""
    m = len(people)
    done = [OPENS + (CLOSES - OPENS) * float(share) for share in chance.uniform(-0.5, 1.5, m)]
    visits = pd.DataFrame({
        "number": people["number"], "visit": "month-12", "due_on": date(2016, 7, 1),
        "opens_on": OPENS, "closes_on": CLOSES, "done_on": done,
        "state": chance.choice(["done", "missed", "expected"], m),
    })  # fmt: skip
    answer = chance.choice(["yes", "no", "unknown"], m, p=[0.4, 0.4, 0.2])
    outcomes = pd.DataFrame({
        "number": people["number"], "twelve_months_on": CLOSES, "ever_open": "unknown",
        "open_at_12": np.where((people["arm"] == "TAU") & silent, "unknown", answer),
        "complete": chance.random(m) < 0.7, "open_days": chance.integers(0, 360, m).astype(object),
        "days_to_first_open": None, "open_hours": None, "open_earnings": None, "jobs": None,
        "longest_tenure": None,
    })  # fmt: skip
    return visits, outcomes


def exported(frames, protocol, on=date(2016, 8, 1)):
    """The files of frames that no database holds."""
    screening, people, visits, outcomes, clusters = frames
    window = analysis.recruitment.Plan(date(2015, 7, 1), date(2015, 12, 31), 40)
    visit = {"month-12": "12 months"}
    plan = analysis.feasibility.Plan(("IPS", "TAU"), window, visit, "", "month-12")
    prepared = analysis.tables.prepare(*frames)
    results = analysis.feasibility.assess(prepared, plan=plan, on=on)
    found = SimpleNamespace(
        results=results, outcomes=outcomes, frames=SimpleNamespace(participants=people)
    )
    book = dict(reports.columns.described(protocol))
    book["visits"] = tuple(
        replace(one, codes={"month-12": LABEL, "month-6": LABEL}) if one.name == "visit" else one
        for one in book["visits"]
    )
    tables = {"screening": screening, "participants": people, "visits": visits,
              "outcomes": outcomes, "clusters": clusters,
              "headline": reports.headline.headline(found)}  # fmt: skip
    book["headline"] = reports.headline.COLUMNS
    columns = {
        name: [c for c in book[name] if c.name in table.columns] for name, table in tables.items()
    }
    redo = exchange.redo.Redo(
        LABEL, columns, {"IPS": LABEL, "TAU": "Usual"},
        exchange.redo.People("month-12", (window.opens_on, window.closes_on)), on,
    )  # fmt: skip
    files = {
        f"{name}.csv": exchange.tables.to_csv(table[[c.name for c in columns[name]]])
        for name, table in tables.items()
    }
    return files | exchange.redo.scripts(redo)


@needs_r
@pytest.mark.parametrize(
    "case", [{"seed": 1}, {"seed": 2, "silent": True}, {"seed": 3, "single": True}], ids=str
)
def test_r_redoes_a_trial_by_chance(case, protocol, tmp_path):
    found = same(written(exported(invented(**case), protocol), tmp_path / "out"))
    limits = [found[key]["low"] for key in found if key[0] == "icc_within_arm"]
    assert bool(limits[0]) == ("single" not in case)


def test_the_same_export_gives_the_same_scripts_without_a_clock_or_a_place(protocol):
    files, again = (exported(invented(seed=1), protocol) for _ in range(2))
    assert files == again
    files["redo.R"].decode("ascii")
    for name in ("redo.R", "redo.do"):
        assert exchange.redo.SETTINGS.encode() not in files[name]
        assert not re.search(rb"Sys\.time|Sys\.Date|c\(current|/home|/work|/tmp", files[name])


def test_a_key_that_could_run_is_refused(protocol):
    redo = exchange.redo.Redo(
        "T", {"visits": [exchange.codebook.Column("visit", "", "code", {"a b": "x"})]}, {},
        exchange.redo.People("a b", (date(2015, 7, 1), date(2015, 12, 31))), date(2016, 1, 1),
    )  # fmt: skip
    with pytest.raises(ValueError, match="cannot stand in a script: a b"):
        exchange.redo.scripts(redo)


# There is no Stata here, so the do-file is read instead.


@on_sqlite
@pytest.mark.parametrize("source", [None, OTHER], ids=["ipsoh", "other"])
def test_the_do_file_reads_every_column_and_calls_what_it_defines(source, session):
    files = made(session, load(source), date(2016, 1, 15))
    text = files["redo.do"].decode()
    tables = set(re.findall(r"^    read_cells (\w+)", text, re.M))
    assert tables == {name[:-4] for name in files if re.fullmatch(r"\w+\.csv", name)} - {"codebook"}
    for table, names in re.findall(r"^    read_cells (\w+) (.+)$", text, re.M):
        head = next(csv.reader(io.StringIO(files[f"{table}.csv"].decode())))
        assert names.split() == head
        assert all(re.fullmatch(r"[a-z]\w{0,31}", name) for name in names.split())
    defined = set(re.findall(r"^program define (\w+)", text, re.M))
    called = set(re.findall(r"^ *((?:tell|read|make|wilson|never)\w*) ?", text, re.M))
    assert called <= defined, called - defined
    assert all(len(name) <= 32 for name in defined)
    assert len(re.findall(r"^program define", text, re.M)) == len(re.findall(r"^end$", text, re.M))


@on_sqlite
def test_the_readme_names_every_file(session, protocol):
    files = made(session, protocol, date(2016, 1, 15))
    told = files["README.txt"].decode()
    assert [name for name in files if "/" not in name and name not in told] == []
    manifest = files["manifest.json"].decode()
    assert all(
        f'"{name}"' in manifest for name in ("redo.R", "redo.do", "headline.csv", "README.txt")
    )


def test_the_do_file_has_balanced_quotes_braces_and_macros(protocol):
    text = exported(invented(seed=1), protocol)["redo.do"].decode()
    for line in text.splitlines():
        if line.startswith("*"):
            continue
        assert line.count('"') % 2 == 0, line
        assert line.count("`") == line.count("'"), line
    code = re.sub(r'"[^"]*"', "", text)
    for opening, closing in ("{}", "()"):
        assert code.count(opening) == code.count(closing)
    assert "HOME" in text and "$HOME" not in text and "`ls`" not in text
    for macro in re.findall(r"\$(\w+)", text):
        assert macro == "arms"

"""The scripts with which a statistician redoes the headline table from the exported files."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources

from trial.exchange.codebook import Column
from trial.exchange.quoting import in_r, in_stata, label_in_stata

# What the templates hold where the settings of one export belong.
SETTINGS = "@@settings@@"
# What the R script does with the outcome: of work, and of a form.
WORK = {"@@outcome@@": "outcome_work.R", "@@differences@@": "differences_work.R"}
FORM = {"@@outcome@@": "outcome_form.R", "@@differences@@": ""}
# Without participants nothing else of the script stays but reading, telling and comparing.
ALONE = {"@@figures@@": "clusters_alone.R"}
# Keys and columns stand in the scripts as words of the language, so nothing else may be in them.
WORD = re.compile(r"[A-Za-z0-9_.-]+")
SAFETY_TOLD = "  safety.csv        one row an entry in the log of safety: codes, no words\n"
FORMS_TOLD = (
    "  form_*.csv        the answers to one form, a row a complete record; a group that is asked again\n"
    "                    and again has a table of its own. NAME_missing says why NAME is empty:\n"
)
LONGEST = 32  # letters that a name in Stata may have
HEADLINE, ARM, CODE, TEXT = "headline", "arm", "code", "text"
KINDS = ("date", "number", "decimal", "truth", CODE)


@dataclass(frozen=True)
class People:
    """What the scripts have to know of the participants.

    ``primary`` is the key of the primary visit, one of the codes of the visits; ``window`` the first and
    the last day of recruitment.
    """

    primary: str
    window: tuple[date, date]


@dataclass(frozen=True)
class Redo:
    """What the scripts have to know of an export.

    ``tables`` are the exported columns of each table; ``arms`` the arms as the reader is told them
    with their names, the one to compare with last, none where arms are not told; ``people`` is None in
    a trial without participants; ``on`` the day of the data cut; ``summary`` how the primary outcome is
    summed up, empty where it is work.
    """

    trial: str
    tables: Mapping[str, Sequence[Column]]
    arms: Mapping[str, str]
    people: People | None
    on: date
    summary: str = ""


def scripts(redo: Redo) -> dict[str, bytes]:
    """The R script, the Stata do-file and the README of an export, by file name.

    Of an outcome that is not work there is no do-file yet.

    Raises ValueError for a key or a column that is not one plain word.
    """
    _check(redo)
    script = _template("redo.R")
    for marker, file in _parts(redo).items():
        script = script.replace(marker, _template(file).rstrip() if file else "")
    made = {"redo.R": script.replace(SETTINGS, _r_settings(redo))}
    if redo.summary:
        readme = "README_form.txt" if redo.people else "README_alone.txt"
        made["README.txt"] = _readme(readme, redo)
    else:
        made["redo.do"] = _template("redo.do").replace(SETTINGS, _stata_settings(redo))
        made["README.txt"] = _readme("README.txt", redo)
    return {name: text.encode() for name, text in made.items()}


def _parts(redo: Redo) -> Mapping[str, str]:
    """Which file stands at each place of the R script."""
    if redo.people is None:
        return ALONE
    return {"@@figures@@": "people.R", **(FORM if redo.summary else WORK)}


def _template(name: str) -> str:
    folder = resources.files("trial.exchange") / "scripts"
    return (folder / name).read_text(encoding="utf-8")


def _readme(file: str, redo: Redo) -> str:
    """The README with the log of safety, where there is one, and every table of a form named."""
    safety = SAFETY_TOLD if "safety" in redo.tables else ""
    names = [name for name in redo.tables if name.startswith("form_")]
    lines = [f"  {name}.csv\n" for name in names]
    told = safety + (FORMS_TOLD + "".join(lines) if lines else "")
    return _template(file).replace(SETTINGS, redo.trial).replace("@@forms@@", told)


def _check(redo: Redo) -> None:
    if redo.people is not None and redo.people.primary not in _visits(redo):
        raise ValueError("the primary visit is not one of the visits")
    words = [*redo.arms, *redo.tables]
    for columns in redo.tables.values():
        for one in columns:
            words += [one.name, *(one.codes or {})]
    odd = [word for word in words if not WORD.fullmatch(word)]
    if odd:
        raise ValueError(f"these keys cannot stand in a script: {', '.join(odd)}")


def _visits(redo: Redo) -> dict[str, str]:
    """The visits with the names that tell them apart, by key."""
    return next(
        _told_apart(one.codes or {}) for one in redo.tables["visits"] if one.name == "visit"
    )


def _r_settings(redo: Redo) -> str:
    lines = [
        f"trial_name <- {in_r(redo.trial)}",
        "# The arms as you are told them; each is compared with the last.",
        f"arms <- {_r_vector(redo.arms)}",
        *([] if redo.people is None else _people_in_r(redo, redo.people)),
        f'data_cut <- as.Date("{redo.on.isoformat()}")',
        *([f"summary <- {in_r(redo.summary)}"] if redo.summary else []),
        "",
        "# What each column holds, as codebook.csv says.",
        "kinds <- list()",
        "codes <- list()",
    ]
    for table, columns in redo.tables.items():
        kinds = _r_vector({one.name: _kind(table, one) for one in columns})
        lines.append(f"kinds${table} <- {kinds}")
        for one in columns:
            if one.kind == CODE and one.codes:
                lines.append(
                    f'codes[["{table}.{one.name}"]] <- {_r_vector(_told_apart(one.codes))}'
                )
    return "\n".join(lines)


def _people_in_r(redo: Redo, people: People) -> Iterator[str]:
    first, last = people.window
    yield f"primary_visit <- {in_r(_visits(redo)[people.primary])}"
    yield f"primary_key <- {in_r(people.primary)}"
    yield f'window <- as.Date(c("{first.isoformat()}", "{last.isoformat()}"))'


def _r_vector(values: Mapping[str, str]) -> str:
    if not values:
        return "character()"
    return "c(" + ",\n  ".join(f'"{key}" = {in_r(text)}' for key, text in values.items()) + ")"


def _kind(table: str, column: Column) -> str:
    """The kind in one word; in the tables of data the arm is a text that has levels."""
    if column.name == ARM and table != HEADLINE:
        return ARM
    return next((kind for kind in KINDS if kind in column.kind.split()), TEXT)


def _told_apart(codes: Mapping[str, str]) -> dict[str, str]:
    """Labels by code; where two codes have one label it is followed by the code."""
    labels = list(codes.values())
    return {
        key: label if labels.count(label) == 1 else f"{label} ({key})"
        for key, label in codes.items()
    }


def _stata_settings(redo: Redo) -> str:
    if redo.people is None:
        raise ValueError("there is no do-file of a trial without participants")
    first, last = redo.people.window
    number = list(_visits(redo)).index(redo.people.primary) + 1
    lines = [
        "* The arms as you are told them; each is compared with the last.",
        f'global arms "{" ".join(redo.arms)}"',
        f"* The number that the primary visit ({redo.people.primary}) has among the codes of visits.",
        f"scalar primary_visit = {number}",
        f'scalar primary_key = "{redo.people.primary}"',
        f"scalar window_opens = {_stata_day(first)}",
        f"scalar window_closes = {_stata_day(last)}",
        f"scalar data_cut = {_stata_day(redo.on)}",
        "",
    ]
    for table, columns in redo.tables.items():
        lines += [*_stata_reader(table, columns, redo.arms), ""]
    return "\n".join(lines)


def _stata_day(day: date) -> str:
    return f'daily("{day.isoformat()}", "YMD")'


def shortened(name: str) -> str:
    """A name as Stata takes it: of one that is too long the end gives way to a few letters of its own."""
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 7]}_{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _stata_reader(table: str, columns: Sequence[Column], arms: Mapping[str, str]) -> Iterator[str]:
    columns = [replace(one, name=shortened(one.name)) for one in columns]
    names = " ".join(one.name for one in columns)
    yield f"program define {shortened(f'read_{table}')}"
    yield f"    read_cells {table} {names}"
    for one in columns:
        kind = _kind(table, one)
        codes = arms if kind == ARM else _told_apart(one.codes or {})
        if kind in (ARM, CODE):
            yield f"    make_code {' '.join([one.name, *codes])}"
            for number, label in enumerate(codes.values(), 1):
                yield f'    mata: st_vlmodify("{one.name}", {number}, {in_stata(label)})'
        elif kind != TEXT:
            yield f"    make_{kind} {one.name}"
        yield f'    mata: st_varlabel("{one.name}", {label_in_stata(one.label)})'
    yield f"    order {names}"
    yield "end"

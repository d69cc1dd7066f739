"""In which cluster people were when, for the frames: they stay in the cluster that they enrolled in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Moves:
    """The moves that stand of each person, in the order of their days, under the clusters' told names."""

    of_person: Mapping[int, Sequence[tuple[date, str]]]

    @staticmethod
    def of(events: pd.DataFrame, named: Callable[[str], str]) -> "Moves":
        """The moves among the events."""
        found: dict[int, list[tuple[date, str]]] = {}
        stands = events[events["moved_to"].notna() & events["voided_on"].isna()]
        stands = stands.sort_values(["happened_on", "id"])
        for person, day, to in _rows(stands, "participant_id", "happened_on", "moved_to"):
            found.setdefault(person, []).append((day, named(to)))
        return Moves(found)

    def at_allocation(self, people: pd.DataFrame, clusters: pd.DataFrame) -> pd.Series:
        """The cluster of each person on the day on which their cluster was allocated; none before that."""
        days = {key: day for key, day in _rows(clusters, "id", "allocated_on") if pd.notna(day)}
        told = [
            self._at(person, name, days[key]) if key in days else None
            for person, name, key in _rows(people, "id", "cluster", "cluster_id")
        ]
        return pd.Series(told, index=people.index, dtype=object)

    def at_visits(self, visits: pd.DataFrame) -> pd.Series:
        """The cluster of each person on the day of each visit: done, or else due."""
        days = visits["done_on"].where(visits["done_on"].notna(), visits["due_on"])
        rows = _rows(visits.assign(day=days), "participant_id", "cluster", "day")
        told = [
            self._at(person, name, day) if person in self.of_person else name
            for person, name, day in rows
        ]
        return pd.Series(told, index=visits.index, dtype=object)

    def _at(self, person: int, enrolled_in: str, on: date) -> str:
        before = [to for day, to in self.of_person.get(person, ()) if day <= on]
        return before[-1] if before else enrolled_in


def _rows(frame: pd.DataFrame, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Some columns of a frame, row by row."""
    return zip(*(frame[name].tolist() for name in columns), strict=True)

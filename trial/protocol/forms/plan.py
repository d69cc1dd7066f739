"""A form: its sections and questions, whom it is about, when it is due, and who may use it."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from trial.protocol.base import Amount, Code, Key, Table, Text
from trial.protocol.blinding import RoleName
from trial.protocol.design import ArmKey
from trial.protocol.forms.items import Condition, Item, ItemKey
from trial.protocol.forms.names import CheckName


class Section(Table):
    """Some questions under one heading; one that ``repeats`` is a group asked again and again."""

    title: Text
    text: Text | None = None
    layout: Literal["list", "matrix"] = "list"
    repeats: ItemKey | None = None
    most: Annotated[int, Field(ge=1, le=100)] = 20
    when: tuple[Condition, ...] = ()
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=500)]


class CheckUse(Table):
    """A rule across questions or forms, by its name; what it finds is a query, or blocks the save.

    ``other`` is the question that ``item`` is compared with; ``form`` the form that it is in.
    """

    check: CheckName
    item: ItemKey
    other: ItemKey | None = None
    form: Key | None = None
    blocks: bool = False
    text: Text | None = None


class FormPlan(Table):
    """One case report form, or one log.

    ``occurs`` at visits, once, or again and again as a log. ``entered_by`` may fill it in, ``seen_by``
    may read it besides. A form of some ``arms`` only, or one that ``unblinds``, is absent for whoever
    must not know the arm; one with a ``clause`` is only for who agreed to that in the consent.
    One ``from_records`` is read from routine records, not asked of the person: it goes on after
    follow-up ended, until the person withdraws from linkage. ``double_entry`` asks for two entries by
    two people. ``signed`` asks for the investigator's signature. ``verified`` are the items always
    compared with their source. What
    ``leads_to`` work asks about it, and leaves the spells themselves to the person's page.
    """

    key: Key
    name: Text
    about: Literal["participant", "cluster", "employer", "trial"]
    occurs: Literal["visit", "once", "log"]
    visits: tuple[Key, ...] = ()
    arms: tuple[ArmKey, ...] = ()
    clause: Key | None = None
    from_records: bool = False
    respondent: Literal["participant", "proxy", "staff", "manager", "cluster", "anonymous"] = (
        "participant"
    )
    entered_by: Annotated[tuple[RoleName, ...], Field(min_length=1)]
    seen_by: tuple[RoleName, ...] = ()
    unblinds: bool = False
    double_entry: bool = False
    signed: bool = False
    verified: tuple[ItemKey, ...] = ()
    licence: Text | None = None
    guidance: Text | None = None
    leads_to: Literal["work"] | None = None
    observed: Text = "Day of observation"
    sections: Annotated[tuple[Section, ...], Field(min_length=1, max_length=100)]
    checks: tuple[CheckUse, ...] = ()

    @property
    def telling(self) -> bool:
        """Whether that there is such a record tells the arm."""
        return self.unblinds or bool(self.arms)

    @property
    def items(self) -> Iterator[Item]:
        """Every question, in the order of the form."""
        for section in self.sections:
            yield from section.items

    def item(self, key: str) -> Item | None:
        """The question of a key."""
        return next((one for one in self.items if one.key == key), None)


class UnitCost(Code):
    """What one unit of a resource costs, in pounds of a year."""

    cost: Amount
    year: Annotated[int, Field(ge=1990, le=2099)]
    source: Text

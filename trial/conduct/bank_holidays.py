"""Bank holidays of the country of each cluster, as the government lists them."""

import importlib
from collections.abc import Collection
from datetime import date
from functools import cache

from trial.protocol import Protocol
from trial.protocol.design import Country


@cache
def _listed(country: Country) -> dict[date, str]:
    """What the package carries; it is never asked to fetch anything."""
    package = importlib.import_module("govuk_bank_holidays.bank_holidays")
    known = package.BankHolidays(use_cached_holidays=True).get_holidays(division=country)
    return {one["date"]: one["title"] for one in known}


def countries(protocol: Protocol, keys: Collection[str]) -> tuple[Country, ...]:
    """The countries of these clusters, by their keys in the protocol, each once."""
    found = {one.country: None for one in protocol.clusters if one.key in keys}
    return tuple(found)


def holiday(day: date, among: Collection[Country]) -> str | None:
    """The name of the bank holiday of a day; with the country's name where not all have it."""
    found = {country: _listed(country)[day] for country in among if day in _listed(country)}
    if not found:
        return None
    if len(found) == len(among):
        return next(iter(found.values()))
    return ", ".join(
        f"{name} ({country.replace('-', ' ').title()})" for country, name in found.items()
    )


def known_until() -> date:
    """The last day for which bank holidays are known."""
    return max(_listed("england-and-wales"))

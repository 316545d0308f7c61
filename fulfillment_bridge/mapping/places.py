"""Countries and states as ISO codes, from the names people write."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

import pycountry

_COUNTRY_ALIASES = {
    "AE": ("uae", "emirates"),
    "BO": ("bolivia",),
    "CD": ("congo kinshasa", "dr congo", "drc"),
    "CG": ("congo brazzaville",),
    "CI": ("ivory coast",),
    "CV": ("cape verde",),
    "CZ": ("czech republic",),
    "DE": ("deutschland", "brd"),
    "ES": ("espana",),
    "FK": ("falkland islands",),
    "GB": (
        "uk",
        "great britain",
        "britain",
        "england",
        "scotland",
        "wales",
        "northern ireland",
    ),
    "IR": ("iran",),
    "IT": ("italia",),
    "JP": ("nippon",),
    "KP": ("north korea",),
    "KR": ("south korea", "korea"),
    "LA": ("laos",),
    "MD": ("moldova",),
    "MK": ("macedonia",),
    "NL": ("holland", "the netherlands", "nederland"),
    "PS": ("palestine",),
    "RU": ("russia",),
    "SY": ("syria",),
    "SZ": ("swaziland",),
    "TR": ("turkey",),
    "TW": ("taiwan",),
    "TZ": ("tanzania",),
    "US": ("america", "united states of america", "the united states", "u s of a"),
    "VA": ("vatican", "vatican city"),
    "VE": ("venezuela",),
    "VN": ("vietnam",),
    "AT": ("osterreich",),
    "CH": ("schweiz", "suisse", "svizzera"),
    "BE": ("belgie", "belgique"),
    "MX": ("mexiko",),
    "BR": ("brasil",),
    "SE": ("sverige",),
    "NO": ("norge",),
    "DK": ("danmark",),
    "FI": ("suomi",),
    "PL": ("polska",),
}

_STATE_COUNTRIES = ("US", "CA", "AU", "MX", "BR", "IN", "IT")
"""Where parcels need the code of a state, so that an unknown one is a fault."""

_STATE_ALIASES = {
    "US": {"washington dc": "DC", "washington d c": "DC", "d c": "DC"},
    "CA": {"newfoundland": "NL", "quebec": "QC", "pei": "PE"},
    "MX": {"cdmx": "CMX", "mexico city": "CMX", "distrito federal": "CMX"},
}


def country_code(text: str) -> str | None:
    """The two-letter code of a country's name or code; None where nobody knows it."""
    return _countries().get(_folded(text))


def state_code(text: str, country: str) -> str | None:
    """The code of a state within a country, without the country; None where it is unknown.

    Outside the countries whose parcels need one, an unknown state stays as it is.
    """
    if country not in _STATE_COUNTRIES:
        return text
    return _states(country).get(_folded(text))


def is_currency(code: str) -> bool:
    """Whether ISO 4217 knows these three letters."""
    return code in _currencies()


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, str]:
    table: dict[str, str] = {}
    for country in pycountry.countries:
        names = [country.alpha_2, country.alpha_3, country.name]
        names += [getattr(country, key, "") for key in ("official_name", "common_name")]
        for name in names:
            table[_folded(name)] = country.alpha_2
            table.setdefault(_folded(name.partition(",")[0]), country.alpha_2)
    for code, aliases in _COUNTRY_ALIASES.items():
        table.update(dict.fromkeys(aliases, code))
    for shared in ("", "korea democratic peoples republic of", "virgin islands", "congo"):
        table.pop(shared, None)
    return table


@lru_cache(maxsize=64)
def _states(country: str) -> Mapping[str, str]:
    table: dict[str, str] = {}
    for state in pycountry.subdivisions.get(country_code=country) or ():
        code = state.code.partition("-")[2]
        table.setdefault(_folded(state.name), code)
        table[_folded(code)] = code
    table.update(_STATE_ALIASES.get(country, {}))
    return table


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def _folded(text: str) -> str:
    """Lower case without accents and punctuation: ``Côte d'Ivoire`` is ``cote divoire``."""
    letters = unicodedata.normalize("NFKD", text.casefold().replace("ß", "ss"))
    kept = "".join(
        " " if character in "-–/()" else character
        for character in letters
        if not unicodedata.combining(character) and character not in ".,'’\u2019"
    )
    return " ".join(kept.replace("&", " and ").split())

"""Transforms of names, addresses and phone numbers."""

from __future__ import annotations

import re

from fulfillment_bridge.mapping.places import country_code, state_code
from fulfillment_bridge.mapping.transform_basics import (
    Parameter,
    Surroundings,
    TransformFault,
    Value,
    as_text,
    shown,
    text_lines,
    transform,
)


@transform()
def country_iso(value: Value, around: Surroundings) -> Value:
    """Turns a country's name or code into the two-letter ISO code: Germany becomes DE. Countries
    of an address go through this by themselves."""
    text = as_text(value)
    code = country_code(text)
    if code is None:
        raise TransformFault(f"{shown(text)} is not a country that ISO 3166 knows")
    return code


@transform()
def state_code_(value: Value, around: Surroundings) -> Value:
    """Turns a state's name into its code within the country of the same address: Nevada becomes
    NV. Countries whose parcels need no state keep the text."""
    text = as_text(value)
    if not around.country:
        return text
    code = state_code(text, around.country)
    if code is None:
        raise TransformFault(f"{shown(text)} is not a state of {around.country}")
    return code


@transform(Parameter("line", is_number=True))
def street_line(value: Value, around: Surroundings, line: int) -> Value:
    """Takes one line of a street that has several: street_line(1)."""
    lines = text_lines(as_text(value))
    return lines[line - 1] if line <= len(lines) else None


@transform()
def first_name(value: Value, around: Surroundings) -> Value:
    """Takes the first names of a full name: Ada of Ada Lovelace, and of Lovelace, Ada."""
    return split_name(as_text(value))[0] or None


@transform()
def last_name(value: Value, around: Surroundings) -> Value:
    """Takes the last name of a full name: Lovelace of Ada Lovelace, van Gogh of Vincent van Gogh;
    nothing where there is just one word."""
    return split_name(as_text(value))[1] or None


_PARTICLES = frozenset(
    {
        "af",
        "da",
        "das",
        "de",
        "del",
        "della",
        "den",
        "der",
        "di",
        "dos",
        "du",
        "la",
        "le",
        "ten",
        "ter",
        "van",
        "von",
        "zu",
    }
)
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md", "esq"})


def split_name(text: str) -> tuple[str, str]:
    """First names and last name; a name of one word is a first name."""
    before, comma, after = (piece.strip() for piece in text.partition(","))
    if comma and before and after and not _is_suffix(after):
        return after, before
    words = text.replace(",", " ").split()
    start = len(words) - 1
    while start > 1 and _is_suffix(words[start]):
        start -= 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    if start < 1:
        return " ".join(words), ""
    return " ".join(words[:start]), " ".join(words[start:])


def _is_suffix(word: str) -> bool:
    return word.replace(".", "").lower() in _SUFFIXES


def check_calling_code(text: str) -> None:
    """Raises TransformFault where this is no calling code of a country."""
    if not re.fullmatch(r"(\+?[1-9][0-9]{0,3})?", text):
        raise TransformFault(f"'{text}' is not a calling code such as +1")


@transform(Parameter("calling code", default="", check=check_calling_code))
def phone(value: Value, around: Surroundings, calling_code: str = "") -> Value:
    """Keeps digits, a leading + and an extension: (775) 555-0100 becomes 7755550100. With
    phone(+1), numbers without a country get that one: +17755550100."""
    text = as_text(value)
    main, _, extension = _EXTENSION.sub("#", text).partition("#")
    number = "".join(re.findall(r"[0-9]", main))
    if not number:
        raise TransformFault(f"{shown(text)} is not a phone number")
    more = "".join(re.findall(r"[0-9]", extension))
    is_whole = main.lstrip().startswith("+")
    if calling_code and not is_whole:
        number, is_whole = _with_country(number, calling_code.removeprefix("+")), True
    return ("+" if is_whole else "") + number + (f"x{more}" if more else "")


_EXTENSION = re.compile(r"(?i)\s*(ext\.?|extension|x)\s*(?=\d+\s*$)")


def _with_country(number: str, calling_code: str) -> str:
    """A number as it is dialed at home, with the country before it."""
    if number.startswith("00"):
        return number[2:]
    if calling_code == "1" and len(number) == 11 and number.startswith("1"):
        return number
    return calling_code + number.removeprefix("0")

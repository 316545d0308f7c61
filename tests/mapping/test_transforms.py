"""Transforms: what each does, and that none raises anything but our own error."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment_bridge.mapping.our_fields import LINE_FIELDS, ORDER_FIELDS
from fulfillment_bridge.mapping.transforms import (
    TRANSFORMS,
    Step,
    Surroundings,
    TransformFault,
    apply_steps,
    parse_steps,
)
from fulfillment_bridge.mapping.value_maps import UNCHANGED_VALUE, ValueMap
from fulfillment_bridge.mapping.values import finished, one_line, street_lines

MAPS = {
    "ship methods": ValueMap("ship methods", {"express": "2nd Day"}, blank="Ground"),
    "open": ValueMap("open", {}, other=UNCHANGED_VALUE),
}
AROUND = Surroundings(country="US", value_maps=MAPS)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.dates()
    | st.datetimes()
    | st.datetimes(timezones=st.just(UTC))
    | st.text()
    | st.sampled_from(["1.23E+11", "٣", "1_000", "NaN", "2026-02-30", "x" * 40_000, "\u2028"])
    | st.dictionaries(st.text(max_size=3), st.text(max_size=3)),
    lambda inner: st.tuples(inner, inner),
    max_leaves=3,
)


def result(text: str, value: Any, around: Surroundings = AROUND) -> Any:
    """What the transforms of a cell make of a value."""
    return apply_steps(value, parse_steps(text), around)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("trim", "  a   b ", "a b"),
        ("upper", "nv", "NV"),
        ("lower", "A@B.C", "a@b.c"),
        ("cut(3)", "abcdef", "abc"),
        ("trim; cut(2); upper", " ab c", "AB"),
        ("join", ("Ada", None, "Miller"), "Ada Miller"),
        ('join(", ")', ("Ada", "Miller"), "Ada, Miller"),
        ("upper", ("a", "b"), "A B"),
        ("map(Ship Methods)", "EXPRESS", "2nd Day"),
        ("map(ship methods)", None, "Ground"),
        ("map(open)", "Mule", "Mule"),
        ("country_iso", "Côte d’Ivoire", "CI"),
        ("country_iso", "usa", "US"),
        ("country_iso", "The Netherlands", "NL"),
        ("country_iso", "United Kingdom", "GB"),
        ("country_iso", "Deutschland", "DE"),
        ("country_iso", "Korea, Republic of", "KR"),
        ("state_code", "nevada", "NV"),
        ("state_code", "nv", "NV"),
        ("street_line(2)", "Building 4\r\n\r\nDock 7", "Dock 7"),
        ("street_line(3)", "Building 4\nDock 7", None),
        ("first_name", "Ada Lovelace King", "Ada Lovelace"),
        ("last_name", "Ada Lovelace King", "King"),
        ("last_name", "Cher", None),
        ("number", "$ 1,234.50", Decimal("1234.50")),
        ("date(MM/DD/YYYY)", "1/31/2026", date(2026, 1, 31)),
        ("phone", "+1 (775) 555-0100 ext. 12", "+17755550100x12"),
        ("cut(2)", Decimal("123.00"), "12"),
        ("upper", True, "TRUE"),
    ],
)
def test_what_each_transform_does(text: str, value: Any, expected: Any) -> None:
    """One line for each thing people rely on."""
    assert result(text, value) == expected


@pytest.mark.parametrize(
    ("text", "value", "says"),
    [
        ("map(ship methods)", "Zeppelin", "no row for 'Zeppelin'"),
        ("map(nothing)", "x", "no value map 'nothing'"),
        ("country_iso", "Atlantis", "'Atlantis' is not a country"),
        ("state_code", "Bavaria", "not a state of US"),
        ("number", "1.234,50", "not a number"),
        ("number", "a dozen", "not a number"),
        ("date(MM/DD/YYYY)", "31/1/2026", "not a date written MM/DD/YYYY"),
        ("phone", "call me", "not a phone number"),
        ("upper", {"street": "x"}, "compound value"),
    ],
)
def test_what_a_transform_refuses(text: str, value: Any, says: str) -> None:
    """The message names what was found."""
    with pytest.raises(TransformFault, match=says):
        result(text, value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("uper", "no transform 'uper'"),
        ("cut", "length is missing: write cut\\(length\\)"),
        ("cut(x)", "whole number"),
        ("cut(0)", "whole number"),
        ("cut(1, 2)", "too many arguments"),
        ("upper(", "bracket is missing"),
        ("map()", "map name is missing"),
    ],
)
def test_a_wrong_transform_is_refused_when_the_workbook_is_read(text: str, says: str) -> None:
    """Names, brackets and the number of arguments are known before any order comes."""
    with pytest.raises(TransformFault, match=says):
        parse_steps(text)


def test_empty_values_pass_through_untouched() -> None:
    """Only a map and a join are asked about nothing."""
    for name in set(TRANSFORMS) - {"map"}:
        step = Step(
            TRANSFORMS[name],
            tuple("1" if not p.is_number else 1 for p in TRANSFORMS[name].parameters),
        )
        assert step.apply(None, AROUND) is None


def test_every_transform_tells_what_it_does() -> None:
    """The sheet Read me is written from the code."""
    for transform in TRANSFORMS.values():
        assert transform.meaning.endswith(".")
        assert len(transform.meaning) > 20


@given(st.sampled_from(sorted(TRANSFORMS)), VALUES, st.integers(1, 99), st.text(max_size=12))
def test_no_value_makes_a_transform_raise_anything_but_our_error(
    name: str, value: Any, number: int, word: str
) -> None:
    """Whatever a record holds, an order is held and nothing breaks."""
    parameters = TRANSFORMS[name].parameters
    step = Step(TRANSFORMS[name], tuple(number if p.is_number else word for p in parameters))
    with suppress(TransformFault):
        apply_steps(value, [step], AROUND)


ARGUMENTS = st.sampled_from(
    ["MM/DD/YYYY", "DD MON YY", "YYYY-MM-DDTHH:MM:SS", "Europe/Berlin", "UTC", "comma", "12",
     "0.001", "-5", "100000000000", "lb", "kg", "dozen", "piece", "+1", "ship methods", "open", "-"]
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(TRANSFORMS)), st.lists(ARGUMENTS, min_size=2, max_size=2)),
    min_size=1,
    max_size=4,
)
TYPICAL = st.sampled_from(
    ["1.234,50", "$ 12", "(775) 555-0100 x 12", "11/22/2026", "22 NOV 26", "1e400", "-0", "Ⅷ",
     "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00-12:00", "2026-11-22T09:00:00.000+0000",
     "Lovelace, Ada", "999999999999999999999", "\ud800", "İ", "ß" * 50]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(STEPS, VALUES | TYPICAL, st.sampled_from([*ORDER_FIELDS, *LINE_FIELDS]))
def test_no_chain_of_transforms_raises_anything_but_our_error(
    chain: list[tuple[str, list[str]]], value: Any, ours: Any
) -> None:
    """As a cell may name them, with arguments that each of them may be given."""
    texts = []
    for name, arguments in chain:
        given_ = arguments[: len(TRANSFORMS[name].parameters)]
        texts.append(f"{name}({', '.join(given_)})" if given_ else name)
    with suppress(TransformFault):
        finished(ours, apply_steps(value, parse_steps("; ".join(texts)), AROUND), AROUND)


@given(st.text())
def test_no_text_makes_the_parser_raise_anything_but_our_error(text: str) -> None:
    """Whatever somebody types into a cell is a fault of that cell."""
    with suppress(TransformFault):
        parse_steps(text)


@given(st.sampled_from([*ORDER_FIELDS, *LINE_FIELDS]), VALUES)
def test_no_value_breaks_any_of_our_fields(ours: Any, value: Any) -> None:
    """The last step of each field either gives a value or our own error."""
    try:
        value = apply_steps(value, (), AROUND)
        done = finished(ours, value, AROUND)
    except TransformFault:
        return
    for text in done if isinstance(done, tuple) else (done,):
        assert not isinstance(text, str) or len(text.splitlines()) <= 1
        assert not isinstance(text, datetime)


@given(st.text())
def test_one_line_is_one_line_for_every_program(text: str) -> None:
    """No control character of any kind is left."""
    line = one_line(text)

    assert len(line.splitlines()) <= 1
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029" for c in line)


@given(st.text())
def test_a_street_never_has_more_than_three_lines(text: str) -> None:
    """What does not fit is joined, not lost."""
    lines = street_lines(text)

    assert len(lines) <= 3
    assert all(lines)


def test_the_rest_of_a_long_street_is_kept_in_the_third_line() -> None:
    """Five lines become three without losing a word."""
    assert street_lines("a\nb\nc\nd\ne") == ("a", "b", "c, d, e")

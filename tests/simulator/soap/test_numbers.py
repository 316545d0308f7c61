"""How SOAP writes doubles."""

from __future__ import annotations

import pytest

from fulfillment_bridge.simulator.soap_records import double_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (100.0, "100.0"),
        (-1.25, "-1.25"),
        (0.001, "0.001"),
        (0.0005, "5.0E-4"),
        (9999999.0, "9999999.0"),
        (10000000.0, "1.0E7"),
        (-350000000.0, "-3.5E8"),
        (12345678.9, "1.23456789E7"),
    ],
)
def test_large_and_tiny_doubles_have_an_exponent(value: float, text: str) -> None:
    """From ten millions on, as exports of real orgs show them."""
    assert double_text(value) == text

"""How numbers of things are said."""

from __future__ import annotations

from fulfillment_bridge.domain.counting import MOST_NAMED, counted, named


def test_one_is_one_and_others_are_several() -> None:
    """None is several too; large numbers are grouped."""
    said = [counted(number, "order") for number in (0, 1, 2, 2000)]
    assert said == ["0 orders", "1 order", "2 orders", "2,000 orders"]


def test_a_few_are_named_and_the_rest_is_counted() -> None:
    """A list of thousands would hide the sentence it stands in."""
    words = [str(number) for number in range(MOST_NAMED + 2)]
    assert named(words[:2]) == "0, 1"
    assert named(words) == "0, 1, 2, 3, 4 and 2 more"

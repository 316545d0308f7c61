"""A query that the org refuses for a name in it: the message says all that can be known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fulfillment_bridge.errors import BridgeError, Rejected
from fulfillment_bridge.salesforce.faults import QueryRefused
from tests.jobs.test_schema_check import LINE, ORDER, hide, our_user
from tests.jobs.world import World


def refusal(world: World, job: str = "order_download") -> BridgeError:
    with pytest.raises(Rejected) as caught:
        world.run(job)
    return caught.value


def test_a_hidden_field_names_cell_place_and_cure(world: World) -> None:
    """Entity, column, row and column of the query, the cell, and what may have happened."""
    hide(world, ORDER, "Gift_Note__c")
    problem = refusal(world)
    assert isinstance(problem, QueryRefused)
    assert (problem.code, problem.entity, problem.column) == (
        "INVALID_FIELD",
        ORDER,
        "Gift_Note__c",
    )
    for said in (
        "Gift_Note__c of Sales_Order__c",
        f"row {problem.row}, column {problem.position} of the query",
        "workbook cell Order fields!B",
        "was there when the workbook was loaded",
        "hidden from our user",
    ):
        assert said in problem.message
    assert "Set Field-Level Security" in problem.remedy


def test_a_renamed_field_is_found_under_its_new_name(world: World) -> None:
    """The nearest names that are there are offered."""
    known = world.acme.org.handle.org.schema.get(LINE)
    assert known is not None
    from_here = known.fields["item_text__c"]
    known.fields["item_texts__c"] = replace(from_here, name="Item_Texts__c")
    hide(world, LINE, "Item_Text__c")
    problem = refusal(world)
    assert "Line fields!B" in problem.message
    assert "did you mean 'Item_Texts__c'" in problem.message


def test_a_field_that_is_there_all_the_same(world: World) -> None:
    """Describe shows it and the query is refused: the permissions are the place to look."""
    world.acme.org.fail(
        path="/composite",
        action="error",
        status=400,
        code="INVALID_FIELD",
        message="\nSELECT Id, Notes__c\n ^\nERROR at Row:1:Column:12\nNo such column 'Notes__c' on "
        "entity 'Sales_Order__c'.",
        times=1,
    )
    problem = refusal(world)
    assert "does show Notes__c to our user" in problem.message
    assert "Order fields!B" in problem.message


def test_a_hidden_object_names_the_cell_of_the_sheet_cart(world: World) -> None:
    """INVALID_TYPE has an object and no column."""
    our_user(world).object_permissions[LINE] = set()
    problem = refusal(world)
    assert problem.code == "INVALID_TYPE"
    assert "workbook cell Cart!B" in problem.message
    assert f"sees no object {LINE}" in problem.message


def test_an_org_that_cannot_be_described_still_names_the_cell(world: World) -> None:
    """The refusal itself is the news."""
    hide(world, ORDER, "Gift_Note__c")
    world.acme.org.fail(
        path="/composite", action="error", status=503, code="SERVER_UNAVAILABLE", nth=2
    )
    problem = refusal(world)
    assert problem.code == "INVALID_FIELD"
    assert "workbook cell Order fields!B" in problem.message

"""How queries that make no sense are refused.

Sources: bodies recorded from real orgs for the layout (clip, caret, row and column) and for
unknown columns, objects and tokens; SOQL guide, v65, for what is refused.
"""

from __future__ import annotations

import pytest

from fulfillment_bridge.simulator.errors import SalesforceError
from tests.simulator.engine.desk import Desk

HINT = "Please reference your WSDL or the describe call for the appropriate names."
NO_COLUMN = (
    "No such column '{}' on entity '{}'. If you are attempting to use a custom field, be sure to "
    f"append the '__c' after the custom field name. {HINT}"
)


def refusal(desk: Desk, soql: str) -> SalesforceError:
    """The error of a query that must fail."""
    with pytest.raises(SalesforceError) as caught:
        desk.org.query(desk.user, soql)
    return caught.value


def test_an_unknown_column_is_shown_with_caret_and_place(admin: Desk) -> None:
    """The clip, the caret, row and column, and then the text."""
    error = refusal(admin, "SELECT SetupOwnerId FROM Thing__c")
    assert error.code == "INVALID_FIELD"
    assert error.message == (
        "\nSELECT SetupOwnerId FROM Thing__c\n       ^\nERROR at Row:1:Column:8\n"
        + NO_COLUMN.format("SetupOwnerId", "Thing__c")
    )
    assert error.rest_body() == [{"message": error.message, "errorCode": "INVALID_FIELD"}]


def test_an_unknown_object_is_an_invalid_type(admin: Desk) -> None:
    """The caret stands under the object."""
    error = refusal(admin, "select count() from XYZZY")
    assert error.code == "INVALID_TYPE"
    assert error.message == (
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\n"
        "sObject type 'XYZZY' is not supported. If you are attempting to use a custom object, be "
        f"sure to append the '__c' after the entity name. {HINT}"
    )


def test_a_query_that_stops_early_meets_its_end(admin: Desk) -> None:
    """The token is <EOF>, one column behind the last."""
    error = refusal(admin, "SELECT Id FROM Account WHERE")
    assert error.code == "MALFORMED_QUERY"
    assert error.message == (
        f"\nSELECT Id FROM Account WHERE\n{' ' * 28}^\nERROR at Row:1:Column:29\n"
        "unexpected token: '<EOF>'"
    )


def test_a_long_query_is_clipped_around_the_fault(admin: Desk) -> None:
    """The clip begins at a token, the column counts from the query's start."""
    soql = (
        "SELECT Id FROM Account WHERE Name = 'a name of some length' AND Phone = 'x' AND Oops = 1"
    )
    error = refusal(admin, soql)
    _, clip, caret, place, text = error.message.split("\n")
    column = soql.index("Oops") + 1
    assert place == f"ERROR at Row:1:Column:{column}"
    assert len(clip) < len(soql)
    assert clip in soql
    assert clip[caret.index("^") :].startswith("Oops")
    assert text == NO_COLUMN.format("Oops", "Account")


def test_a_third_quote_is_shown_as_recorded(admin: Desk) -> None:
    """Recorded: clip and caret of a long query that ends in three quotes."""
    columns = ", ".join(f"Column_{number}" for number in range(16))
    query = f"SELECT {columns} FROM ContentVersion WHERE ContentDocumentId = '''"  # noqa: S608
    error = refusal(admin, query)
    assert error.message == (
        f"\nContentVersion WHERE ContentDocumentId = '''\n{' ' * 42}^\n"
        f"ERROR at Row:1:Column:{len(query) - 1}\nunexpected token: '''"
    )


def test_rows_are_counted_in_queries_of_several_lines(admin: Desk) -> None:
    """Row and column are those of the line."""
    error = refusal(admin, "SELECT Id\nFROM Account\nWHERE Oops = 1")
    assert "ERROR at Row:3:Column:7" in error.message


TEXTS = [
    ("SELECT Id, FROM Account", "MALFORMED_QUERY", "unexpected token: 'FROM'"),
    ("SELECT Id FROM Account WHERE Name = '''", "MALFORMED_QUERY", "unexpected token: '''"),
    (
        "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
        "MALFORMED_QUERY",
        "unexpected token: 'OR'",
    ),
    ("SELECT Id FROM Account LIMIT 1 LIMIT 2", "MALFORMED_QUERY", "unexpected token: 'LIMIT'"),
    ("SELECT Id FROM Account WHERE Name = foo", "MALFORMED_QUERY", "unexpected token: 'foo'"),
    (
        "SELECT Foo__r.Name FROM Account",
        "INVALID_FIELD",
        "Didn't understand relationship 'Foo__r' in field path. If you are attempting to use a "
        "custom relationship, be sure to append the '__r' after the custom relationship name. "
        + HINT,
    ),
    (
        "SELECT Id, (SELECT Id FROM Foos) FROM Account",
        "INVALID_TYPE",
        "Didn't understand relationship 'Foos' in FROM part of query call. If you are attempting "
        "to use a custom relationship, be sure to append the '__r' after the custom relationship "
        "name. " + HINT,
    ),
    (
        "SELECT Contact.Name FROM Opportunity",
        "INVALID_FIELD",
        "Didn't understand relationship 'Contact' in field path. If you are attempting to use a "
        "custom relationship, be sure to append the '__r' after the custom relationship name. "
        + HINT,
    ),
    (
        "SELECT Id FROM Thing__c WHERE Flag__c = 'true'",
        "INVALID_FIELD",
        "value of filter criterion for field 'Flag__c' must be of type boolean and should not be "
        "enclosed in quotes",
    ),
    (
        "SELECT Id FROM Thing__c WHERE Count__c = '1'",
        "INVALID_FIELD",
        "value of filter criterion for field 'Count__c' must be of type double and should not be "
        "enclosed in quotes",
    ),
    (
        "SELECT Id FROM Thing__c WHERE Day__c = '2026-11-18'",
        "INVALID_FIELD",
        "value of filter criterion for field 'Day__c' must be of type date and should not be "
        "enclosed in quotes",
    ),
    (
        "SELECT Id FROM Thing__c WHERE CreatedDate > 2026-11-18",
        "INVALID_FIELD",
        "value of filter criterion for field 'CreatedDate' must be of type dateTime and should "
        "not be enclosed in quotes",
    ),
    (
        "SELECT Id FROM Thing__c WHERE Code__c = 7",
        "INVALID_FIELD",
        "value of filter criterion for field 'Code__c' must be of type string and should be "
        "enclosed in quotes",
    ),
    (
        "SELECT Id FROM Thing__c WHERE Id IN ('abc')",
        "INVALID_QUERY_FILTER_OPERATOR",
        "invalid ID field: abc",
    ),
    (
        "SELECT Id FROM Thing__c WHERE Flag__c > true",
        "INVALID_QUERY_FILTER_OPERATOR",
        "invalid operator on boolean field",
    ),
    (
        "SELECT Id FROM Thing__c WHERE Story__c LIKE 'x'",
        "INVALID_FIELD",
        "field 'Story__c' can not be filtered in a query call",
    ),
    (
        "SELECT Id FROM Thing__c ORDER BY Story__c",
        "INVALID_FIELD",
        "field 'Story__c' can not be sorted in a query call",
    ),
    (
        r"SELECT Id FROM Thing__c WHERE Code__c = 'a\d'",
        "MALFORMED_QUERY",
        r"Invalid string literal 'a\d'. Illegal character sequence '\d' in string literal.",
    ),
    (
        "SELECT Name, COUNT(Id) FROM Account",
        "MALFORMED_QUERY",
        "Field must be grouped or aggregated: Name",
    ),
    (
        "SELECT Id, Name label FROM Account",
        "MALFORMED_QUERY",
        "only aggregate expressions use field aliasing",
    ),
    ("SELECT Id, Name, ID FROM Account", "MALFORMED_QUERY", "duplicate field selected: ID"),
    (
        "SELECT Id FROM Account WHERE Name = 'x' OR Id IN (SELECT AccountId FROM Order)",
        "MALFORMED_QUERY",
        "Semi join sub-selects are not allowed with the 'OR' operator",
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Order WHERE Id IN "
        "(SELECT OrderId FROM OrderItem))",
        "MALFORMED_QUERY",
        "Nesting of semi join sub-selects is not supported",
    ),
    ("SELECT SUM(Code__c) FROM Thing__c", "MALFORMED_QUERY", "does not support aggregate operator"),
    ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "must have a LIMIT of at most 200"),
    ("  ", "MALFORMED_QUERY", "A query string has to be specified"),
    ("SELECT CurrencyIsoCode FROM Order", "INVALID_FIELD", "No such column 'CurrencyIsoCode'"),
]


@pytest.mark.parametrize(("soql", "code", "text"), TEXTS)
def test_a_wrong_query_gets_salesforces_code_and_text(
    admin: Desk, soql: str, code: str, text: str
) -> None:
    """Clients tell faults apart by these."""
    error = refusal(admin, soql)
    assert error.code == code
    assert text in error.message

"""What the SOQL guide (v65) does not allow, and how it is refused.

Each row names the page of the guide it rests on. "Seen" marks what the guide leaves open and users
report of real orgs; "inferred" marks a refusal whose text nobody recorded.

Sources: SOQL guide, v65: the page that each row names.
"""
# ruff: noqa: S608 - these queries are put together from the test's own words

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fulfillment_bridge.simulator.errors import SalesforceError
from tests.simulator.engine.desk import Desk
from tests.simulator.engine.orgs import org_with
from tests.simulator.engine.wood import TREE, plant


@pytest.fixture(scope="module")
def wood() -> Iterator[Desk]:
    """The wood, for all statements of this module."""
    with org_with(objects={"Tree__c": TREE}) as desk:
        plant(desk)
        yield desk


BAD, FIELD, OPERATOR = "MALFORMED_QUERY", "INVALID_FIELD", "INVALID_QUERY_FILTER_OPERATOR"
TREES = "SELECT Id FROM Tree__c"
ACCOUNTS = "SELECT Id FROM Account WHERE"
REFUSED = [
    # Comparison Operators
    ("Multi-Select Picklists", f"{TREES} WHERE Tags__c > 'a'", OPERATOR, "on multipicklist field"),
    ("Multi-Select Picklists", f"{TREES} WHERE Tags__c LIKE 'a'", OPERATOR, "multipicklist field"),
    ("Multi-Select Picklists", f"{TREES} WHERE Kind__c INCLUDES ('Oak')", OPERATOR, "includes"),
    ("Comparison Operators", f"{TREES} WHERE Height__c LIKE '1%'", OPERATOR, "on double field"),
    ("Comparison Operators", f"{TREES} WHERE Owner__c LIKE '001%'", OPERATOR, "on reference field"),
    ("Comparison Operators", f"{TREES} WHERE Old__c LIKE 'true'", OPERATOR, "on boolean field"),
    ("Comparison Operators", f"{TREES} WHERE Name NOT LIKE 'a'", BAD, "unexpected token: 'LIKE'"),
    ("Comparison Operators", f"{TREES} WHERE Name IS NULL", BAD, "unexpected token: 'IS'"),
    ("Comparison Operators", f"{TREES} WHERE Height__c IN ()", BAD, "unexpected token: ')'"),
    ("Comparison Operators", f"{TREES} WHERE Height__c BETWEEN 1 AND 2", BAD, "'BETWEEN'"),
    ("Comparison Operators", f"{TREES} WHERE Name == 'a'", BAD, "unexpected token: '='"),
    ("Comparison Operators", f"{TREES} WHERE Name = Name", BAD, "unexpected token: 'Name'"),
    ("Comparison Operators", f"{TREES} WHERE 'a' = Name", BAD, "unexpected token: ''a''"),
    ("Comparison Operators", f'{TREES} WHERE Name = "a"', BAD, "unexpected token: '\"'"),
    ("Comparison Operators", f"{TREES} WHERE Old__c", BAD, "unexpected token: '<EOF>'"),
    ("Comparison Operators", f"{TREES} WHERE Opens__c = '09:30:00Z'", FIELD, "of type time"),
    ("Compound Address Fields", f"{ACCOUNTS} ShippingAddress = null", FIELD, "be filtered"),
    ("Seen in forums", f"{TREES} WHERE Name = :name", BAD, "Bind variables only allowed in Apex"),
    ("Seen in issue threads", f"{TREES} WHERE Id IN ids", BAD, "Bind variables only allowed"),
    ("Seen in issue threads", f"{TREES} WHERE Name NOT IN 'a', 'b'", BAD, "Bind variables only"),
    ("Comparison Operators", f"{TREES} WHERE Name IN", BAD, "unexpected token: '<EOF>'"),
    ("Seen in forums", f"{TREES} WHERE Id IN :ids", BAD, "Bind variables only allowed in Apex"),
    # SOQL and SOSL Limits; its text is inferred
    ("Limits, inferred", f"{TREES} WHERE Name = '{'x' * 4001}'", BAD, "4000 characters at most"),
    # Logical Operators
    ("Logical Operators", f"{TREES} WHERE Name = 'a' && Old__c = true", BAD, "token: '&'"),
    ("Logical Operators", f"{TREES} WHERE AND Name = 'a'", BAD, "unexpected token: 'AND'"),
    ("Logical Operators", f"{TREES} WHERE (Name = 'a'", BAD, "unexpected token: '<EOF>'"),
    ("Logical Operators", f"{TREES} WHERE Name = 'a')", BAD, "unexpected token: ')'"),
    # Semi-joins and anti-joins
    (
        "Semi-Joins",
        f"{TREES} WHERE Parent__c IN (SELECT Id FROM Tree__c)",
        BAD,
        "The inner and outer selects should not be on the same object type",
    ),
    (
        "Semi-Joins",
        f"{ACCOUNTS} Id IN (SELECT Owner__c FROM Tree__c) AND Id IN (SELECT AccountId FROM Order) "
        "AND Id IN (SELECT AccountId FROM Contact)",
        BAD,
        "Maximum 2 semi join sub-selects are allowed",
    ),
    ("Semi-Joins", f"{ACCOUNTS} Id IN (SELECT Name FROM Tree__c)", BAD, "only query id fields"),
    ("Semi-Joins", f"{ACCOUNTS} Id IN (SELECT Parent__r.Owner__c FROM Tree__c)", BAD, "id fields"),
    (
        "Semi-Joins, seen, text inferred",
        f"{TREES} WHERE Owner__r.ParentId IN (SELECT AccountId FROM Order)",
        BAD,
        "semi join field must be of the object itself: Owner__r.ParentId",
    ),
    ("Semi-Joins", f"{ACCOUNTS} Name IN (SELECT Id FROM Tree__c)", BAD, "Found field: Name"),
    ("Semi-Joins", f"{ACCOUNTS} Id IN (SELECT Id, Owner__c FROM Tree__c)", BAD, "one column"),
    ("Semi-Joins", f"{ACCOUNTS} Id IN (SELECT COUNT() FROM Tree__c)", BAD, "one column"),
    ("Semi-Joins", f"{ACCOUNTS} Id INCLUDES (SELECT Id FROM Tree__c)", BAD, "'INCLUDES'"),
    ("Semi-Joins", f"{ACCOUNTS} Id = (SELECT Id FROM Tree__c)", BAD, "unexpected token: '('"),
    ("Semi-Joins", f"{ACCOUNTS} Id IN (SELECT Owner__c FROM Tree__c LIMIT 1)", BAD, "at 'LIMIT'"),
    (
        "Semi-Joins",
        f"{ACCOUNTS} Id IN (SELECT Owner__c FROM Tree__c ORDER BY Id)",
        BAD,
        "missing value at 'ORDER'",
    ),
    (
        "Semi-Joins, seen",
        f"{ACCOUNTS} Id IN (SELECT Owner__c FROM Tree__c GROUP BY Owner__c)",
        BAD,
        "missing value at 'GROUP'",
    ),
    ("OFFSET", f"{ACCOUNTS} Id IN (SELECT Owner__c FROM Tree__c OFFSET 1)", BAD, "at 'OFFSET'"),
    (
        "Semi-Joins, text inferred",
        f"{ACCOUNTS} NOT Id IN (SELECT Owner__c FROM Tree__c)",
        BAD,
        "Semi join sub-selects are not allowed with the 'NOT' operator",
    ),
    # Aggregates
    (
        "GROUP BY",
        "SELECT MAX(CreatedDate) FROM Tree__c LIMIT 1",
        BAD,
        "Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
    ),
    ("Aggregates by type", "SELECT COUNT(Old__c) FROM Tree__c", BAD, "operator COUNT"),
    ("Aggregates by type", "SELECT MIN(Opens__c) FROM Tree__c", BAD, "operator MIN"),
    ("Aggregates by type", "SELECT MAX(Tags__c) FROM Tree__c", BAD, "operator MAX"),
    ("Aggregates by type", "SELECT COUNT(Story__c) FROM Tree__c", BAD, "operator COUNT"),
    ("Aggregates by type", "SELECT COUNT(ShippingAddress) FROM Account", BAD, "operator COUNT"),
    ("Aggregates by type", "SELECT SUM(Planted__c) FROM Tree__c", BAD, "operator SUM"),
    ("GROUP BY", "SELECT Shout__c FROM Tree__c GROUP BY Shout__c", FIELD, "can not be grouped"),
    ("GROUP BY", "SELECT Tags__c FROM Tree__c GROUP BY Tags__c", FIELD, "can not be grouped"),
    ("GROUP BY", "SELECT Height__c FROM Tree__c GROUP BY Height__c", FIELD, "can not be grouped"),
    (
        "GROUP BY, seen",
        "SELECT COUNT(Id) FROM Tree__c ORDER BY Name",
        BAD,
        "Ordered field must be grouped or aggregated: Name",
    ),
    ("GROUP BY", "SELECT Id FROM Tree__c GROUP BY Kind__c", BAD, "grouped or aggregated: Id"),
    ("HAVING", "SELECT Kind__c FROM Tree__c HAVING COUNT(Id) > 1", BAD, "token: 'HAVING'"),
    ("HAVING", f"{TREES} HAVING Name = 'a'", BAD, "unexpected token: 'HAVING'"),
    (
        "HAVING",
        "SELECT Kind__c FROM Tree__c GROUP BY Kind__c HAVING Name = 'a'",
        BAD,
        "Field must be grouped or aggregated: Name",
    ),
    ("COUNT()", "SELECT COUNT() n FROM Tree__c", BAD, "unexpected token: 'n'"),
    ("COUNT()", "SELECT COUNT(), Name FROM Tree__c", BAD, "COUNT() must be the only element"),
    ("COUNT()", "SELECT COUNT() FROM Tree__c GROUP BY Name", BAD, "the only element"),
    (
        "Aggregates, seen",
        "SELECT MAX(DAY_ONLY(CreatedDate)) FROM Tree__c",
        BAD,
        "nested functional syntax can only be used",
    ),
    ("Aggregates", f"{TREES} WHERE COUNT(Id) > 1", BAD, "unexpected token: 'COUNT'"),
    # Aliases: reserved words, and names that GROUP BY and ORDER BY do not know
    ("Reserved Keywords", "SELECT COUNT(Id) first FROM Tree__c", BAD, "token: 'first'"),
    ("Reserved Keywords", "SELECT COUNT(Id) group FROM Tree__c", BAD, "token: 'group'"),
    ("Reserved Keywords", "SELECT COUNT(Id) Like FROM Tree__c", BAD, "token: 'Like'"),
    ("Alias Notation", "SELECT x.Id FROM Tree__c", FIELD, "Didn't understand relationship 'x'"),
    ("Alias Notation", f"{TREES} AS t", BAD, "unexpected token: 't'"),
    ("Alias Notation", f"{TREES}, Account", BAD, "unexpected token: '<EOF>'"),
    ("Alias Notation", f"{TREES} t, t.Nothing__r n", FIELD, "relationship 'Nothing__r'"),
    ("Alias Notation", f"{TREES} t GROUP BY n", FIELD, "No such column 'n'"),
    # Child queries
    (
        "OFFSET",
        "SELECT Id, (SELECT Id FROM Trees__r LIMIT 1 OFFSET 1) FROM Account",
        BAD,
        "OFFSET in a child query needs LIMIT 1 in its parent query",
    ),
    (
        "Relationship Queries, seen",
        "SELECT Id, (SELECT COUNT(Id) FROM Trees__r) FROM Account",
        BAD,
        "only root queries support aggregate expressions",
    ),
    ("GROUP BY", "SELECT COUNT(Id), (SELECT Id FROM Trees__r) FROM Account", BAD, "'SELECT'"),
    # FIELDS()
    ("FIELDS()", "SELECT FIELDS(CUSTOM) FROM Tree__c LIMIT 201", BAD, "LIMIT of at most 200"),
    ("FIELDS()", "SELECT Id, (SELECT FIELDS(ALL) FROM Trees__r) FROM Account", BAD, "at most 200"),
    ("FIELDS()", "SELECT FIELDS(ALL), Name FROM Tree__c LIMIT 1", BAD, "duplicate field selected"),
    ("FIELDS()", "SELECT FIELDS(SOME) FROM Tree__c LIMIT 1", BAD, "unexpected token: 'SOME'"),
    ("FIELDS()", "SELECT FIELDS() FROM Tree__c LIMIT 1", BAD, "unexpected token: 'FIELDS'"),
    (
        "FIELDS()",
        "SELECT FIELDS(ALL), COUNT(Id) FROM Tree__c GROUP BY Id LIMIT 9",
        BAD,
        "unexpected token: 'FIELDS'",
    ),
    # Dates
    ("Date Literals", f"{TREES} WHERE Planted__c = THIS_FISCAL_MONTH", BAD, "'THIS_FISCAL_MONTH'"),
    ("Date Literals", f"{TREES} WHERE Planted__c = FISCAL_TODAY", BAD, "'FISCAL_TODAY'"),
    ("Date Literals", f"{TREES} WHERE Planted__c = LAST_N_DAYS", BAD, "'LAST_N_DAYS'"),
    ("Date Literals", f"{TREES} WHERE Planted__c = LAST_N_DAYS:-1", BAD, "Bind variables"),
    ("Date Literals", f"{TREES} WHERE Planted__c = 'TODAY'", FIELD, "must be of type date"),
    ("Date Literals", f"{TREES} WHERE Height__c = TODAY", FIELD, "must be of type double"),
    ("Date Formats", f"{TREES} WHERE Planted__c = 2026-11-31", BAD, "Invalid date: 2026-11-31"),
    ("Date Formats", f"{TREES} WHERE Planted__c = 2026-1-1", BAD, "unexpected token"),
    ("Date Formats", f"{TREES} WHERE Seen__c = 2026-11-18T10:00:00", BAD, "unexpected token"),
    ("Date Formats", f"{TREES} WHERE Seen__c > 2026-11-22T09:00:00 01:00", BAD, "'T09:00:00'"),
    ("Date Formats", f"{TREES} WHERE Planted__c = 2026-11-18T10:00:00Z", FIELD, "of type date"),
    ("Date Functions", f"{TREES} WHERE HOUR_IN_DAY(Planted__c) = 1", BAD, "'HOUR_IN_DAY'"),
    ("Date Functions", f"{TREES} WHERE CALENDAR_YEAR(Name) = 1", BAD, "'CALENDAR_YEAR'"),
    ("Date Functions", f"{TREES} WHERE YEAR(Planted__c) = 2026", BAD, "token: 'YEAR'"),
    ("Date Functions", "SELECT convertTimezone(Seen__c) FROM Tree__c", BAD, "must be grouped"),
    # ORDER BY, LIMIT, OFFSET, scope and what belongs to Apex
    ("ORDER BY", f"{TREES} ORDER BY Tags__c", FIELD, "can not be sorted"),
    ("ORDER BY", f"{TREES} ORDER BY 1", BAD, "unexpected token: '1'"),
    ("ORDER BY", f"{TREES} ORDER BY Name NULLS FIRST DESC", BAD, "unexpected token: 'DESC'"),
    ("LIMIT", f"{TREES} LIMIT -1", BAD, "unexpected token: '-1'"),
    ("LIMIT", f"{TREES} LIMIT 1.5", BAD, "unexpected token: '1.5'"),
    ("LIMIT", f"{TREES} OFFSET 1 LIMIT 1", BAD, "unexpected token: 'LIMIT'"),
    ("OFFSET", f"{TREES} OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Column:24\nMaximum SOQL"),
    ("USING SCOPE", f"{TREES} USING SCOPE nothing", BAD, "unexpected token: 'nothing'"),
    ("ALL ROWS", f"{TREES} ALL ROWS", BAD, "unexpected token: 'ROWS'"),
    ("SELECT", f"{TREES};", BAD, "unexpected token: ';'"),
    ("SELECT", "SELECT * FROM Tree__c", BAD, "unexpected token: '*'"),
    ("SELECT", "SELECT DISTINCT Id FROM Tree__c", BAD, "only aggregate expressions use"),
    ("SELECT", "SELECT Owner__r FROM Tree__c", FIELD, "No such column 'Owner__r' on entity"),
    ("SELECT", "DELETE FROM Tree__c", BAD, "unexpected token: 'DELETE'"),
    ("SELECT", "SELECT/**/Id FROM Tree__c", BAD, "unexpected token: '/'"),
]


@pytest.mark.parametrize(("source", "soql", "code", "text"), REFUSED)
def test_a_statement_is_refused_as_the_guide_says(
    wood: Desk, source: str, soql: str, code: str, text: str
) -> None:
    """With its code, and the words that tell what is wrong."""
    with pytest.raises(SalesforceError) as caught:
        wood.org.query(wood.user, soql)
    assert (caught.value.code, text in caught.value.message) == (code, True), (
        source,
        caught.value.message,
    )

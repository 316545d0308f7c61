"""Functions in SOQL: labels, formats, currencies, time zones, subtotals and TYPEOF.

Sources: SOQL guide, v65: toLabel(), FORMAT(), convertCurrency(), Querying Currency Fields,
convertTimezone(), GROUP BY ROLLUP, GROUP BY CUBE, TYPEOF.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fulfillment_bridge.simulator.errors import SalesforceError
from tests.simulator.engine.desk import Desk
from tests.simulator.engine.orgs import clerk_of, org_with

SALE: dict[str, Any] = {
    "fields": {
        "State__c": {
            "type": "picklist",
            "values": [{"value": "O", "label": "Open"}, {"value": "C", "label": "Closed"}],
        },
        "Region__c": {"type": "text"},
        "Year__c": {"type": "int"},
        "Amount__c": {"type": "currency"},
        "Rate__c": {"type": "percent", "scale": 1},
        "Day__c": {"type": "date"},
        "At__c": {"type": "datetime"},
        "Next__c": {"type": "lookup", "to": "Sale__c"},
        "About__c": {"type": "lookup", "to": ["Account", "Contact", "Product2"]},
    }
}
USERS = [
    {"username": "admin@small.example", "role": "admin"},
    {
        "username": "bridge@small.example",
        "currency": "EUR",
        "time_zone": "America/Los_Angeles",
    },
]
CURRENCIES = {"multi_currency": {"corporate": "USD", "rates": {"EUR": 0.5}}}


@pytest.fixture
def sales() -> Iterator[Desk]:
    with org_with(objects={"Sale__c": SALE}, users=USERS) as desk:
        yield desk


@pytest.fixture
def currencies() -> Iterator[Desk]:
    with org_with(objects={"Sale__c": SALE}, users=USERS, features=CURRENCIES) as desk:
        yield desk


def refusal(desk: Desk, query: str) -> SalesforceError:
    """Why the query is refused, as it must be."""
    with pytest.raises(SalesforceError) as caught:
        desk.org.query(desk.user, query)
    return caught.value


# toLabel


def test_to_label_shows_and_compares_labels(sales: Desk) -> None:
    """In the place of the value; conditions ignore case as ever."""
    other = sales.create("Sale__c", State__c="C")
    sales.create("Sale__c", State__c="O", Next__c=other)
    query = "SELECT toLabel(State__c), toLabel(Next__r.State__c) FROM Sale__c "
    assert sales.rows(query + "WHERE toLabel(State__c) = 'open'") == [
        {"State__c": "Open", "Next__r": {"State__c": "Closed"}}
    ]
    assert sales.column("SELECT toLabel(State__c) s FROM Sale__c WHERE State__c = 'C'") == [
        "Closed"
    ]


def test_a_value_that_the_picklist_does_not_know_is_its_own_label(sales: Desk) -> None:
    """An unrestricted picklist takes others."""
    sales.create("Sale__c", State__c="Odd")
    assert sales.column("SELECT toLabel(State__c) FROM Sale__c") == ["Odd"]


# FORMAT


def test_format_writes_values_as_people_read_them(sales: Desk) -> None:
    """Numbers with their separators, money with its sign, dates month first."""
    sales.create(
        "Sale__c",
        Amount__c=-1234.5,
        Rate__c=12.5,
        Year__c=2026,
        Day__c="2026-02-03",
        At__c="2026-11-22T17:05:00Z",
    )
    names = ("Amount__c", "Rate__c", "Year__c", "Day__c", "At__c", "Region__c")
    query = f"SELECT {', '.join(f'FORMAT({name}) f{name}' for name in names)} FROM Sale__c"  # noqa: S608
    assert list(sales.rows(query)[0].values()) == [
        "-$1,234.50",
        "12.5%",
        "2,026",
        "2/3/2026",
        "11/22/2026, 5:05 PM",
        None,
    ]


def test_format_takes_aggregates_too(sales: Desk) -> None:
    """The result needs an alias or gets a number like any expression."""
    sales.create("Sale__c", Day__c="2026-02-03", Amount__c=2)
    rows = sales.rows("SELECT FORMAT(MIN(Day__c)) earliest, FORMAT(SUM(Amount__c)) FROM Sale__c")
    assert rows == [{"earliest": "2/3/2026", "expr0": "$2.00"}]


def test_a_sum_of_money_is_exact(sales: Desk) -> None:
    """However often a tenth, which has no exact binary form, is added."""
    for _ in range(3):
        sales.create("Sale__c", Region__c="cents", Amount__c=0.1)
    query = "SELECT SUM(Amount__c) s FROM Sale__c WHERE Region__c = 'cents'"
    assert sales.rows(query)[0]["s"] == 0.3


def test_a_formatted_field_cannot_stand_beside_itself(sales: Desk) -> None:
    """Without an alias both would have the same name."""
    error = refusal(sales, "SELECT Amount__c, FORMAT(Amount__c) FROM Sale__c")
    assert error.message.endswith("duplicate field selected: Amount__c")


@pytest.mark.parametrize("name", ["FORMAT", "convertCurrency"])
def test_functions_for_showing_are_no_conditions(currencies: Desk, name: str) -> None:
    """WHERE and ORDER BY refuse them at their place."""
    for rest in (f"WHERE {name}(Amount__c) = '1'", f"ORDER BY {name}(Amount__c)"):
        error = refusal(currencies, f"SELECT Id FROM Sale__c {rest}")  # noqa: S608
        assert error.code == "MALFORMED_QUERY"
        assert error.message.endswith(f"unexpected token: '{name}'")


# Currencies


def test_convert_currency_shows_amounts_in_the_users_own(currencies: Desk) -> None:
    """A dollar being half a euro here."""
    currencies.create("Sale__c", Amount__c=10, CurrencyIsoCode="USD")
    currencies.create("Sale__c", Amount__c=10, CurrencyIsoCode="EUR")
    clerk = clerk_of(currencies)
    query = "SELECT convertCurrency(Amount__c) FROM Sale__c ORDER BY CurrencyIsoCode"
    assert clerk.column(query) == [5.0, 10.0]
    assert currencies.column(query) == [10.0, 20.0]


def test_format_says_which_currency_it_is(currencies: Desk) -> None:
    """That of the record, or the user's after a conversion, or the corporate one of a sum."""
    currencies.create("Sale__c", Amount__c=10, CurrencyIsoCode="EUR")
    query = "SELECT FORMAT(Amount__c) a, FORMAT(convertCurrency(Amount__c)) b FROM Sale__c"
    assert currencies.rows(query) == [{"a": "EUR 10.00", "b": "USD 20.00"}]
    assert currencies.column("SELECT FORMAT(SUM(Amount__c)) s FROM Sale__c") == ["USD 20.00"]


def test_aggregates_of_money_are_in_the_corporate_currency(currencies: Desk) -> None:
    """Sums over several currencies would mean nothing else."""
    for code in ("USD", "EUR"):
        currencies.create("Sale__c", Amount__c=10, CurrencyIsoCode=code)
    rows = currencies.rows("SELECT SUM(Amount__c) s, MAX(Amount__c) m FROM Sale__c")
    assert rows == [{"s": 30.0, "m": 20.0}]


def test_an_amount_with_its_currency_compares_across_currencies(currencies: Desk) -> None:
    """EUR5 is ten dollars here."""
    for code in ("USD", "EUR"):
        currencies.create("Sale__c", Amount__c=10, CurrencyIsoCode=code)
    query = "SELECT CurrencyIsoCode FROM Sale__c WHERE Amount__c"
    assert currencies.column(f"{query} > EUR5") == ["EUR"]
    assert currencies.column(f"{query} <= USD10") == ["USD"]
    assert refusal(currencies, f"{query} > GBP5").message.endswith("unexpected token: 'GBP5'")
    error = refusal(currencies, "SELECT Id FROM Sale__c WHERE Year__c > EUR5")
    assert error.code == "INVALID_FIELD"


def test_without_several_currencies_nothing_is_converted(sales: Desk) -> None:
    """Neither the function nor the amount with a currency exists."""
    for query in (
        "SELECT convertCurrency(Amount__c) FROM Sale__c",
        "SELECT Id FROM Sale__c WHERE Amount__c > USD5",
    ):
        assert refusal(sales, query).code == "MALFORMED_QUERY"


# Time zones


def test_date_literals_mean_days_of_the_user(sales: Desk) -> None:
    """In Los Angeles it is still the evening of the 17th; the org's clock says 10:30 UTC."""
    clerk = clerk_of(sales)
    for at in ("2026-11-18T07:59:59Z", "2026-11-18T08:00:00Z"):
        sales.create("Sale__c", At__c=at, Name=at[11:13])
    query = "SELECT Name FROM Sale__c WHERE At__c = TODAY"
    assert sales.column(f"{query} ORDER BY Name") == ["07", "08"]
    assert clerk.column(query) == ["08"]


def test_convert_timezone_moves_moments_to_the_users_clock(sales: Desk) -> None:
    """Date functions count in UTC without it."""
    clerk = clerk_of(sales)
    sales.create("Sale__c", At__c="2026-11-18T07:30:00Z")
    for column, expected in (
        ("HOUR_IN_DAY(At__c)", 7),
        ("HOUR_IN_DAY(convertTimezone(At__c))", 23),
        ("DAY_ONLY(convertTimezone(At__c))", "2026-11-17"),
    ):
        assert clerk.column(f"SELECT {column} v FROM Sale__c GROUP BY {column}") == [expected]  # noqa: S608


def test_a_time_zone_that_nobody_knows_is_refused_with_the_org() -> None:
    """A description is checked when the org is made."""
    users = [{"username": "a@b.example", "time_zone": "Mars/Olympus"}]
    with pytest.raises(ValueError, match="unknown time zone 'Mars/Olympus'"), org_with(users=users):
        pass


def test_a_date_function_is_shown_only_where_it_is_grouped_by(sales: Desk) -> None:
    """Elsewhere there is nothing it could stand for."""
    error = refusal(sales, "SELECT CALENDAR_YEAR(At__c) FROM Sale__c")
    assert error.message.endswith("Field must be grouped or aggregated: At__c")


# Subtotals


@pytest.fixture
def regions(sales: Desk) -> Desk:
    for region, year, amount in (("E", 2025, 1), ("E", 2026, 2), ("W", 2026, 4)):
        sales.create("Sale__c", Region__c=region, Year__c=year, Amount__c=amount)
    return sales


def test_rollup_adds_subtotals_from_the_right(regions: Desk) -> None:
    """A column that is left out is null; GROUPING tells that from a real blank."""
    rows = regions.rows(
        "SELECT Region__c r, Year__c y, SUM(Amount__c) s, GROUPING(Year__c) g FROM Sale__c "
        "GROUP BY ROLLUP(Region__c, Year__c) ORDER BY GROUPING(Region__c), Region__c, "
        "GROUPING(Year__c), Year__c"
    )
    assert [tuple(each.values()) for each in rows] == [
        ("E", 2025, 1.0, 0),
        ("E", 2026, 2.0, 0),
        ("E", None, 3.0, 1),
        ("W", 2026, 4.0, 0),
        ("W", None, 4.0, 1),
        (None, None, 7.0, 1),
    ]


def test_cube_adds_every_subtotal(regions: Desk) -> None:
    """Also those by year alone; HAVING holds for each of them, and LIMIT for all together."""
    query = "SELECT Region__c r, Year__c y, SUM(Amount__c) s FROM Sale__c "
    group = "GROUP BY CUBE(Region__c, Year__c) "
    found = {tuple(each.values()) for each in regions.rows(query + group)}
    assert {(None, 2025, 1.0), (None, 2026, 6.0), (None, None, 7.0)} < found
    assert len(found) == 8
    large = regions.rows(
        query + group + "HAVING SUM(Amount__c) > 5 ORDER BY SUM(Amount__c) LIMIT 1"
    )
    assert large == [{"r": None, "y": 2026, "s": 6.0}]


def test_subtotals_need_no_aggregate(regions: Desk) -> None:
    """The groups themselves, those of each region, and the one of all."""
    rows = regions.rows("SELECT Region__c r FROM Sale__c GROUP BY ROLLUP(Region__c, Year__c)")
    assert [row["r"] for row in rows] == ["E", "E", "W", "E", "W", None]


def test_subtotals_of_nothing_are_nothing(sales: Desk) -> None:
    """No row, no total."""
    assert sales.rows("SELECT Region__c, COUNT(Id) FROM Sale__c GROUP BY ROLLUP(Region__c)") == []


@pytest.mark.parametrize(
    "query",
    [
        "SELECT GROUPING(Region__c) FROM Sale__c GROUP BY Region__c",
        "SELECT GROUPING(Year__c), COUNT(Id) FROM Sale__c GROUP BY ROLLUP(Region__c)",
        "SELECT COUNT(Id) FROM Sale__c GROUP BY ROLLUP(Region__c, Year__c, Day__c, Id)",
        "SELECT COUNT(Id) FROM Sale__c GROUP BY ROLLUP()",
        "SELECT COUNT(Id) FROM Sale__c GROUP BY ROLLUP(Region__c), Year__c",
    ],
)
def test_subtotals_that_cannot_be_are_refused(sales: Desk, query: str) -> None:
    """GROUPING needs them, three columns are the most, and nothing stands beside them."""
    assert refusal(sales, query).code == "MALFORMED_QUERY"


def test_an_aggregate_has_no_second_page(sales: Desk) -> None:
    """More than 2,000 groups are an error that asks for a LIMIT."""
    sales.org.insert_raw("Sale__c", [{"Region__c": str(number)} for number in range(2001)])
    query = "SELECT Region__c, COUNT(Id) FROM Sale__c GROUP BY Region__c"
    error = refusal(sales, query)
    assert (error.code, error.message) == (
        "EXCEEDED_ID_LIMIT",
        "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a "
        "single batch",
    )
    assert len(sales.rows(query + " LIMIT 2000")) == 2000


# TYPEOF


def test_typeof_shows_a_parent_by_what_it_is(sales: Desk) -> None:
    """Columns of its own for each object, others for the rest, paths included."""
    account = sales.create("Account", Name="Acme", Phone="1")
    contact = sales.create("Contact", LastName="Lee", AccountId=account)
    product = sales.create("Product2", Name="Mug")
    for name, about in (("a", account), ("b", contact), ("c", product), ("d", None)):
        sales.create("Sale__c", Name=name, About__c=about)
    rows = sales.org.query(
        sales.user,
        "SELECT Name, TYPEOF About__r WHEN Account THEN Phone, Owner.Name "
        "WHEN Contact THEN LastName, Account.Name ELSE Name END FROM Sale__c ORDER BY Name",
    ).records
    found = [each["About__r"] for each in rows]
    assert [each and each["attributes"]["type"] for each in found] == [
        "Account",
        "Contact",
        "Product2",
        None,
    ]
    assert found[0]["Phone"] == "1"
    assert found[0]["Owner"]["Name"] == "Admin"
    assert found[1]["Account"]["Name"] == "Acme"
    assert found[2]["Name"] == "Mug"


def test_typeof_without_else_shows_nothing_of_other_parents(sales: Desk) -> None:
    """They are null, as if there were none."""
    product = sales.create("Product2", Name="Mug")
    sales.create("Sale__c", About__c=product)
    query = "SELECT TYPEOF About__r WHEN Account THEN Name END FROM Sale__c"
    assert sales.rows(query) == [{"About__r": None}]


@pytest.mark.parametrize(
    ("typeof", "code"),
    [
        ("TYPEOF Next__r WHEN Sale__c THEN Name END", "MALFORMED_QUERY"),
        ("TYPEOF Nothing__r WHEN Account THEN Name END", "INVALID_FIELD"),
        ("TYPEOF About__r WHEN Opportunity THEN Name END", "INVALID_TYPE"),
        ("TYPEOF About__r WHEN Account THEN LastName END", "INVALID_FIELD"),
        ("TYPEOF About__r WHEN Account THEN Name", "MALFORMED_QUERY"),
        ("TYPEOF About__r END", "MALFORMED_QUERY"),
    ],
)
def test_typeof_is_for_parents_of_several_kinds(sales: Desk, typeof: str, code: str) -> None:
    """Each object must be one of them and each column its own."""
    assert refusal(sales, f"SELECT {typeof} FROM Sale__c").code == code  # noqa: S608

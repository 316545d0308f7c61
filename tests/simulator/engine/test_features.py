"""Record types, several currencies and person accounts: what they add, and what they ask.

Sources: Help: Record Types, Manage Multiple Currencies; Object Reference: Account (person
accounts), CurrencyType, RecordType; recorded error bodies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fulfillment_bridge.simulator.clock import SimulatedClock
from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import Operation, Org
from tests.simulator.engine.desk import Desk
from tests.simulator.engine.orgs import org_with

RECORD_TYPES = {
    "Opportunity": {
        "record_types": {
            "Wholesale": {"label": "Whole Sale", "default": True},
            "Retail": None,
            "Old": {"active": False},
        }
    }
}
CURRENCIES = {"multi_currency": {"corporate": "USD", "rates": {"EUR": 0.8, "JPY": 150}}}


@pytest.fixture
def persons() -> Iterator[Desk]:
    contact = {"fields": {"Loyalty__c": {"type": "text", "length": 20}}}
    with org_with(features={"person_accounts": True}, objects={"Contact": contact}) as desk:
        yield desk


@pytest.mark.parametrize(
    "query",
    [
        "SELECT RecordTypeId FROM Opportunity",
        "SELECT CurrencyIsoCode FROM Order",
        "SELECT IsPersonAccount FROM Account",
        "SELECT LastName FROM Account",
        "SELECT Id FROM CurrencyType",
    ],
)
def test_without_the_feature_its_fields_do_not_exist(admin: Desk, query: str) -> None:
    """Whoever asks for them gets the error of a misspelled name."""
    with pytest.raises(SalesforceError) as caught:
        admin.rows(query)
    assert caught.value.code in ("INVALID_FIELD", "INVALID_TYPE")


def test_an_unknown_feature_is_refused_with_the_org() -> None:
    """A misspelled one would otherwise be silently off."""
    with pytest.raises(ValueError, match="unknown features: persons"):
        Org.from_description({"name": "x", "features": {"persons": 1}}, clock=SimulatedClock())


@pytest.mark.parametrize("many", [{"rates": {"EUR": 1}}, {"corporate": "USD", "rates": {"EUR": 0}}])
def test_currencies_need_a_corporate_one_and_rates(many: dict[str, Any]) -> None:
    """Nothing could be converted otherwise."""
    description = {"name": "x", "features": {"multi_currency": many}}
    with pytest.raises(ValueError, match="corporate currency, and rates"):
        Org.from_description(description, clock=SimulatedClock())


# Record types


def opportunity(**values: Any) -> dict[str, Any]:
    """What every opportunity needs, and these values."""
    return {"Name": "O", "StageName": "Prospecting", "CloseDate": "2026-11-22", **values}


def test_a_record_gets_the_default_record_type() -> None:
    """Unless it names one; queries reach it through RecordType."""
    with org_with(objects=RECORD_TYPES) as desk:
        retail = desk.column("SELECT Id FROM RecordType WHERE DeveloperName = 'Retail'")[0]
        assert retail.startswith("012")
        desk.create("Opportunity", **opportunity())
        desk.create("Opportunity", **opportunity(RecordTypeId=retail))
        names = desk.rows("SELECT RecordType.Name FROM Opportunity ORDER BY RecordType.Name")
        assert [each["RecordType"]["Name"] for each in names] == ["Retail", "Whole Sale"]


def test_a_record_type_must_be_one_of_the_object_and_active() -> None:
    """Salesforce's words name the id."""
    with org_with(objects=RECORD_TYPES) as desk:
        old = desk.column("SELECT Id FROM RecordType WHERE DeveloperName = 'Old'")[0]
        error = desk.refused_create("Opportunity", **opportunity(RecordTypeId=old))
        assert (error.code, error.fields) == ("INVALID_CROSS_REFERENCE_KEY", ("RecordTypeId",))
        assert error.message == f"Record Type ID: this ID value isn't valid for the user: {old}"


def test_an_object_has_one_default_record_type() -> None:
    """Two would leave it to chance."""
    types = {"A": {"default": True}, "B": {"default": True}}
    with (
        pytest.raises(ValueError, match="several default record types: A, B"),
        org_with(objects={"Account": {"record_types": types}}),
    ):
        pass


def test_a_describe_lists_the_record_types_and_the_master() -> None:
    """The master is the default only where no other is."""
    with org_with(objects=RECORD_TYPES) as desk:
        infos = desk.org.describe(desk.user, "Opportunity", "64.0")["recordTypeInfos"]
        shown = [
            (each["developerName"], each["name"], each["active"], each["defaultRecordTypeMapping"])
            for each in infos
        ]
        assert shown == [
            ("Wholesale", "Whole Sale", True, True),
            ("Retail", "Retail", True, False),
            ("Old", "Old", False, False),
            ("Master", "Master", True, False),
        ]
        assert infos[-1]["recordTypeId"] == "012000000000000AAA"
        account = desk.org.describe(desk.user, "Account", "64.0")["recordTypeInfos"]
        assert [(each["master"], each["defaultRecordTypeMapping"]) for each in account] == [
            (True, True)
        ]


# Currencies


def test_with_several_currencies_every_record_has_one() -> None:
    """That of the user who makes it, or the corporate one; others than declared are refused."""
    users = [
        {"username": "admin@small.example", "role": "admin"},
        {"username": "bridge@small.example", "currency": "EUR"},
    ]
    with org_with(features=CURRENCIES, users=users) as desk:
        clerk = Desk(desk.org, desk.org.users["bridge@small.example"])
        desk.create("Account", Name="A")
        clerk.create("Account", Name="B")
        clerk.create("Account", Name="C", CurrencyIsoCode="JPY")
        codes = desk.column("SELECT CurrencyIsoCode FROM Account ORDER BY Name")
        assert codes == ["USD", "EUR", "JPY"]
        error = desk.refused_create("Account", Name="D", CurrencyIsoCode="GBP")
        assert error.code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
        default = "SELECT DefaultCurrencyIsoCode FROM User ORDER BY Username"
        assert desk.column(default) == ["USD", "EUR"]


def test_the_currencies_and_their_rates_can_be_queried() -> None:
    """CurrencyType, one row for each."""
    with org_with(features=CURRENCIES) as desk:
        assert desk.org.default_currency == "USD"
        rows = desk.rows(
            "SELECT IsoCode, ConversionRate, DecimalPlaces FROM CurrencyType "
            "WHERE IsActive = true ORDER BY IsoCode"
        )
        assert rows == [
            {"IsoCode": "EUR", "ConversionRate": 0.8, "DecimalPlaces": 2},
            {"IsoCode": "JPY", "ConversionRate": 150.0, "DecimalPlaces": 0},
            {"IsoCode": "USD", "ConversionRate": 1.0, "DecimalPlaces": 2},
        ]
        assert desk.column("SELECT IsoCode FROM CurrencyType WHERE IsCorporate = true") == ["USD"]


def test_products_of_an_order_are_in_its_currency() -> None:
    """A price of another currency is refused; with products the order's is settled."""
    with org_with(features=CURRENCIES) as desk:
        account = desk.create("Account", Name="A")
        product = desk.create("Product2", Name="Mug", IsActive=True)
        book = desk.column("SELECT Id FROM Pricebook2 WHERE IsStandard = TRUE")[0]
        entries = {
            code: desk.create(
                "PricebookEntry",
                Pricebook2Id=book,
                Product2Id=product,
                UnitPrice=1,
                IsActive=True,
                CurrencyIsoCode=code,
            )
            for code in ("USD", "EUR")
        }
        order = desk.create(
            "Order",
            AccountId=account,
            Status="Draft",
            EffectiveDate="2026-11-22",
            Pricebook2Id=book,
            CurrencyIsoCode="EUR",
        )
        item = {"OrderId": order, "Quantity": 1, "UnitPrice": 1}
        error = desk.refused_create("OrderItem", **item, PricebookEntryId=entries["USD"])
        assert error.code == "FIELD_INTEGRITY_EXCEPTION"
        desk.create("OrderItem", **item, PricebookEntryId=entries["EUR"])
        assert desk.column("SELECT CurrencyIsoCode FROM OrderItem") == ["EUR"]
        error = desk.refused_update("Order", order, CurrencyIsoCode="USD")
        assert error.fields == ("CurrencyIsoCode",)
        error = desk.refused_update("PricebookEntry", entries["EUR"], CurrencyIsoCode="USD")
        assert error.code == "INVALID_FIELD_FOR_INSERT_UPDATE"


# Person accounts


def test_a_last_name_makes_a_person_with_a_contact(persons: Desk) -> None:
    """Name is made of its parts; the contact has the same values, custom ones too."""
    account = persons.create(
        "Account",
        FirstName="Ann",
        LastName="Lee",
        PersonEmail="ann@lee.example",
        PersonMailingCity="Reno",
        Loyalty__pc="gold",
    )
    row = persons.rows(
        "SELECT Name, IsPersonAccount, PersonContactId, RecordType.DeveloperName, "
        "PersonContact.Email FROM Account"
    )[0]
    contact = row.pop("PersonContactId")
    assert row == {
        "Name": "Ann Lee",
        "IsPersonAccount": True,
        "RecordType": {"DeveloperName": "PersonAccount"},
        "PersonContact": {"Email": "ann@lee.example"},
    }
    assert persons.rows(
        "SELECT Id, AccountId, Name, IsPersonAccount, MailingCity, Loyalty__c FROM Contact"
    ) == [
        {
            "Id": contact,
            "AccountId": account,
            "Name": "Ann Lee",
            "IsPersonAccount": True,
            "MailingCity": "Reno",
            "Loyalty__c": "gold",
        }
    ]


def test_a_company_in_the_same_org_stays_a_company(persons: Desk) -> None:
    """It has a name, no contact, and none of a person's fields."""
    company = persons.create("Account", Name="Acme")
    assert persons.rows("SELECT IsPersonAccount, PersonContactId, LastName FROM Account") == [
        {"IsPersonAccount": False, "PersonContactId": None, "LastName": None}
    ]
    error = persons.refused_update("Account", company, PersonEmail="a@b.example")
    assert (error.code, error.fields) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ("PersonEmail",))
    assert persons.refused_create("Account", Phone="1").fields == ("Name",)


def test_a_persons_name_is_written_through_its_parts(persons: Desk) -> None:
    """Name itself is refused, and a person needs a last name."""
    person = persons.create("Account", LastName="Lee")
    persons.update("Account", person, FirstName="Bo")
    assert persons.column("SELECT Name FROM Account") == ["Bo Lee"]
    assert persons.column("SELECT FirstName FROM Contact") == ["Bo"]
    error = persons.refused_update("Account", person, Name="X")
    assert (error.code, error.fields) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ("Name",))
    record_type = persons.column("SELECT Id FROM RecordType WHERE IsPersonType = true")[0]
    error = persons.refused_create("Account", RecordTypeId=record_type, FirstName="Bo")
    assert (error.code, error.fields) == ("REQUIRED_FIELD_MISSING", ("LastName",))


def test_a_person_cannot_become_a_company(persons: Desk) -> None:
    """Nor the other way round, by changing the record type."""
    person = persons.create("Account", LastName="Lee")
    business = persons.column("SELECT Id FROM RecordType WHERE IsPersonType = false")[0]
    error = persons.refused_update("Account", person, RecordTypeId=business)
    assert error.code == "INVALID_PERSON_ACCOUNT_OPERATION"


def test_a_persons_contact_goes_where_the_person_goes(persons: Desk) -> None:
    """It cannot be changed or deleted by itself; it leaves and comes back with the account."""
    person = persons.create("Account", LastName="Lee")
    contact = persons.column("SELECT Id FROM Contact")[0]
    for operation in (
        Operation("update", "Contact", contact, {"Title": "Dr"}),
        Operation("delete", "Contact", contact),
    ):
        assert persons.refusal(operation).code == "INVALID_PERSON_ACCOUNT_OPERATION"
    persons.delete("Account", person)
    assert persons.column("SELECT Id FROM Contact") == []
    assert persons.save(Operation("undelete", "Account", person))[0].success
    assert persons.column("SELECT Id FROM Contact") == [contact]


def test_an_order_may_go_to_the_contact_of_a_person(persons: Desk) -> None:
    """ShipToContact leads to it."""
    person = persons.create("Account", LastName="Lee", PersonMailingCity="Reno")
    contact = persons.column("SELECT Id FROM Contact")[0]
    persons.create(
        "Order",
        AccountId=person,
        Status="Draft",
        EffectiveDate="2026-11-22",
        ShipToContactId=contact,
    )
    row = persons.rows("SELECT ShipToContact.MailingCity, Account.IsPersonAccount FROM Order")[0]
    assert row == {"ShipToContact": {"MailingCity": "Reno"}, "Account": {"IsPersonAccount": True}}

"""Errors that say what to do: from every kind of answer that an org or a network gives."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import MaxRetryError, NameResolutionError

from fulfillment_bridge.errors import (
    BridgeError,
    Misconfigured,
    OverBudget,
    Reauthenticate,
    Rejected,
    Retry,
    Suspended,
)
from fulfillment_bridge.salesforce import faults
from fulfillment_bridge.salesforce.catalogue import codes, meanings, nearest_codes
from fulfillment_bridge.salesforce.fault_kind import Fault
from fulfillment_bridge.salesforce.faults import ApiError, QueryRefused, explain
from fulfillment_bridge.salesforce.json_text import dumps, parse_datetime, plain_record
from fulfillment_bridge.salesforce.record_ids import is_record_id, long_id
from fulfillment_bridge.salesforce.rest import Query
from tests.salesforce.orgs import TestOrg

NO_COLUMN = (
    "\nSELECT Id, Trackin__c FROM Order\n           ^\nERROR at Row:1:Column:12\n"
    "No such column 'Trackin__c' on entity 'Order'. If you are attempting to use a custom field, "
    "be sure to append the '__c' after the custom field name."
)


EVERY_FAULT = [meaning.fault for code in codes() for meaning in meanings(code)]
# What an integration meets at the least: each has an entry of its own.
WANTED = """
LOGIN_MUST_USE_SECURITY_TOKEN INVALID_LOGIN INVALID_OPERATION INSUFFICIENT_ACCESS
INVALID_OPERATION_WITH_EXPIRED_PASSWORD PASSWORD_LOCKOUT LOGIN_DURING_RESTRICTED_DOMAIN
LOGIN_DURING_RESTRICTED_TIME API_DISABLED_FOR_ORG API_CURRENTLY_DISABLED INVALID_SESSION_ID
UNSUPPORTED_API_VERSION REQUEST_LIMIT_EXCEEDED INVALID_FIELD INVALID_TYPE MALFORMED_QUERY
QUERY_TIMEOUT REQUIRED_FIELD_MISSING INVALID_FIELD_FOR_INSERT_UPDATE
FIELD_CUSTOM_VALIDATION_EXCEPTION STRING_TOO_LONG INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST
UNABLE_TO_LOCK_ROW DUPLICATES_DETECTED DUPLICATE_VALUE ENTITY_IS_DELETED ENTITY_IS_LOCKED
INSUFFICIENT_ACCESS_OR_READONLY INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY
CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY STORAGE_LIMIT_EXCEEDED SERVER_UNAVAILABLE ORG_IN_MAINTENANCE
invalid_grant invalid_client invalid_client_id invalid_app_access unsupported_grant_type
OAUTH_APP_BLOCKED TLS DNS PROXY TIMEOUT CONNECT CONNECTION_LOST
"""


def test_every_code_that_an_integration_meets_has_an_entry() -> None:
    """Nobody is left alone with a bare code."""
    assert set(WANTED.split()) - set(codes()) == set()


def test_one_code_with_several_meanings_tells_them_apart_by_its_text() -> None:
    """A day's quota takes hours to fall, too many calls at once are over in a moment."""
    total = ApiError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    text = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    at_once = ApiError("REQUEST_LIMIT_EXCEEDED", text)
    assert type(faults.refused(total, doing="x")) is OverBudget
    assert type(faults.refused(at_once, doing="x")) is Retry
    refused = faults.login_refused("invalid_grant", "audience is invalid", connection="x")
    assert "audience" in refused.remedy
    assert len(meanings("invalid_grant")) > 5
    assert [each.situation for each in meanings("INSUFFICIENT_ACCESS")] == [
        "when it answers a login",
        "anywhere else",
    ]


def test_a_code_that_was_mistyped_is_found() -> None:
    """People type what they remember of a message."""
    assert nearest_codes("invalid_login") == ("INVALID_LOGIN",)
    assert nearest_codes("INVALID_LOGN")[0] == "INVALID_LOGIN"
    assert "LOGIN_MUST_USE_SECURITY_TOKEN" in nearest_codes("security token")
    assert nearest_codes("xyzzy") == ()


@pytest.mark.parametrize("fault", EVERY_FAULT, ids=lambda f: f.code)
def test_every_entry_says_what_it_means_and_what_to_do(fault: Fault) -> None:
    """Plain sentences for people who never saw the code before."""
    assert fault.meaning.endswith(".")
    assert fault.remedy.endswith((".", ")"))
    assert fault.tried_again.endswith(".")
    assert issubclass(fault.error, BridgeError)
    if fault.error is Suspended:
        assert not fault.again


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("INVALID_LOGIN", Suspended),
        ("LOGIN_MUST_USE_SECURITY_TOKEN", Suspended),
        ("INVALID_OPERATION", Suspended),
        ("INSUFFICIENT_ACCESS", Suspended),
        ("PASSWORD_LOCKOUT", Suspended),
        ("API_CURRENTLY_DISABLED", Suspended),
        ("API_DISABLED_FOR_ORG", Suspended),
        ("LOGIN_DURING_RESTRICTED_DOMAIN", Suspended),
        ("LOGIN_DURING_RESTRICTED_TIME", Retry),
        ("SERVER_UNAVAILABLE", Retry),
        ("ORG_IN_MAINTENANCE", Retry),
        ("REQUEST_LIMIT_EXCEEDED", OverBudget),
        ("SOMETHING_NEW", Suspended),
    ],
)
def test_what_a_login_code_leads_to(code: str, kind: type[BridgeError]) -> None:
    """Refusals are never tried again blindly, passing troubles are."""
    problem = faults.login_refused(code, "raw text", connection="acme_org")
    assert type(problem) is kind
    assert problem.raw == "raw text"
    assert problem.message.startswith(f"acme_org: login refused ({code})")


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, [{"errorCode": "INVALID_SESSION_ID", "message": "x"}], Reauthenticate, None),
        (401, {"errorCode": "INVALID_SESSION_ID", "message": "x"}, Reauthenticate, None),
        (401, "<response><error>Invalid Token</error></response>", Reauthenticate, None),
        (403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "x"}], OverBudget, None),
        (403, [{"errorCode": "API_CURRENTLY_DISABLED", "message": "x"}], Suspended, None),
        (403, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "x"}], Misconfigured, None),
        (400, [{"errorCode": "MALFORMED_QUERY", "message": "x"}], Rejected, None),
        (400, [{"errorCode": "QUERY_TIMEOUT", "message": "x"}], Retry, None),
        (400, [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "x"}], Retry, None),
        (400, [{"errorCode": "BRAND_NEW", "message": "x"}], Rejected, "BRAND_NEW"),
        (500, [{"errorCode": "BRAND_NEW", "message": "x"}], Retry, "BRAND_NEW"),
        (503, "<html><body>Down for <b>maintenance</b></body></html>", Retry, "SERVER_UNAVAILABLE"),
        (302, "", Retry, "UNREADABLE_ANSWER"),
        (200, "<html>portal</html>", Retry, "UNREADABLE_ANSWER"),
        (404, [{"errorCode": "NOT_FOUND", "message": "x"}], Rejected, None),
        (400, [], Retry, "UNREADABLE_ANSWER"),
        (400, [None, 5], Retry, "UNREADABLE_ANSWER"),
        (400, None, Retry, "UNREADABLE_ANSWER"),
    ],
)
def test_answers_of_every_shape_become_our_errors(
    status: int, body: Any, kind: type[BridgeError], code: str | None
) -> None:
    """Lists, objects, XML, HTML and nothing at all: none of them crashes the reader."""
    problem = faults.from_answer(status, body, doing="acme_org: query")
    assert type(problem) is kind
    if code:
        assert problem.code == code
    assert "<" not in problem.raw or status == 401


@pytest.mark.parametrize(
    ("code", "text", "entity", "column", "place"),
    [
        ("INVALID_FIELD", NO_COLUMN, "Order", "Trackin__c", (1, 12)),
        (
            "INVALID_FIELD",
            "No such column 'foo' on sobject of type Bar__c",
            "Bar__c",
            "foo",
            (None, None),
        ),
        (
            "INVALID_FIELD",
            "\nx\n^\nERROR at Row:2:Column:5\n"
            "Didn't understand relationship 'Acct__r' in field path.",
            "",
            "Acct__r",
            (2, 5),
        ),
        (
            "INVALID_FIELD",
            "field 'Description' can not be filtered in a query call",
            "",
            "Description",
            (None, None),
        ),
        (
            "INVALID_TYPE",
            "\nx\n^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not supported.",
            "XYZZY",
            "",
            (1, 21),
        ),
        (
            "MALFORMED_QUERY",
            "\nx\n^\nERROR at Row:1:Column:9\nunexpected token: 'x'",
            "",
            "",
            (1, 9),
        ),
    ],
)
def test_a_refused_query_is_taken_apart(
    code: str, text: str, entity: str, column: str, place: tuple[int | None, int | None]
) -> None:
    """Entity, column, row and position stand ready for whoever knows the workbook."""
    problem = faults.refused(ApiError(code, text), doing="acme_org: query")
    assert isinstance(problem, QueryRefused)
    assert (problem.entity, problem.column) == (entity, column)
    assert (problem.row, problem.position) == place
    assert problem.raw == text
    for name in (entity, column):
        assert name in problem.message


def test_several_errors_of_one_answer_are_all_told() -> None:
    """Two validation rules, two problems."""
    body = [
        {"errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "no ACME"},
        {"errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "no phone"},
    ]
    assert faults.from_answer(400, body, doing="x").problems == ("no ACME", "no phone")


def test_a_code_nobody_knows_is_explained_in_general_words() -> None:
    """New codes come with every release."""
    assert explain("BRAND_NEW").error is Rejected
    assert explain("BRAND_NEW", at_login=True).error is Suspended


@pytest.mark.parametrize(
    ("action", "code"), [("drop_before", "CONNECTION_LOST"), ("hold", "TIMEOUT")]
)
def test_broken_and_silent_connections(org: TestOrg, action: str, code: str) -> None:
    """Every call has a time-out, and a broken connection is told apart from it."""
    route = org.route.__class__(read_seconds=0.3)
    with org.connection(route=route) as connection:
        connection.login()
        org.fail(path="/composite", action=action)
        with pytest.raises(Retry) as caught:
            connection.read_all([Query("SELECT Id FROM Sale__c")], job="test")
    assert caught.value.code == code


def test_an_answer_that_is_no_json_is_waited_out(org: TestOrg) -> None:
    """A portal between us and the org answers 200 with a page."""
    with org.connection() as connection:
        connection.login()
        for body in ("<html>portal</html>", "", "[]", '{"compositeResponse": []}', "null"):
            rule = org.fail(path="/composite", action="status", status=200, body=body)
            with pytest.raises(Retry) as caught:
                connection.read_all([Query("SELECT Id FROM Sale__c")], job="test")
            assert caught.value.code == "UNREADABLE_ANSWER"
            org.server.faults.remove([rule])


def test_names_that_do_not_resolve_are_told_apart_from_closed_ports() -> None:
    """A misspelled host is the operator's business; nothing was sent in either case."""
    pool = HTTPSConnectionPool("login.salesforce.example")
    with closing(HTTPSConnection("login.salesforce.example")) as connection:
        reason = NameResolutionError(pool.host, connection, socket.gaierror(-2, "unknown"))
    unresolved = requests.ConnectionError(MaxRetryError(pool, "/", reason))
    assert faults.from_network(unresolved, doing="x").code == "DNS"
    with requests.Session() as session:
        session.trust_env = False
        with pytest.raises(requests.ConnectionError) as caught:
            session.get("http://127.0.0.1:9/", timeout=5)
    assert faults.from_network(caught.value, doing="x").code == "CONNECT"
    assert not any(map(faults.may_have_arrived, (unresolved, caught.value)))


def test_numbers_and_dates_are_written_as_json_exactly() -> None:
    """No float in between: 0.1 stays 0.1, however many digits there are."""
    value = {
        "a": Decimal("12345678901234567.89"),
        "b": Decimal("1E+2"),
        "c": [True, None, 1, 'Ü"\\\n'],
        "d": date(2026, 11, 22),
        "e": datetime(2026, 11, 22, 9, 0, 0, 5000, tzinfo=UTC),
    }
    text = dumps(value).decode()
    assert '"a":12345678901234567.89,"b":100,' in text
    read = json.loads(text)
    assert read["c"] == value["c"]
    assert (read["d"], read["e"]) == ("2026-11-22", "2026-11-22T09:00:00.005Z")
    for wrong in (Decimal("NaN"), float("inf"), datetime(2026, 1, 1)):  # noqa: DTZ001
        with pytest.raises(ValueError, match=r".+"):
            dumps(wrong)


def test_records_are_freed_of_the_wires_decoration() -> None:
    """Parents too; whole numbers become Decimal, booleans stay what they are."""
    record = {"attributes": {"type": "X"}, "Id": "1", "N": 5, "B": True}
    parent = {"attributes": {"type": "Y"}, "M": Decimal("1.5")}
    assert plain_record({**record, "P": parent, "Q": None}) == {
        "Id": "1",
        "N": Decimal(5),
        "B": True,
        "P": {"M": Decimal("1.5")},
        "Q": None,
    }
    assert parse_datetime("2026-11-22T10:00:00.000+0100") == datetime(2026, 11, 22, 9, tzinfo=UTC)


def test_short_ids_get_their_long_form() -> None:
    """Upper and lower case matter in the short form; the long one survives Excel."""
    assert long_id("001D000000IRFma") == "001D000000IRFmaIAH"
    assert long_id("001D000000IRFmaIAH") == "001D000000IRFmaIAH"
    assert long_id("not an id") == "not an id"
    assert is_record_id("001D000000IRFma")
    assert not is_record_id("001D000000IRFm'")

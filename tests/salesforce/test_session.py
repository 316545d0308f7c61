"""One session for everybody, and no second try where it does harm."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from fulfillment_bridge.errors import BridgeError, Misconfigured, OverBudget, Retry, Suspended
from fulfillment_bridge.logs import Redaction
from fulfillment_bridge.salesforce.login_faults import (
    CREDENTIALS_REFUSED,
    OTHER_ORGANIZATION,
    SESSION_REFUSED,
)
from fulfillment_bridge.salesforce.memory import TransientMemory
from fulfillment_bridge.salesforce.rest import Connection, Query
from fulfillment_bridge.simulator.server import SimulatorServer
from tests.salesforce.orgs import TestOrg, open_org

SALES = Query("SELECT Id FROM Sale__c")


def read(connection: Connection) -> None:
    connection.read_all([SALES], job="test")


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


def test_sixteen_threads_share_one_login(
    org: TestOrg, connection: Connection, threads: ThreadPoolExecutor
) -> None:
    """However many threads ask at once, the org sees one login."""
    list(threads.map(lambda _: read(connection), range(48)))
    assert (org.logins(), len(org.data_requests())) == (1, 48)


def test_an_expired_session_is_renewed_once_for_all_threads(
    org: TestOrg, connection: Connection, threads: ThreadPoolExecutor
) -> None:
    """Sixteen threads that meet an expired session log in once and all get their answer."""
    read(connection)
    org.handle.tenant.sessions.expire()
    list(threads.map(lambda _: read(connection), range(48)))
    assert org.logins() == 2


def test_a_session_that_stays_invalid_costs_two_requests(
    org: TestOrg, connection: Connection
) -> None:
    """A 401 with a fresh session suspends the connection instead of going round in circles."""
    read(connection)
    org.fail(path="/composite", action="error", status=401, code="INVALID_SESSION_ID")
    before = len(org.data_requests())
    with pytest.raises(Suspended) as caught:
        read(connection)
    assert caught.value.code == SESSION_REFUSED
    assert (len(org.data_requests()) - before, org.logins()) == (2, 2)
    with pytest.raises(Suspended):
        read(connection)
    assert (len(org.data_requests()) - before, org.logins()) == (2, 2)


def test_an_xml_body_of_a_401_means_an_expired_session_too(
    org: TestOrg, connection: Connection
) -> None:
    """Some 401s come as XML; they are answered by a new login like any other."""
    body = "<response><error>Failed: Invalid Token</error></response>"
    org.fail(path="/composite", action="status", status=401, body=body, times=1)
    read(connection)
    assert org.logins() == 2


REFUSALS = [
    "INVALID_LOGIN",
    "LOGIN_MUST_USE_SECURITY_TOKEN",
    "PASSWORD_LOCKOUT",
    "INSUFFICIENT_ACCESS",
    "INVALID_OPERATION",
    "API_CURRENTLY_DISABLED",
    "API_DISABLED_FOR_ORG",
    "LOGIN_DURING_RESTRICTED_DOMAIN",
    "UNSUPPORTED_API_VERSION",
    "ORG_LOCKED",
    "NEVER_HEARD_OF",
]


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refused_login_is_tried_exactly_once(
    org: TestOrg, threads: ThreadPoolExecutor, code: str
) -> None:
    """Whoever asks afterwards is told from memory; the org is never asked again."""
    memory = TransientMemory()
    org.fail(path="/services/Soap", action="error", code=code, message="as the org words it")
    with org.connection(memory) as connection:
        problems = list(threads.map(lambda _: _problem_of(connection), range(16)))
    with org.connection(memory) as later:
        problems.append(_problem_of(later))
    assert org.logins() == 1
    assert {type(problem) for problem in problems} == {Suspended}
    assert {problem.code for problem in problems} == {code}
    assert all(problem.remedy for problem in problems)


@pytest.mark.parametrize(
    "code", ["SERVER_UNAVAILABLE", "ORG_IN_MAINTENANCE", "LOGIN_DURING_RESTRICTED_TIME"]
)
def test_a_login_that_may_work_later_is_not_suspended(org: TestOrg, code: str) -> None:
    """These pass by themselves: the next run tries again and gets in."""
    org.fail(path="/services/Soap", action="error", code=code, times=1)
    with org.connection() as connection:
        problem = _problem_of(connection)
        assert (type(problem), problem.code) == (Retry, code)
        read(connection)
    assert org.logins() == 2


def test_threads_that_waited_for_a_failing_login_share_its_error(
    org: TestOrg, connection: Connection, threads: ThreadPoolExecutor
) -> None:
    """While the org is away, a crowd of threads does not make an attempt each."""
    org.fail(path="/services/Soap", action="error", code="SERVER_UNAVAILABLE")
    held = org.fail(path="/services/Soap", action="hold", times=1)
    first = threads.submit(_problem_of, connection)
    org.server.faults.wait(held, hits=1, timeout=20)
    ready = threading.Barrier(13)

    def ask() -> BridgeError:
        ready.wait(20)
        return _problem_of(connection)

    others = [threads.submit(ask) for _ in range(12)]
    ready.wait(20)
    rule = org.server.faults.find(held)
    assert rule is not None
    rule.release()
    problems = [each.result() for each in [first, *others]]
    assert {problem.code for problem in problems} == {"SERVER_UNAVAILABLE"}
    assert org.logins() < 13


def test_other_credentials_end_a_suspension(org: TestOrg) -> None:
    """Once the secret is corrected the connection works again, and nobody has to resume it."""
    memory = TransientMemory()
    wrong = replace(org.credentials, password="mistyped")
    with org.connection(memory, credentials=wrong) as connection:
        assert _problem_of(connection).code == "INVALID_LOGIN"
    with org.connection(memory) as corrected:
        read(corrected)
    assert memory.suspension() is None


def test_a_process_that_still_has_the_old_password_does_not_try_it_again(org: TestOrg) -> None:
    """Otherwise each good login would let in one more bad one, up to a lock-out."""
    memory = TransientMemory()
    wrong = replace(org.credentials, password="mistyped")
    with org.connection(memory, credentials=wrong) as old, org.connection(memory) as corrected:
        assert _problem_of(old).code == "INVALID_LOGIN"
        read(corrected)
        for _ in range(3):
            assert _problem_of(old).code == CREDENTIALS_REFUSED
        read(corrected)
    assert org.logins() == 2


def test_credentials_are_read_anew_for_each_login(org: TestOrg) -> None:
    """What a person corrects meanwhile is used by processes that run; a live session stays."""
    memory = TransientMemory()
    known = [replace(org.credentials, password="mistyped")]
    with org.connection(memory, credentials=lambda: known[-1]) as connection:
        for _ in range(3):
            assert _problem_of(connection).code == "INVALID_LOGIN"
        known.append(org.credentials)
        read(connection)
        assert (memory.suspension(), org.logins()) == (None, 2)
        known.append(replace(org.credentials, password="mistyped as well"))
        read(connection)
        org.handle.tenant.sessions.expire()
        assert _problem_of(connection).code == "INVALID_LOGIN"
    assert org.logins() == 3


def test_what_an_error_page_repeats_is_masked(org: TestOrg) -> None:
    """Whoever reads the trouble must not read the secret."""
    body = f"<html>Bad request: {org.handle.consumer_secret}</html>"
    org.fail(path="/services/oauth2/token", action="status", status=502, body=body)
    hidden = Redaction([org.handle.consumer_secret]).apply
    with org.connection(credentials=org.app_credentials, mask=hidden) as connection:
        assert "Bad request: [secret]" in _problem_of(connection).raw


def test_remedies_name_our_own_addresses_where_they_are_known(org: TestOrg) -> None:
    """Nobody has to find out what to write into Network Access."""
    without_token = replace(org.credentials, security_token="")
    addresses = ("203.0.113.7", "203.0.113.8")
    with org.connection(credentials=without_token, outgoing_addresses=addresses) as connection:
        assert "calls from: 203.0.113.7, 203.0.113.8." in _problem_of(connection).remedy


def test_a_login_that_lands_in_another_org_is_suspended(
    org: TestOrg, simulator: SimulatorServer
) -> None:
    """The connection belongs to the org of its first login, whatever the host leads to later."""
    memory = TransientMemory()
    with org.connection(memory) as connection:
        read(connection)
    with open_org(simulator) as other, other.connection(memory) as connection:
        problem = _problem_of(connection)
        assert (type(problem), problem.code) == (Suspended, OTHER_ORGANIZATION)
        assert other.handle.organization_id in problem.message
        assert not other.data_requests()
    assert memory.organization_id() == org.handle.organization_id


def test_an_expired_password_suspends_after_a_login_that_works(org: TestOrg) -> None:
    """Salesforce lets an expired password in, to refuse every later call."""
    login = org.fail(path="/services/Soap", action="status", status=200, body=EXPIRED)
    with org.connection() as connection:
        problem = _problem_of(connection)
    assert (type(problem), login > 0) == (Suspended, True)
    assert problem.code == "INVALID_OPERATION_WITH_EXPIRED_PASSWORD"


def test_a_user_without_api_access_is_suspended_in_the_middle_of_work(
    org: TestOrg, connection: Connection
) -> None:
    """A right that is taken away later stops the connection just as at login."""
    read(connection)
    org.fail(path="/composite", action="error", status=403, code="API_CURRENTLY_DISABLED")
    assert type(_problem_of(connection)) is Suspended
    before = len(org.requests())
    org.handle.tenant.sessions.expire()
    assert connection.memory.suspension() is not None
    assert len(org.requests()) == before


def test_the_used_up_quota_is_waited_for(org: TestOrg, connection: Connection) -> None:
    """At the org's limit a call raises OverBudget and is not counted as ours."""
    read(connection)
    org.handle.org.settings.daily_api_limit = 1
    assert type(_problem_of(connection)) is OverBudget
    assert _memory(connection).calls == {"login": 1, "test": 1}


def test_calls_and_the_orgs_usage_are_remembered(org: TestOrg, connection: Connection) -> None:
    """Our own count per job agrees with what the org charged us."""
    read(connection)
    connection.limits(job="status")
    connection.versions()
    charged = org.server.log.usage(org=org.handle.name)["by_client"]
    assert charged == {
        "fulfillment_bridge/login": 1,
        "fulfillment_bridge/test": 1,
        "fulfillment_bridge/status": 1,
    }
    memory = _memory(connection)
    assert memory.calls == {"login": 1, "test": 1, "status": 1}
    assert memory.usage == (3, org.handle.org.settings.daily_api_limit)


def test_a_read_whose_connection_broke_is_repeated_once(
    org: TestOrg, connection: Connection
) -> None:
    """A broken connection is nothing to bother anybody with, if it works the next time."""
    org.fail(path="/composite", action="drop_before", times=1)
    read(connection)
    org.fail(path="/composite", action="drop_before")
    assert _problem_of(connection).code == "CONNECTION_LOST"
    assert len(org.requests("/composite")) == 4


def test_plain_http_is_for_this_machine_alone(org: TestOrg) -> None:
    """A host elsewhere is refused before a password leaves the house."""
    credentials = replace(org.credentials, host="http://login.salesforce.example")
    with org.connection(credentials=credentials) as connection:
        problem = _problem_of(connection)
    assert (type(problem), problem.code) == (Misconfigured, "PLAIN_HTTP")


def test_nothing_is_taken_from_the_environment(
    org: TestOrg, monkeypatch: pytest.MonkeyPatch, connection: Connection
) -> None:
    """Proxies and authorities come from config.yaml only."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/at/all.pem")
    read(connection)
    assert org.logins() == 1


def test_secrets_are_neither_printed_nor_logged(
    org: TestOrg, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """Even with every logger at DEBUG no password, token or session shows."""
    with caplog.at_level(logging.DEBUG):
        read(connection)
    login = connection.login()
    shown = caplog.text + repr(connection.options) + repr(login)
    for secret in (org.handle.password, org.handle.security_token, login.session_id):
        assert secret not in shown


def test_the_same_credentials_have_the_same_fingerprint_and_others_another(org: TestOrg) -> None:
    """The fingerprint tells changed credentials and gives nothing of them away."""
    mine = org.credentials
    shown = mine.fingerprint("a")
    assert shown == replace(mine).fingerprint("a")
    assert shown != replace(mine, security_token="x").fingerprint("a")
    assert shown != mine.fingerprint("b")
    moved = replace(mine, password=mine.password + "x", security_token=mine.security_token[1:])
    assert shown != moved.fingerprint("a")


def _problem_of(connection: Connection) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        read(connection)
    return caught.value


def _memory(connection: Connection) -> TransientMemory:
    assert isinstance(connection.memory, TransientMemory)
    return connection.memory


EXPIRED = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    '<loginResponse xmlns="urn:partner.soap.sforce.com"><result>'
    "<passwordExpired>true</passwordExpired><sandbox>false</sandbox>"
    "<serverUrl>https://example.my.salesforce.com/services/Soap/u/64.0/00D</serverUrl>"
    "<sessionId>00D!secret</sessionId><userInfo><organizationId>00D000000000001</organizationId>"
    "</userInfo></result></loginResponse></e:Body></e:Envelope>"
)

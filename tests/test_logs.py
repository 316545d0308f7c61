"""Log lines: one document each, with what is bound in the thread, without secrets."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from fulfillment_bridge.logs import QUIET, Redaction, bound, configure_logs, get_log, masked

SECRETS = ("pa55 <word>&\"ü'", "tok/en+99")


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    """Leave logging as it was found."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in QUIET}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    structlog.reset_defaults()


@pytest.fixture
def out() -> io.StringIO:
    """Where the log goes."""
    return io.StringIO()


def documents(out: io.StringIO) -> list[dict[str, Any]]:
    """The lines, read."""
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_one_json_document(out: io.StringIO) -> None:
    """With level and time in UTC; a line break in a value makes no second line."""
    configure_logs(format="json", stream=out)
    get_log(cart="acme").info("orders stored", new=2, note="one\ntwo")
    (line,) = documents(out)
    stamp = datetime.fromisoformat(line.pop("at"))
    assert stamp.utcoffset() is not None
    assert line == {
        "event": "orders stored",
        "level": "info",
        "cart": "acme",
        "new": 2,
        "note": "one\ntwo",
    }


def test_what_is_bound_belongs_to_its_thread(out: io.StringIO) -> None:
    """Two jobs at once do not mix, and afterwards nothing is left."""
    configure_logs(format="json", stream=out)
    both = threading.Barrier(2)

    def work(job: str) -> None:
        with bound(job=job, target=f"{job}-target"):
            both.wait(30)
            get_log().info("at work")

    threads = [threading.Thread(target=work, args=(job,)) for job in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    get_log().info("after")
    assert sorted((d.get("job", ""), d.get("target", "")) for d in documents(out)) == [
        ("", ""),
        ("one", "one-target"),
        ("two", "two-target"),
    ]


def test_a_level_keeps_lines_out(out: io.StringIO) -> None:
    """Ours and the libraries' alike."""
    configure_logs(format="json", level="warning", stream=out)
    get_log().info("small talk")
    logging.getLogger("some.library").info("small talk")
    logging.getLogger("some.library").warning("%s happened", "it")
    assert [(d["event"], d["library"]) for d in documents(out)] == [("it happened", "some.library")]


def test_libraries_that_print_passwords_never_speak_at_debug(out: io.StringIO) -> None:
    """Not even where everything else does."""
    configure_logs(format="json", level="debug", stream=out)
    for name in ("zeep.transports", "urllib3.connectionpool", "simple_salesforce.api"):
        logging.getLogger(name).debug("<password>hunter2</password>")
    get_log().debug("ours")
    assert [d["event"] for d in documents(out)] == ["ours"]


def test_a_traceback_is_part_of_its_line(out: io.StringIO) -> None:
    """Without the values of variables."""
    configure_logs(format="json", stream=out)
    local_value = "of no concern"
    try:
        _ = 1 / len(local_value[99:])
    except ZeroDivisionError:
        get_log().exception("job broke off")
    (line,) = documents(out)
    assert "ZeroDivisionError" in line["exception"]
    assert local_value not in line["exception"].replace('"of no concern"', "")


@pytest.mark.parametrize("format", ["json", "console"])
def test_a_known_secret_is_masked_in_whatever_way_it_is_written(
    out: io.StringIO, format: str
) -> None:
    """In events, values, tracebacks and the lines of libraries."""
    kind = "json" if format == "json" else "console"
    configure_logs(format=kind, secrets=SECRETS, stream=out)  # type: ignore[arg-type]  # a str
    for secret in SECRETS:
        get_log().info(f"as text {secret}", value=secret, inside={"a": [secret]})
        logging.getLogger("library").warning("as xml %s", secret.replace("<", "&lt;"))
        try:
            raise ValueError(secret)
        except ValueError:
            get_log().exception("broke off")
    for secret in SECRETS:
        assert secret not in out.getvalue()
        assert json.dumps(secret)[1:-1] not in out.getvalue()
    assert "[secret]" in out.getvalue()


@given(st.text(min_size=4), st.text(), st.text())
def test_no_secret_survives_redaction(secret: str, before: str, after: str) -> None:
    """Wherever in a text it stands."""
    masked = Redaction([secret]).apply(f"{before}\0{secret}\0{after}")
    assert f"\0{secret}\0" not in masked


def test_short_secrets_do_not_mask_ordinary_words() -> None:
    """Three letters say nothing anyway; ones learned later are masked too."""
    redaction = Redaction(["", "abc"])
    assert redaction.apply("abc session-1") == "abc session-1"
    redaction.add(["session-1"])
    assert redaction.apply("abc session-1") == "abc [secret]"


SESSION = "00D5g000004AbCd!AQcAQH0dMHZfz972Szmpkb.58urFRkg_eBGxJL_QJjwOpX"
ASSERTION = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIzTVZHOSJ9.c2lnbmF0dXJl_x-y"


@pytest.mark.parametrize(
    "written",
    [
        f"<sessionId>{SESSION}</sessionId>",
        f"sid={SESSION.replace('!', '%21')}",
        f"Bearer {SESSION.replace('00D5g000004AbCd', '00D5g000004AbCdEAA')}",
        f"assertion={ASSERTION}&grant_type=x",
        "Authorization: Bearer 0123456789abcdef",
    ],
)
def test_sessions_and_assertions_are_known_by_their_form(written: str) -> None:
    """A library may log an answer before we have read what is secret in it."""
    shown = Redaction().apply(f"before {written} after")
    for part in (SESSION.partition("!")[2], ASSERTION.split(".")[2], "0123456789abcdef"):
        assert part not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


def test_the_org_of_a_session_and_ordinary_words_stay() -> None:
    """What is masked too eagerly helps nobody to find a fault."""
    text = "org 00D5g000004AbCdEAA! Bearer of news; eyJust.a.name 00D5g000004AbCd!short"
    assert Redaction().apply(text) == text


def test_each_line_of_a_key_is_masked(out: io.StringIO) -> None:
    """A key may be cut into its lines by whatever prints it."""
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nAAECggEBAKkJ38dh3h3d8\n-----END"
    configure_logs(format="json", secrets=[key], stream=out)
    assert masked("line 2: AAECggEBAKkJ38dh3h3d8") == "line 2: [secret]"
    assert masked("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----"

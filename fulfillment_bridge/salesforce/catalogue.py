"""Every error code we know: what it means, who must act, and whether we try again."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fulfillment_bridge.errors import Suspended
from fulfillment_bridge.salesforce.connection_faults import ON_THE_WAY
from fulfillment_bridge.salesforce.fault_kind import ADMIN, OPERATOR, Fault
from fulfillment_bridge.salesforce.login_faults import AT_LOGIN, LOGIN_REFUSED, OURS
from fulfillment_bridge.salesforce.oauth_faults import OAUTH
from fulfillment_bridge.salesforce.record_faults import READING, WRITING

_AT_LOGIN = (*AT_LOGIN, *OAUTH)
_ELSEWHERE = (*LOGIN_REFUSED, *OURS, *ON_THE_WAY, *READING, *WRITING)


@dataclass(frozen=True)
class Meaning:
    """One thing a code can mean; ``situation`` tells when, empty where there is no other."""

    situation: str
    fault: Fault


def _general(faults: Iterable[Fault]) -> dict[str, Fault]:
    return {fault.code: fault for fault in faults if not fault.says}


def _particular(faults: Iterable[Fault]) -> dict[str, tuple[Fault, ...]]:
    found: dict[str, tuple[Fault, ...]] = {}
    for fault in faults:
        if fault.says:
            found[fault.code] = (*found.get(fault.code, ()), fault)
    return found


CATALOGUE: Mapping[str, Fault] = _general(_ELSEWHERE)
_LOGIN_CATALOGUE = _general(_AT_LOGIN)
_PARTICULAR = _particular((*_AT_LOGIN, *_ELSEWHERE))


def explain(code: str, text: str = "", *, at_login: bool = False) -> Fault:
    """What a code means, together with Salesforce's text where that tells more.

    A general entry comes back for a code that is not in the catalogue.
    """
    for fault in _PARTICULAR.get(code, ()):
        if fault.says in text:
            return fault
    if at_login:
        return _LOGIN_CATALOGUE.get(code) or CATALOGUE.get(code) or _unknown_at_login(code)
    return CATALOGUE.get(code) or _unknown(code)


def codes() -> tuple[str, ...]:
    """Every code, those of logging in first, each once."""
    ordered = (*LOGIN_REFUSED, *AT_LOGIN, *OAUTH, *ON_THE_WAY, *READING, *WRITING, *OURS)
    return tuple(dict.fromkeys(fault.code for fault in ordered))


def meanings(code: str) -> tuple[Meaning, ...]:
    """Everything a code can mean; () for one that is not in the catalogue."""
    return tuple(_meanings(code))


def explain_pasted(text: str) -> tuple[Meaning, ...]:
    """Everything that a code, or a whole message with one in it, can mean; () without any.

    Where the text tells which of several meanings it is, only that one.
    """
    by_lower = {code.lower(): code for code in codes()}
    words = [word.strip("_") for word in re.findall(r"\w+", text)]
    code = next((by_lower[word.lower()] for word in words if word.lower() in by_lower), None)
    found = meanings(code) if code else ()
    told = tuple(each for each in found if each.fault.says and each.fault.says in text)
    return told or found


def nearest_codes(word: str) -> tuple[str, ...]:
    """The codes that look most like a word, whatever its case."""
    by_lower = {code.lower(): code for code in codes()}
    wanted = "_".join(word.lower().split())
    if wanted in by_lower:
        return (by_lower[wanted],)
    found = difflib.get_close_matches(wanted, by_lower, n=3, cutoff=0.55)
    found += [lower for lower in by_lower if wanted in lower and lower not in found]
    return tuple(by_lower[lower] for lower in found[:5])


def _meanings(code: str) -> Iterator[Meaning]:
    at_login, elsewhere = _LOGIN_CATALOGUE.get(code), CATALOGUE.get(code)
    if at_login:
        yield Meaning("when it answers a login" if elsewhere else "", at_login)
    if elsewhere:
        yield Meaning("anywhere else" if at_login else "", elsewhere)
    for fault in _PARTICULAR.get(code, ()):
        yield Meaning(f"when the text says “{fault.says}”", fault)


def _unknown_at_login(code: str) -> Fault:
    # Never tried again by itself: some unknown codes may count towards a lock-out.
    meaning = "Salesforce does not let this user in; see its own words."
    remedy = "Look at Setup > Users > the integration user > Login History for the reason."
    return Fault(code, meaning, ADMIN, remedy, Suspended)


def _unknown(code: str) -> Fault:
    return Fault(code, "Salesforce refuses this; see its own words.", OPERATOR, "")

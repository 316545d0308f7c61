"""Sessions of the users of one org, and the rules of getting in."""

from __future__ import annotations

import hmac
import secrets
import string
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import Org, User

ALPHABET = string.ascii_letters + string.digits + "._"
SECRET_LENGTH = 96
LOCKED_FOR = timedelta(minutes=15)

BAD_LOGIN = "Invalid username, password, security token; or user locked out."
WRONG_PLACE = (
    "Invalid username, password, security token; or user locked out. Are you at a new location? "
    "When accessing Salesforce--either via a desktop client or the API--from outside of your "
    "company’s trusted networks, you must add a security token to your password to log in. To "
    "get your new security token, log in to Salesforce. From your personal settings, enter "
    "Reset My Security Token in the Quick Find box, then select Reset My Security Token."
)
LOGIN_DISABLED = (
    "SOAP API login() is disabled by default in this org. Contact the org administrator to "
    "enable SOAP API login()."
)


@dataclass
class Session:
    """A session of a user, opened by SOAP login or for an application."""

    token: str = field(repr=False)
    user: User
    application: str
    opened_at: datetime
    last_used: datetime
    open: bool = True


@dataclass
class Sessions:
    """The sessions of an org. One user has one live session per way of getting in."""

    org: Org
    _by_token: dict[str, Session] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, user: User, application: str = "") -> Session:
        """The user's live session, the same for everyone who logs in as this user, or a new one."""
        with self._lock:
            for session in self._by_token.values():
                same = session.user is user and session.application == application
                if same and self._is_live(session):
                    session.last_used = self.org.clock.now()
                    return session
            now = self.org.clock.now()
            session = Session(self._new_token(), user, application, opened_at=now, last_used=now)
            self._by_token[session.token] = session
            return session

    def find(self, token: str | None) -> Session | None:
        """The live session of this id; using it keeps it alive."""
        with self._lock:
            session = self._by_token.get(token or "")
            if session is None or not self._is_live(session):
                return None
            session.last_used = self.org.clock.now()
            return session

    def peek(self, token: str) -> Session | None:
        """The live session of this id; looking does not keep it alive."""
        with self._lock:
            session = self._by_token.get(token)
            return session if session is not None and self._is_live(session) else None

    def owner(self, token: str | None) -> str | None:
        """Whose session this is or was; for the request log."""
        with self._lock:
            session = self._by_token.get(token or "")
            return session.user.username if session else None

    def close(self, token: str) -> None:
        """End a session, for everyone who shares it."""
        with self._lock:
            if session := self._by_token.get(token):
                session.open = False

    def expire(self, username: str | None = None, *, application: str | None = None) -> int:
        """End the sessions of a user, of an application, or all; how many were live."""
        with self._lock:
            wanted = [
                session
                for session in self._by_token.values()
                if (username is None or session.user.username.lower() == username.lower())
                and application in (None, session.application)
            ]
            live = sum(self._is_live(session) for session in wanted)
            for session in wanted:
                session.open = False
            return live

    def _is_live(self, session: Session) -> bool:
        idle = self.org.clock.now() - session.last_used
        seconds = self.org.settings.session_seconds
        return session.open and session.user.is_active and idle < timedelta(seconds=seconds)

    def _new_token(self) -> str:
        secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH))
        return f"{self.org.organization_id[:15]}!{secret}"


@dataclass
class LoginDesk:
    """Checks user names and passwords, and locks out who guesses."""

    org: Org
    _failures: Counter[str] = field(default_factory=Counter)
    _locked_at: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, username: str, password: str) -> User:
        """The user who may come in by SOAP login; raises SalesforceError with login's faults."""
        user = self.org.users.get(username.lower())
        if user is None or not user.is_active or self._is_locked(user):
            raise SalesforceError("INVALID_LOGIN", BAD_LOGIN)
        if not self.org.settings.soap_login_enabled:
            raise SalesforceError("INVALID_OPERATION", LOGIN_DISABLED)
        self._check_password(user, password)
        self._check_permissions(user)
        with self._lock:
            self._failures.pop(user.username, None)
        return user

    def identify(self, username: str, password: str) -> User:
        """The user whose password (with token) this is; raises SalesforceError. No login yet."""
        user = self.org.users.get(username.lower())
        if user is None or self._is_locked(user):
            raise SalesforceError("INVALID_LOGIN", BAD_LOGIN)
        self._check_password(user, password)
        return user

    def unlock(self, username: str) -> None:
        """Forget the failed attempts of a user."""
        user = self.org.users.get(username.lower())
        with self._lock:
            if user:
                self._failures.pop(user.username, None)
                self._locked_at.pop(user.username, None)

    def _check_password(self, user: User, given: str) -> None:
        if _same(given, user.password + user.security_token):
            return
        if _same(given, user.password):
            if not self.org.settings.security_token_required:
                return
            raise SalesforceError("LOGIN_MUST_USE_SECURITY_TOKEN", WRONG_PLACE)
        self._note_failure(user)
        raise SalesforceError("INVALID_LOGIN", BAD_LOGIN)

    def _check_permissions(self, user: User) -> None:
        check_api_access(self.org, user, soap=True)
        if self.org.settings.any_api_auth_enforced and not user.has("UseAnyApiAuth"):
            message = "insufficient access: the user lacks the permission Use Any API Auth"
            raise SalesforceError("INSUFFICIENT_ACCESS", message)

    def _note_failure(self, user: User) -> None:
        with self._lock:
            self._failures[user.username] += 1
            if self._failures[user.username] >= self.org.settings.lockout_after:
                self._failures.pop(user.username)
                self._locked_at[user.username] = self.org.clock.now()

    def _is_locked(self, user: User) -> bool:
        with self._lock:
            since = self._locked_at.get(user.username)
            return since is not None and self.org.clock.now() - since < LOCKED_FOR


def check_api_access(org: Org, user: User, *, soap: bool = False) -> None:
    """Raise SalesforceError when the org or the user may not use the API at all."""
    if not org.settings.api_enabled:
        text = (
            "API is not enabled for this Organization or Partner"
            if soap
            else "The REST API is not enabled for this Organization."
        )
        raise SalesforceError("API_DISABLED_FOR_ORG", text, http_status=403)
    if not user.has("ApiEnabled"):
        text = "API is disabled for this User"
        raise SalesforceError("API_CURRENTLY_DISABLED", text, http_status=403)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())

"""Errors of logging in and of the way to Salesforce. Data only; ``faults.py`` looks it up.

``AT_LOGIN`` holds the codes that mean something else, or something worse, when they answer a login.
"""

from __future__ import annotations

from collections.abc import Mapping

from fulfillment_bridge.errors import (
    Misconfigured,
    OverBudget,
    Reauthenticate,
    Retry,
    Suspended,
)
from fulfillment_bridge.salesforce.fault_kind import ADMIN, NOBODY, OPERATOR, Fault

_WHERE_A_CODE_IS_WANTED = (
    "One of three: (1) log in to Salesforce as the integration user, open Settings > My Personal "
    "Information > Reset My Security Token, and store the new token as the connection's "
    "security_token (every password change makes a new one); (2) Setup > Profiles > the "
    "integration user's profile > Login IP Ranges: add the address this bridge calls from, then no "
    "token is needed; (3) Setup > Network Access > New: trust that address for the whole org. "
    "A user with 'API Only User' cannot reset a token, and the menu item is missing while the "
    "profile has login IP ranges: use (2) or (3) then. This message does not prove that the "
    "password was right."
)

LOGIN_REFUSED: tuple[Fault, ...] = (
    Fault(
        "INVALID_LOGIN",
        "Salesforce does not accept the username, password and security token together, or the "
        "user is locked out; it does not say which.",
        ADMIN,
        "In Setup > Users check that the integration user is active and not locked (Unlock), and "
        "open its Login History for the reason. Then correct username, password or "
        "security_token of the connection; a password change also made a new token. Sandbox users "
        "log in at https://test.salesforce.com with '.sandboxname' at the end of the username.",
        Suspended,
    ),
    Fault(
        "LOGIN_MUST_USE_SECURITY_TOKEN",
        "Salesforce wants a security token behind the password, because the address this bridge "
        "calls from is not one the org trusts; or the token is out of date.",
        ADMIN,
        _WHERE_A_CODE_IS_WANTED,
        Suspended,
    ),
    Fault(
        "PASSWORD_LOCKOUT",
        "Too many wrong passwords: Salesforce has locked the user out for a while.",
        ADMIN,
        "Setup > Users > the integration user > Unlock, correct the password of the connection, "
        "and resume it. Find out which other program still uses the old password.",
        Suspended,
    ),
    Fault(
        "INVALID_OPERATION_WITH_EXPIRED_PASSWORD",
        "The integration user's password has expired.",
        ADMIN,
        "Log in as the integration user and set a new password (it comes with a new security "
        "token), or give its profile 'Password Never Expires'; then update the connection.",
        Suspended,
    ),
    Fault(
        "API_CURRENTLY_DISABLED",
        "This user may not use the API.",
        ADMIN,
        "Setup > Permission Sets (or the user's profile) > System Permissions: tick 'API Enabled' "
        "for the integration user.",
        Suspended,
    ),
    Fault(
        "LOGIN_DURING_RESTRICTED_DOMAIN",
        "The user's profile allows logins from certain addresses only, and ours is not among them.",
        ADMIN,
        "Setup > Profiles > the integration user's profile > Login IP Ranges: add the address this "
        "bridge calls from.",
        Suspended,
    ),
    Fault(
        "ORG_LOCKED",
        "The whole org is locked.",
        ADMIN,
        "Ask Salesforce support why the org is locked; resume the connection afterwards.",
        Suspended,
    ),
    Fault(
        "TRIAL_EXPIRED",
        "The org was a trial and has ended.",
        ADMIN,
        "Buy or extend the org, or point the connection at another one.",
        Suspended,
    ),
    Fault(
        "LOGIN_CHALLENGE_ISSUED",
        "Salesforce asks for an identity confirmation that a program cannot give.",
        ADMIN,
        "Trust the address this bridge calls from: Setup > Network Access, or Login IP Ranges on "
        "the integration user's profile. Switch off multi-factor login for API logins of the user.",
        Suspended,
    ),
)

ON_THE_WAY: tuple[Fault, ...] = (
    Fault(
        "API_DISABLED_FOR_ORG",
        "The API is not enabled for this org or for this resource.",
        ADMIN,
        "The org's edition must include API access (Setup > Company Information > Edition). If "
        "only one resource is refused, the user lacks 'View Setup and Configuration'.",
        Misconfigured,
    ),
    Fault(
        "LOGIN_DURING_RESTRICTED_TIME",
        "The user's profile does not allow logins at this time of day.",
        ADMIN,
        "The bridge waits. To let it work around the clock: Setup > Profiles > the integration "
        "user's profile > Login Hours > Clear All Times.",
        Retry,
    ),
    Fault(
        "INVALID_SESSION_ID",
        "The session has expired or was ended.",
        "nobody",
        "Nothing; the bridge logs in again. If it happens all the time, another program logs out "
        "with the same user: give the bridge a user of its own.",
        Reauthenticate,
    ),
    Fault(
        "UNSUPPORTED_API_VERSION",
        "The org does not speak this version of the API (any more).",
        OPERATOR,
        "Update the bridge, or set api_version of the connection to one the org lists.",
        Misconfigured,
    ),
    Fault(
        "REQUEST_LIMIT_EXCEEDED",
        "The org has used up its API calls of the last 24 hours, or too many long calls run at "
        "once; all programs of the org share them.",
        ADMIN,
        "The bridge waits. Setup > System Overview > API Usage shows the total, Setup > API Usage "
        "Last 7 Days (report) which user needs so many. More can be bought from Salesforce.",
        OverBudget,
        again=True,
    ),
    Fault(
        "SERVER_UNAVAILABLE",
        "Salesforce is not available at this moment.",
        "nobody",
        NOBODY + " https://status.salesforce.com shows incidents by instance.",
        Retry,
        again=True,
    ),
    Fault(
        "ORG_IN_MAINTENANCE",
        "Salesforce is maintaining the org.",
        "nobody",
        NOBODY,
        Retry,
        again=True,
    ),
    Fault(
        "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        "The org is read-only during maintenance.",
        "nobody",
        NOBODY,
        Retry,
        again=True,
    ),
    Fault(
        "UNKNOWN_EXCEPTION",
        "Salesforce failed inside.",
        "nobody",
        NOBODY + " If it stays, give the error id in the text to Salesforce support.",
        Retry,
        again=True,
        narrower=True,
    ),
    Fault(
        "DNS",
        "The name of the Salesforce host could not be resolved.",
        OPERATOR,
        "Check the spelling of the connection's host and this machine's DNS. The bridge goes on "
        "trying.",
        Retry,
        again=True,
    ),
    Fault(
        "CONNECT",
        "No connection to the Salesforce host could be made.",
        OPERATOR,
        "Check that this machine may reach the host on port 443 (firewall, routing), or set "
        "'proxy' of the connection. The bridge goes on trying.",
        Retry,
        again=True,
    ),
    Fault(
        "TLS",
        "The certificate of the Salesforce host could not be verified.",
        OPERATOR,
        "If a company proxy opens TLS here, set 'ca_file' of the connection to its certificate "
        "authority; check this machine's clock and the spelling of the host.",
        Misconfigured,
    ),
    Fault(
        "PROXY",
        "The proxy of this connection could not be used.",
        OPERATOR,
        "Check 'proxy' of the connection and whether the proxy lets this host through.",
        Retry,
        again=True,
    ),
    Fault(
        "TIMEOUT",
        "Salesforce did not answer in time.",
        "nobody",
        NOBODY,
        Retry,
        again=True,
    ),
    Fault(
        "CONNECTION_LOST",
        "The connection broke before the answer was complete.",
        "nobody",
        NOBODY,
        Retry,
        again=True,
    ),
    Fault(
        "UNREADABLE_ANSWER",
        "The answer was not one Salesforce gives; something between us and Salesforce answered.",
        OPERATOR,
        "Check the connection's host and what stands between (proxy, captive portal). The bridge "
        "goes on trying.",
        Retry,
        again=True,
    ),
)


_OAUTH_REMEDY = (
    "Setup > External Client Apps > the bridge's app > Policies: enable the client credentials "
    "flow, set its Run As user, and compare consumer key and secret with the connection. The host "
    "of the connection must be the org's own My Domain."
)
_OAUTH: tuple[Fault, ...] = tuple(
    Fault(code, meaning, ADMIN, _OAUTH_REMEDY, Suspended)
    for code, meaning in (
        ("invalid_grant", "Salesforce does not give this app a session for its user."),
        ("invalid_client_id", "Salesforce does not know this consumer key."),
        ("invalid_client", "The consumer secret does not fit the consumer key."),
        ("invalid_app_access", "The user is not allowed to use this app."),
        ("unsupported_grant_type", "The org does not allow this way to log in."),
        ("OAUTH_APP_BLOCKED", "An administrator has blocked this app."),
    )
)

AT_LOGIN: Mapping[str, Fault] = {
    fault.code: fault
    for fault in (
        Fault(
            "INVALID_OPERATION",
            "The org does not allow logins over SOAP.",
            ADMIN,
            "Setup > User Interface > tick 'Enable SOAP API login()'; where it cannot be ticked, "
            "and before SOAP login ends on 2027-06-01 in any case, move the connection to "
            "login: client_credentials with an External Client App.",
            Suspended,
        ),
        Fault(
            "INSUFFICIENT_ACCESS",
            "The user may not log in over SOAP in this org.",
            ADMIN,
            "Give the integration user the permission 'Use Any API Auth' (Setup > Permission Sets "
            "> System Permissions), or move the connection to login: client_credentials.",
            Suspended,
        ),
        Fault(
            "API_DISABLED_FOR_ORG",
            "The API is not enabled for this org.",
            ADMIN,
            "The org's edition must include API access (Setup > Company Information > Edition).",
            Suspended,
        ),
        Fault(
            "UNSUPPORTED_API_VERSION",
            "The org no longer offers SOAP login.",
            ADMIN,
            "Move the connection to login: client_credentials with an External Client App.",
            Suspended,
        ),
        *_OAUTH,
    )
}

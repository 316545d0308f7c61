"""Errors of sessions, of the org as a whole and of the way to it. Data only; see ``faults.py``."""

from __future__ import annotations

from fulfillment_bridge.errors import Misconfigured, OverBudget, Reauthenticate, Retry
from fulfillment_bridge.salesforce.fault_kind import ADMIN, NOBODY, OPERATOR, Fault

_IF_IT_STAYS = (
    " If it stays, look at https://status.salesforce.com, and at what stands between this machine "
    "and Salesforce (firewall, proxy)."
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
        "REQUEST_LIMIT_EXCEEDED",
        "Too many long calls run in the org at once (the day's calls are not used up).",
        "nobody",
        NOBODY + " If it happens often, look in Setup > System Overview for other programs whose "
        "calls take longer than 20 seconds; 25 of them may run at once.",
        Retry,
        again=True,
        says="Concurrent",
    ),
    Fault(
        "LOGIN_OAUTH_INVALID_TOKEN",
        "The session has expired or was ended.",
        "nobody",
        "Nothing; the bridge logs in again.",
        Reauthenticate,
    ),
    Fault(
        "INVALID_OPERATION",
        "The org does not allow this operation, or not on this record.",
        ADMIN,
        "See Salesforce's own words; at a login it means that SOAP login is switched off.",
    ),
    Fault(
        "EXCEEDED_MAX_SIZE_REQUEST",
        "A request was larger than the org takes.",
        OPERATOR,
        "Set page_size of the cart lower; the bridge goes on trying.",
        Misconfigured,
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
        "TLS",
        "The certificate of the Salesforce host has expired, or this machine's clock is wrong.",
        OPERATOR,
        "Compare this machine's clock with the real time (timedatectl). If it is right, something "
        "between us and Salesforce shows a certificate of its own that has expired: a company "
        "proxy has to renew it.",
        Misconfigured,
        says="certificate has expired",
    ),
    Fault(
        "TLS",
        "The certificate is not one for this host: another server answers in its place.",
        OPERATOR,
        "Correct host of the connection (login.salesforce.com, test.salesforce.com, or the org's "
        "My Domain as Setup > My Domain shows it). If it is right, look at this machine's DNS and "
        "at what stands between (proxy, captive portal).",
        Misconfigured,
        says="certificate is not valid for",
    ),
    Fault(
        "PROXY",
        "The proxy wants to know who we are.",
        OPERATOR,
        "Ask whoever runs the proxy to let this machine through without a login, or for another "
        "proxy; then set 'proxy' of the connection.",
        Retry,
        again=True,
        says="407",
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
        NOBODY + _IF_IT_STAYS,
        Retry,
        again=True,
    ),
    Fault(
        "TIMEOUT",
        "No connection to the Salesforce host came about in time: something swallows our packets.",
        OPERATOR,
        "Check that this machine may reach the host on port 443 (firewall, routing), or set "
        "'proxy' of the connection. The bridge goes on trying.",
        Retry,
        again=True,
        says="connect timeout=",
    ),
    Fault(
        "CONNECTION_LOST",
        "The connection broke before the answer was complete.",
        "nobody",
        NOBODY + _IF_IT_STAYS,
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

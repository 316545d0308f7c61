"""Errors of logging in. Data only; ``faults.py`` looks it up.

``AT_LOGIN`` holds the codes that mean something else, or something worse, when they answer a login.
"""

from __future__ import annotations

from fulfillment_bridge.errors import Misconfigured, OverBudget, Suspended
from fulfillment_bridge.salesforce.fault_kind import ADMIN, OPERATOR, Fault

OTHER_ORGANIZATION = "OTHER_ORGANIZATION"
SESSION_REFUSED = "SESSION_REFUSED"
CREDENTIALS_REFUSED = "CREDENTIALS_REFUSED"
KEY = "KEY"
API_BUDGET = "API_BUDGET"

OUR_ADDRESS = "the address this bridge calls from"
"""Where a remedy says this, the addresses are added that config.yaml knows."""

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
        "Setup > Profiles > the integration user's profile > Login IP Ranges > New: add the "
        "address this bridge calls from.",
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
        "ORG_NOT_OWNED_BY_INSTANCE",
        "The org lives elsewhere now: Salesforce has moved it.",
        OPERATOR,
        "Set host of the connection to the org's My Domain (Setup > My Domain), which moves along "
        "with the org, or to https://login.salesforce.com; then resume the connection.",
        Suspended,
    ),
    Fault(
        "LOGIN_CHALLENGE_PENDING",
        "Salesforce still waits for an identity confirmation that a program cannot give.",
        ADMIN,
        "Trust the address this bridge calls from: Setup > Network Access > New, or Login IP "
        "Ranges on the integration user's profile; then resume the connection.",
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

OURS: tuple[Fault, ...] = (
    Fault(
        OTHER_ORGANIZATION,
        "The login leads to another org than the one this connection belongs to.",
        OPERATOR,
        "Correct host and username of the connection. If the merchant really moved to another "
        "org, give that org a connection and a cart of its own, so that the orders of the two "
        "never mix. Then resume this connection.",
        Suspended,
    ),
    Fault(
        SESSION_REFUSED,
        "The org does not accept the session it has just given us.",
        ADMIN,
        "Give the integration user 'API Enabled'; in Setup > Session Settings look at 'Lock "
        "sessions to the IP address from which they originated'; check that no other program logs "
        "out with the same user. Then resume the connection.",
        Suspended,
    ),
    Fault(
        CREDENTIALS_REFUSED,
        "The org refused exactly these credentials before, and others have worked since.",
        OPERATOR,
        "Restart this process where it was given its credentials at its start (environment, "
        "systemd), so that it reads the new ones; or say that these are right "
        "after all with `fulfillment-bridge connections resume NAME`.",
        Suspended,
    ),
    Fault(
        KEY,
        "The key file of a connection with login: jwt cannot be used.",
        OPERATOR,
        "It must be an RSA key in PEM form without a passphrase, whose certificate the External "
        "Client App knows (Settings > OAuth Settings > Use Digital Signatures).",
        Misconfigured,
    ),
    Fault(
        API_BUDGET,
        "The org has used so many of its API calls that this bridge leaves the rest to the org's "
        "other programs.",
        ADMIN,
        "Nothing is lost: the bridge goes on when the org's usage has fallen below resume_at of "
        "the connection's budget. Setup > System Overview > API Usage shows the total; the report "
        "API Usage Last 7 Days shows which user needs so many. More can be bought from Salesforce.",
        OverBudget,
    ),
)

AT_LOGIN: tuple[Fault, ...] = (
    Fault(
        "INVALID_OPERATION",
        "The org does not allow logins over SOAP.",
        ADMIN,
        "Setup > User Interface > tick 'Enable SOAP API login()'; where it cannot be ticked, "
        "and before SOAP login ends on 2027-06-01 in any case, move the connection to "
        "login: client_credentials or jwt with an External Client App.",
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
)

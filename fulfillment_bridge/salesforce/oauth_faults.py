"""Errors of logging in over OAuth. Data only; ``faults.py`` looks it up.

One code, ``invalid_grant``, covers most of them: the description tells them apart.
"""

from __future__ import annotations

from fulfillment_bridge.errors import Suspended
from fulfillment_bridge.salesforce.fault_kind import ADMIN, OPERATOR, Actor, Fault

_APP = "Setup > External Client App Manager > the bridge's app"
_GENERAL = (
    f"{_APP} > Policies: for client credentials enable the flow and choose a Run As user; for jwt "
    "allow the integration user (Permitted Users: admin approved users are pre-authorized, and a "
    "permission set of the user's). Compare consumer_key, and consumer_secret or key_file, with "
    "the app. Client credentials need the org's own My Domain as host. The user's Login History "
    "in Setup > Users often says more."
)


def _fault(code: str, meaning: str, remedy: str, says: str = "", who: Actor = ADMIN) -> Fault:
    return Fault(code, meaning, who, remedy, Suspended, says=says)


OAUTH: tuple[Fault, ...] = (
    _fault("invalid_grant", "Salesforce does not give this app a session for its user.", _GENERAL),
    _fault(
        "invalid_grant",
        "The app has no Run As user, or the client credentials flow is not enabled for it.",
        f"{_APP} > Policies > OAuth Flows and External Client App Enhancements: tick Enable Client "
        "Credentials Flow and choose the integration user as Run As.",
        says="no client credentials user enabled",
    ),
    _fault(
        "invalid_grant",
        "Client credentials are not accepted at this host.",
        "Set host of the connection to the org's own My Domain (Setup > My Domain), such as "
        "https://acme.my.salesforce.com, not login.salesforce.com or test.salesforce.com.",
        says="request not supported on this domain",
        who=OPERATOR,
    ),
    _fault(
        "invalid_grant",
        "The user has not been allowed to use the app, or there is no such user.",
        f"{_APP} > Policies > Permitted Users: Admin approved users are pre-authorized; then give "
        "the integration user a permission set or profile listed there. Compare username of the "
        "connection (sandbox users end in .sandboxname).",
        says="hasn't approved this consumer",
    ),
    _fault(
        "invalid_grant",
        "The assertion was made for the wrong kind of org.",
        "Set host of the connection to the org's My Domain, or audience to "
        "https://login.salesforce.com (production) or https://test.salesforce.com (sandbox).",
        says="audience is invalid",
        who=OPERATOR,
    ),
    _fault(
        "invalid_grant",
        "The assertion cannot be verified: the key does not belong to the app's certificate.",
        f"{_APP} > Settings > OAuth Settings > Use Digital Signatures: upload the certificate that "
        "was made together with key_file of the connection, and look whether it has expired. "
        "Compare consumer_key.",
        says="invalid assertion",
    ),
    _fault(
        "invalid_grant",
        "The assertion had expired when it arrived: the clocks differ by minutes.",
        "Set this machine's clock by a time server (timedatectl set-ntp true).",
        says="expired authorization code",
        who=OPERATOR,
    ),
    _fault(
        "invalid_grant",
        "The user is not active.",
        "Setup > Users > the integration user > Edit > tick Active.",
        says="inactive user",
    ),
    _fault(
        "invalid_grant",
        "The refresh token is not valid any more.",
        "Use client_credentials or jwt as login of the connection; neither needs one.",
        says="expired access/refresh token",
        who=OPERATOR,
    ),
    _fault(
        "invalid_client_id",
        "Salesforce does not know this consumer key.",
        f"{_APP} > Settings > OAuth Settings > Consumer Key and Secret: copy the key into the "
        "secret that consumer_key names. A new app is known everywhere after about ten minutes.",
    ),
    _fault(
        "invalid_client",
        "The consumer secret does not fit the consumer key.",
        f"{_APP} > Settings > OAuth Settings > Consumer Key and Secret: copy the secret into the "
        "secret that consumer_secret names.",
    ),
    _fault(
        "invalid_app_access",
        "An administrator has not allowed the user to use this app.",
        f"{_APP} > Policies: add the integration user's profile or a permission set of the "
        "user's to those who may use the app.",
    ),
    _fault(
        "unsupported_grant_type",
        "The org does not allow this way to log in.",
        f"{_APP} > Settings > OAuth Settings > Flow Enablement: enable the flow that login of the "
        "connection names (client credentials, or JWT bearer).",
    ),
    _fault(
        "invalid_request",
        "Salesforce does not understand the request for a session.",
        "Check host of the connection; between us and Salesforce something may change requests.",
        who=OPERATOR,
    ),
    _fault(
        "OAUTH_APP_BLOCKED",
        "An administrator has blocked this app.",
        "Setup > Connected Apps OAuth Usage > the bridge's app > Unblock; new orgs block old "
        "connected apps, so make an External Client App there.",
    ),
)

"""The REST API of a simulated org: versions, sessions, limits, and the way to each resource."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fulfillment_bridge.simulator import (
    composite,
    composite_graph,
    query_resource,
    record_changes,
    record_collections,
    record_resource,
    record_tree,
)
from fulfillment_bridge.simulator.bulk import resource as bulk_resource
from fulfillment_bridge.simulator.call import HTML_TYPE, Answer, Call
from fulfillment_bridge.simulator.errors import SalesforceError, not_found
from fulfillment_bridge.simulator.org import User
from fulfillment_bridge.simulator.resource import (
    RestRequest,
    Route,
    answer_with,
    method_not_allowed,
)
from fulfillment_bridge.simulator.sessions import check_api_access
from fulfillment_bridge.simulator.tenant import Tenant

OLDEST_VERSION = 31
NEWEST_VERSION = 68
FIRST_YEAR_OF_OLDEST = 14
SEASONS = ("Summer", "Winter", "Spring")
# One release was typed with a curly quote, and still is.
CURLY_QUOTE_IN = 42
VERSION = re.compile(r"v(\d{1,3})\.0")
ROOT = ("services", "data")
RECORD_COUNT_SINCE = 40
OAUTH_ERROR = "1703"
UNAUTHORIZED_XML = (
    '<?xml version="1.0" encoding="UTF-8"?><response><faultcode>LOGIN_OAUTH_INVALID_TOKEN('
    "db=1703,api=LOGIN_OAUTH_INVALID_TOKEN)</faultcode><error>Failed: Invalid Token</error>"
    "</response>"
)
LIMIT_REACHED = "TotalRequests Limit exceeded."

LIMITS = {
    "AnalyticsExternalDataSizeMB": 40960,
    "ConcurrentAsyncGetReportInstances": 200,
    "ConcurrentEinsteinDataInsightsStoryCreation": 5,
    "ConcurrentEinsteinDiscoveryStoryCreation": 2,
    "ConcurrentSyncReportRuns": 20,
    "DailyAnalyticsDataflowJobExecutions": 60,
    "DailyAnalyticsUploadedFilesSizeMB": 51200,
    "DailyAsyncApexExecutions": 250000,
    "DailyBulkApiRequests": 15000,
    "DailyBulkV2QueryFileStorageMB": 976562,
    "DailyDurableGenericStreamingApiEvents": 10000,
    "DailyDurableStreamingApiEvents": 10000,
    "DailyGenericStreamingApiEvents": 10000,
    "DailyStandardVolumePlatformEvents": 10000,
    "DailyStreamingApiEvents": 10000,
    "DailyWorkflowEmails": 195,
    "DataStorageMB": 1024,
    "DurableStreamingApiConcurrentClients": 20,
    "FileStorageMB": 1024,
    "HourlyAsyncReportRuns": 1200,
    "HourlyDashboardRefreshes": 200,
    "HourlyDashboardResults": 5000,
    "HourlyDashboardStatuses": 999999999,
    "HourlyLongTermIdMapping": 100000,
    "HourlyODataCallout": 1000,
    "HourlyPublishedPlatformEvents": 50000,
    "HourlyPublishedStandardVolumePlatformEvents": 1000,
    "HourlyShortTermIdMapping": 100000,
    "HourlySyncReportRuns": 500,
    "HourlyTimeBasedWorkflow": 50,
    "MassEmail": 5000,
    "MonthlyPlatformEvents": 300000,
    "Package2VersionCreates": 6,
    "PermissionSets": 1500,
    "SingleEmail": 5000,
    "StreamingApiConcurrentClients": 20,
}


def versions() -> list[dict[str, str]]:
    """What GET /services/data/ lists: every live version, oldest first."""
    return [_version(number) for number in range(OLDEST_VERSION, NEWEST_VERSION + 1)]


def _version(number: int) -> dict[str, str]:
    releases = number - OLDEST_VERSION
    # Three releases a year; each winter release carries the number of the coming year.
    year = FIRST_YEAR_OF_OLDEST + (releases + 2) // 3
    quote = "’" if number == CURLY_QUOTE_IN else "'"
    label = f"{SEASONS[releases % 3]} {quote}{year:02d}"
    return {"label": label, "url": f"/services/data/v{number}.0", "version": f"{number}.0"}


def root(request: RestRequest) -> Answer:
    """The resources of a version."""
    names = ("sobjects", "query", "queryAll", "limits", "recent", "composite", "jobs")
    return Answer(200, {name: f"{request.root}/{name}" for name in names})


def limits(request: RestRequest) -> Answer:
    """What the org may use a day, and what is left of it."""
    if not request.user.has("ViewSetup"):
        text = "limits resource is not enabled"
        raise SalesforceError("API_DISABLED_FOR_ORG", text, http_status=403)
    allowed = request.tenant.org.settings.daily_api_limit
    left = max(0, allowed - request.tenant.calls_used())
    found: dict[str, Any] = {"DailyApiRequests": {"Max": allowed, "Remaining": left}}
    found |= {name: {"Max": most, "Remaining": most} for name, most in LIMITS.items()}
    for name, (most, remaining) in request.tenant.bulk.left_today().items():
        found[name] = {"Max": most, "Remaining": remaining}
    return Answer(200, dict(sorted(found.items())))


def record_count(request: RestRequest) -> Answer:
    """How many records the objects have, all of them unless `sObjects` names some."""
    if request.version < RECORD_COUNT_SINCE:
        raise not_found()
    tenant = request.tenant
    names = tenant.object_names(request.user)
    given = request.call.query.get("sObjects")
    wanted = sorted(names) if given is None else [each.strip().lower() for each in given.split(",")]
    counted = []
    for name in [names[each] for each in wanted if each in names]:
        sobject = tenant.org.schema.get(name)
        if sobject is not None and not sobject.virtual:
            soql = f"SELECT COUNT() FROM {name}"  # noqa: S608 - a name of the schema
            count = tenant.org.query(tenant.admin_user, soql).total_size
            counted.append({"count": count, "name": name})
    return Answer(200, {"sObjects": counted})


def recent(request: RestRequest) -> Answer:
    """The records that were looked at in the browser: none, there is none here."""
    return Answer(200, [])


ROUTES = (
    Route("limits", {"GET": limits}),
    Route("limits/recordCount", {"GET": record_count}),
    Route("recent", {"GET": recent}),
    *query_resource.ROUTES,
    *composite.ROUTES,
    *composite_graph.ROUTES,
    *record_collections.ROUTES,
    *record_tree.ROUTES,
    *record_changes.ROUTES,
    *record_resource.ROUTES,
    *bulk_resource.ROUTES,
)


@dataclass(frozen=True)
class RestApi:
    """Everything below /services/data of one org."""

    tenant: Tenant

    def answer(self, call: Call) -> Answer:
        """The answer to a call, whoever makes it."""
        if call.segments == ROOT:
            return self._versions(call)
        try:
            answer = self._answer_user(call, self._user(call))
        except SalesforceError as error:
            answer = _refused(call, error)
        answer.headers["Sforce-Limit-Info"] = self.tenant.limit_info()
        return answer

    def _versions(self, call: Call) -> Answer:
        if call.method in ("GET", "HEAD"):
            return Answer(200, versions())
        error = method_not_allowed(call.method, ("GET",))
        return Answer(error.http_status, error.rest_body())

    def _user(self, call: Call) -> User:
        session = self.tenant.sessions.find(call.bearer)
        if session is None:
            text = "Session expired or invalid"
            raise SalesforceError("INVALID_SESSION_ID", text, http_status=401)
        check_api_access(self.tenant.org, session.user)
        return session.user

    def _answer_user(self, call: Call, user: User) -> Answer:
        if not self.tenant.charge(user):
            raise SalesforceError("REQUEST_LIMIT_EXCEEDED", LIMIT_REACHED, http_status=403)
        answer = self.dispatch(call, user)
        answer.charged += 1
        return answer

    def dispatch(self, call: Call, user: User) -> Answer:
        """The answer of a resource, refusals included; charges nothing."""
        try:
            version, segments = _version_and_rest(call)
            request = RestRequest(
                self.tenant, user, version, call, lambda sub: self.dispatch(sub, user)
            )
            return answer_with(ROUTES, request, segments) if segments else root(request)
        except SalesforceError as error:
            return Answer(error.http_status, error.rest_body())


def _refused(call: Call, error: SalesforceError) -> Answer:
    """The answer to a call that reaches no resource."""
    if error.http_status != 401:
        return Answer(error.http_status, error.rest_body())
    headers = {"WWW-Authenticate": "Token"}
    if call.method != "POST" or call.content_type == "application/json":
        return Answer(401, error.rest_body(), headers=headers)
    # Real orgs answer a POST that brings no JSON with XML, and call it HTML.
    headers["Sfdc-OAuth-Error"] = OAUTH_ERROR
    return Answer(401, text=UNAUTHORIZED_XML, content_type=HTML_TYPE, headers=headers)


def _version_and_rest(call: Call) -> tuple[int, tuple[str, ...]]:
    segments = call.segments
    if segments[:2] != ROOT or len(segments) < 3:
        raise not_found()
    if segments[2].lower() == "latest":
        return NEWEST_VERSION, segments[3:]
    match = VERSION.fullmatch(segments[2])
    if not match or int(match[1]) > NEWEST_VERSION:
        raise not_found()
    if int(match[1]) < OLDEST_VERSION:
        text = f"API version {match[1]}.0 has been retired"
        raise SalesforceError("UNSUPPORTED_API_VERSION", text, http_status=410)
    return int(match[1]), segments[3:]

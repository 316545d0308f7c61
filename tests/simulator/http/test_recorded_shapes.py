"""The shapes of REST answers, as real orgs were recorded to send them.

Where each was seen: describes, composite and collections in the recordings that CumulusCI tests
with; versions at a public /services/data/; limits in SwiftlySalesforce; pages of orders in a
plug-in of the sf command line; tokens and userinfo in Salesforce's own collection of examples.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from fulfillment_bridge.simulator.server import OrgHandle
from tests.simulator.web_client import ControlClient, OrgClient

SUMMARY = """
    activateable associateEntityType associateParentEntity createable custom customSetting
    deepCloneable deletable deprecatedAndHidden feedEnabled hasSubtypes isInterface isSubtype
    keyPrefix label labelPlural layoutable mergeable mruEnabled name queryable replicateable
    retrieveable searchable triggerable undeletable updateable urls
"""
OBJECT = """
    actionOverrides activateable childRelationships compactLayoutable createable custom
    customSetting deepCloneable defaultImplementation deletable deprecatedAndHidden extendedBy
    extendsInterfaces feedEnabled fields hasSubtypes implementedBy implementsInterfaces isInterface
    isSubtype keyPrefix label labelPlural layoutable listviewable lookupLayoutable mergeable
    mruEnabled name namedLayoutInfos networkScopeFieldName queryable recordTypeInfos replicateable
    retrieveable searchLayoutable searchable supportedScopes triggerable undeletable updateable urls
"""
NEWER = {"associateEntityType", "associateParentEntity", "sobjectDescribeOption"}
FIELD = """
    aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula cascadeDelete
    caseSensitive compoundFieldName controllerName createable custom defaultValue
    defaultValueFormula defaultedOnCreate dependentPicklist deprecatedAndHidden digits
    displayLocationInDecimal encrypted externalId extraTypeInfo filterable filteredLookupInfo
    formulaTreatNullNumberAsZero groupable highScaleNumber htmlFormatted idLookup inlineHelpText
    label length mask maskType name nameField namePointing nillable permissionable picklistValues
    polymorphicForeignKey precision queryByDistance referenceTargetField referenceTo
    relationshipName relationshipOrder restrictedDelete restrictedPicklist scale
    searchPrefilterable soapType sortable type unique updateable writeRequiresMasterRead
"""
URLS = """
    approvalLayouts compactLayouts defaultValues describe layouts listviews quickActions
    rowTemplate sobject uiDetailTemplate uiEditTemplate uiNewRecord
"""
LIMITS = """
    AnalyticsExternalDataSizeMB ConcurrentAsyncGetReportInstances
    ConcurrentEinsteinDataInsightsStoryCreation ConcurrentEinsteinDiscoveryStoryCreation
    ConcurrentSyncReportRuns DailyAnalyticsDataflowJobExecutions
    DailyAnalyticsUploadedFilesSizeMB DailyApiRequests DailyAsyncApexExecutions
    DailyBulkApiRequests DailyBulkV2QueryFileStorageMB DailyBulkV2QueryJobs
    DailyDurableGenericStreamingApiEvents DailyDurableStreamingApiEvents
    DailyGenericStreamingApiEvents DailyStandardVolumePlatformEvents DailyStreamingApiEvents
    DailyWorkflowEmails DataStorageMB DurableStreamingApiConcurrentClients FileStorageMB
    HourlyAsyncReportRuns HourlyDashboardRefreshes HourlyDashboardResults HourlyDashboardStatuses
    HourlyLongTermIdMapping HourlyODataCallout HourlyPublishedPlatformEvents
    HourlyPublishedStandardVolumePlatformEvents HourlyShortTermIdMapping HourlySyncReportRuns
    HourlyTimeBasedWorkflow MassEmail MonthlyPlatformEvents Package2VersionCreates PermissionSets
    SingleEmail StreamingApiConcurrentClients
"""
USERINFO = """
    sub user_id organization_id preferred_username nickname name email email_verified given_name
    family_name zoneinfo photos profile picture address urls active user_type language locale
    utcOffset updated_at
"""


def described(client: OrgClient, name: str) -> dict[str, Any]:
    """The describe of an object."""
    body: dict[str, Any] = client.get(f"sobjects/{name}/describe").json()
    return body


def test_the_list_of_objects(client: OrgClient) -> None:
    """Encoding, batch size and the objects, whose keys stand in the order of the alphabet."""
    body = client.get("sobjects").json()
    assert list(body) == ["encoding", "maxBatchSize", "sobjects"]
    assert {tuple(each) for each in body["sobjects"]} == {tuple(SUMMARY.split())}


@pytest.mark.parametrize("name", ["Account", "Order", "Parcel__c", "Organization"])
def test_the_describe_of_an_object(client: OrgClient, name: str) -> None:
    """Every object and every one of its fields has every key, in the order of the alphabet."""
    body = described(client, name)
    assert [key for key in body if key not in NEWER] == OBJECT.split()
    assert {tuple(each) for each in body["fields"]} == {tuple(FIELD.split())}


def test_what_hangs_on_a_describe(client: OrgClient) -> None:
    """Child relationships, record types, scopes and picklist values."""
    body = described(client, "Account")
    child = body["childRelationships"][0]
    assert set(child) == {
        "cascadeDelete", "childSObject", "deprecatedAndHidden", "field", "junctionIdListNames",
        "junctionReferenceTo", "relationshipName", "restrictedDelete",
    }  # fmt: skip
    assert set(body["recordTypeInfos"][-1]) == {
        "active", "available", "defaultRecordTypeMapping", "developerName", "master", "name",
        "recordTypeId", "urls",
    }  # fmt: skip
    assert body["recordTypeInfos"][-1]["recordTypeId"] == "012000000000000AAA"
    assert [set(each) for each in body["supportedScopes"]] == [{"label", "name"}] * 2
    values = [value for each in body["fields"] for value in each["picklistValues"]]
    wanted = {"active", "defaultValue", "label", "validFor", "value"}
    assert {frozenset(each) for each in values} == {frozenset(wanted)}


def test_the_addresses_of_an_object(client: OrgClient) -> None:
    """Objects with pages have twelve in their describe and eight in the list; others have three."""
    urls = described(client, "Account")["urls"]
    assert sorted(urls) == URLS.split()
    assert urls["uiNewRecord"] == f"{client.base_url}/001/e"
    assert urls["defaultValues"].endswith("/sobjects/Account/defaultValues?recordTypeId&fields")
    listed = {each["name"]: each["urls"] for each in client.get("sobjects").json()["sobjects"]}
    assert set(URLS.split()) - set(listed["Account"]) == {
        "defaultValues", "uiDetailTemplate", "uiEditTemplate", "uiNewRecord"
    }  # fmt: skip
    assert list(listed["Organization"]) == ["rowTemplate", "describe", "sobject"]
    assert sorted(described(client, "Organization")["urls"]) == sorted(listed["Organization"])


def test_lookups_can_be_filtered_before_a_search(client: OrgClient) -> None:
    """Those that somebody fills in; not the owner, nor who made the record."""
    fields = described(client, "Account")["fields"]
    found = [each["name"] for each in fields if each["searchPrefilterable"]]
    assert found == ["ParentId"]


def test_the_list_of_versions(org: OrgHandle) -> None:
    """31 to 68, three a year; one of them has been typed with a curly quote ever since."""
    with requests.Session() as anybody:
        anybody.trust_env = False
        listed = anybody.get(f"{org.base_url}/services/data/", timeout=30).json()
    assert [each["version"] for each in listed] == [f"{number}.0" for number in range(31, 69)]
    labels = {each["version"]: each["label"] for each in listed}
    assert labels["31.0"] == "Summer '14"
    assert labels["42.0"] == "Spring ’18"
    assert labels["64.0"] == "Summer '25"
    assert labels["68.0"] == "Winter '27"
    assert listed[0] == {
        "label": "Summer '14",
        "url": "/services/data/v31.0",
        "version": "31.0",
    }


def test_the_limits(admin: OrgClient) -> None:
    """A Max and a Remaining for everything that is counted."""
    body = admin.get("limits").json()
    assert set(LIMITS.split()) <= set(body)
    assert {tuple(each) for each in body.values()} == {("Max", "Remaining")}


def test_the_head_of_an_answer(client: OrgClient) -> None:
    """A new record: 201, where it is, what the org has used, and nothing to be cached."""
    answer = client.post("sobjects/Account", {"Name": "Burlington"})
    body = answer.json()
    assert answer.status_code == 201
    assert (list(body), body["success"], body["errors"]) == (["id", "success", "errors"], True, [])
    assert answer.headers["Location"] == f"/services/data/v62.0/sobjects/Account/{body['id']}"
    assert answer.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert answer.headers["Cache-Control"] == (
        "no-cache,must-revalidate,max-age=0,no-store,private"
    )
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert re.fullmatch(r"api-usage=\d+/100000", answer.headers["Sforce-Limit-Info"])


def test_pages_of_a_query(org: OrgHandle, client: OrgClient) -> None:
    """The first page names the next by a locator that begins with 0r8 and ends in an offset."""
    org.org.settings.query_batch_limit = 2
    for number in range(3):
        client.create("Account", Name=f"Page {number}")
    soql = "SELECT Id, Name, Parent.Name FROM Account WHERE Name LIKE 'Page %' ORDER BY Name"
    first = client.query(soql).json()
    assert set(first) == {"totalSize", "done", "nextRecordsUrl", "records"}
    assert (first["totalSize"], first["done"], len(first["records"])) == (3, False, 2)
    assert re.fullmatch(r"/services/data/v62\.0/query/0r8\w{15}-2", first["nextRecordsUrl"])
    record = first["records"][0]
    assert list(record) == ["attributes", "Id", "Name", "Parent"]
    assert record["Parent"] is None
    assert record["attributes"] == {
        "type": "Account",
        "url": f"/services/data/v62.0/sobjects/Account/{record['Id']}",
    }
    last = client.get(first["nextRecordsUrl"].removeprefix("/services/data/v62.0/")).json()
    assert (set(last), last["done"]) == ({"totalSize", "done", "records"}, True)


def test_a_count_and_an_unknown_object_in_one_composite(client: OrgClient) -> None:
    """200 for the whole; each part with its own status, headers and name."""
    requests_ = [
        {"method": "GET", "url": query_url(soql), "referenceId": name}
        for name, soql in (
            ("refAccount", "select count() from Account"),
            ("refXYZZY", "select count() from XYZZY"),
        )
    ]
    lost = {"method": "GET", "url": "/services/data/v62.0/sobjects/Foo", "referenceId": "CCI__1"}
    answer = client.post("composite", {"compositeRequest": [*requests_, lost]})
    counted, unknown, missing = answer.json()["compositeResponse"]
    assert answer.status_code == 200
    assert set(counted) == {"body", "httpHeaders", "httpStatusCode", "referenceId"}
    assert (counted["body"]["records"], counted["httpHeaders"]) == ([], {})
    assert unknown["httpStatusCode"] == 400
    assert unknown["body"] == [
        {
            "message": "\nselect count() from XYZZY\n                    ^\n"
            "ERROR at Row:1:Column:21\nsObject type 'XYZZY' is not supported. If you are "
            "attempting to use a custom object, be sure to append the '__c' after the entity "
            "name. Please reference your WSDL or the describe call for the appropriate names.",
            "errorCode": "INVALID_TYPE",
        }
    ]
    assert (missing["httpStatusCode"], missing["referenceId"]) == (404, "CCI__1")
    assert missing["body"] == [
        {"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}
    ]


def test_an_upsert_of_a_collection_by_an_id_that_is_null(client: OrgClient) -> None:
    """Records without an id are made; whether each is new is told last."""
    record = {"attributes": {"type": "Account"}, "Id": None, "Name": "Sitwell-Bluth"}
    body = {"allOrNone": False, "records": [record]}
    (made,) = client.patch("composite/sobjects/Account/Id", body).json()
    assert list(made) == ["id", "success", "errors", "created"]
    assert (made["success"], made["errors"], made["created"]) == (True, [], True)


def test_a_collection_that_is_rolled_back(client: OrgClient) -> None:
    """The errors of collections call their code statusCode, and always name fields."""
    records = [
        {"attributes": {"type": "Account"}, "Name": "a"},
        {"attributes": {"type": "Account"}},
    ]
    body = {"allOrNone": True, "records": records}
    undone, refused = client.post("composite/sobjects", body).json()
    assert undone["success"] is False
    assert undone["errors"] == [
        {
            "statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "message": "Record rolled back because not all records were valid and the request was "
            "using AllOrNone header",
            "fields": [],
        }
    ]
    assert refused == {
        "success": False,
        "errors": [
            {
                "statusCode": "REQUIRED_FIELD_MISSING",
                "message": "Required fields are missing: [Name]",
                "fields": ["Name"],
            }
        ],
    }


def test_an_external_id_that_two_records_carry(client: OrgClient) -> None:
    """300 and their addresses, to who reads and to who writes."""
    ids = [client.create("Parcel__c", Batch__c="twice") for _ in range(2)]
    wanted = [f"/services/data/v62.0/sobjects/Parcel__c/{each}" for each in ids]
    for answer in (
        client.get("sobjects/Parcel__c/Batch__c/twice"),
        client.patch("sobjects/Parcel__c/Batch__c/twice", {"Weight__c": 1}),
    ):
        assert (answer.status_code, sorted(answer.json())) == (300, sorted(wanted))


def test_a_token_and_its_user(org: OrgHandle) -> None:
    """The answer of the token endpoint, and the claims of userinfo in their order."""
    form = {
        "grant_type": "client_credentials",
        "client_id": org.consumer_key,
        "client_secret": org.consumer_secret,
    }
    with requests.Session() as http:
        http.trust_env = False
        given = http.post(f"{org.base_url}/services/oauth2/token", data=form, timeout=30).json()
        assert set(given) == {
            "access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"
        }  # fmt: skip
        assert re.fullmatch(r"\d{13}", given["issued_at"])
        token = {"Authorization": f"Bearer {given['access_token']}"}
        url = f"{org.base_url}/services/oauth2/userinfo"
        assert list(http.get(url, headers=token, timeout=30).json()) == USERINFO.split()


def test_a_mistake_of_the_org_itself(client: OrgClient, control: ControlClient) -> None:
    """500, and a number for its support."""
    control.rule(org=client.org.name, action="error", nth=1)
    answer = client.get("sobjects")
    (error,) = answer.json()
    assert (answer.status_code, error["errorCode"]) == (500, "UNKNOWN_EXCEPTION")
    assert error["message"].startswith(
        "An unexpected error occurred. Please include this ErrorId if you contact support: "
    )


def query_url(soql: str) -> str:
    """The address of a query inside a composite."""
    return "/services/data/v62.0/query/?" + urlencode({"q": soql})

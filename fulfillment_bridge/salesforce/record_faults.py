"""Errors of reading and writing records. Data only; ``faults.py`` looks it up."""

from __future__ import annotations

from fulfillment_bridge.errors import Retry
from fulfillment_bridge.salesforce.fault_kind import (
    ADMIN,
    NOBODY,
    OPERATOR,
    QUERY_REFUSED,
    STAFF,
    Fault,
)

_FIELD_REMEDY = (
    "In Setup > Object Manager > the object > Fields & Relationships, check that the field exists "
    "under exactly this API name (it may have been renamed or deleted). If it does, the "
    "integration user cannot see it: open the field > Set Field-Level Security and tick Visible "
    "for the user's profile or permission set, and check read access to the object. Otherwise "
    "correct the workbook and load it again."
)
_AUTOMATION_REMEDY = (
    "A trigger or flow of this org failed on our update. In Setup > Debug Logs add the "
    "integration user, let the bridge try again, and read which automation failed; correct it or "
    "let it skip the integration user."
)

READING: tuple[Fault, ...] = (
    Fault(
        "INVALID_FIELD",
        "A field is not there, or this user may not see it; Salesforce does not say which.",
        ADMIN,
        _FIELD_REMEDY,
        when=QUERY_REFUSED,
    ),
    Fault(
        "INVALID_TYPE",
        "An object is not there, or this user may not see it.",
        ADMIN,
        "In Setup > Object Manager check the object's API name (custom objects end in __c), and "
        "give the integration user read access to it in a permission set > Object Settings; else "
        "correct the workbook and load it again.",
        when=QUERY_REFUSED,
    ),
    Fault(
        "MALFORMED_QUERY",
        "Salesforce does not understand the query.",
        STAFF,
        "Look at the Rules sheet of the workbook: a value or operator does not fit its field.",
        when=QUERY_REFUSED,
    ),
    Fault(
        "INVALID_QUERY_FILTER_OPERATOR",
        "A rule compares a field in a way its type does not allow.",
        STAFF,
        "Look at the Rules sheet of the workbook: a value or operator does not fit its field.",
        when=QUERY_REFUSED,
    ),
    Fault(
        "QUERY_TOO_COMPLICATED",
        "The query rests on too many formula fields.",
        STAFF,
        "Replace formula fields in the workbook by the plain fields they are made of.",
        when=QUERY_REFUSED,
    ),
    Fault(
        "QUERY_TIMEOUT",
        "The query ran too long.",
        ADMIN,
        "The bridge tries again. If it stays, let the ready rule use an indexed field (an external "
        "id field is indexed), or ask Salesforce support for a custom index.",
        Retry,
        again=True,
        narrower=True,
    ),
    Fault(
        "INVALID_QUERY_LOCATOR",
        "The place in a long answer has expired.",
        "nobody",
        NOBODY,
        Retry,
        again=True,
    ),
    Fault(
        "NOT_FOUND",
        "What was asked for is not there, or this user may not see it.",
        STAFF,
        "Check the connection's host and api_version, and the object names in the workbook.",
        when=QUERY_REFUSED,
    ),
    Fault(
        "NUMBER_OUTSIDE_VALID_RANGE",
        "The query reads further than the org allows in this way.",
        OPERATOR,
        "Tell the makers of this bridge; it never reads by offset.",
        when=QUERY_REFUSED,
    ),
    Fault(
        "OPERATION_TOO_LARGE",
        "The query touches more records than this user's sharing lets the org look through.",
        ADMIN,
        "Give the integration user 'View All Data' (Setup > Permission Sets > System Permissions), "
        "or let the ready rule use an indexed field.",
        when=QUERY_REFUSED,
    ),
    Fault(
        "EXCEEDED_ID_LIMIT",
        "A request named more records than the org takes at once.",
        OPERATOR,
        "Tell the makers of this bridge; set page_size of the cart lower meanwhile.",
        when=QUERY_REFUSED,
    ),
    Fault(
        "INVALID_REPLICATION_DATE",
        "The org does not know that far back what changed.",
        "nobody",
        "Nothing; the bridge compares everything instead.",
        when=QUERY_REFUSED,
    ),
)

WRITING: tuple[Fault, ...] = (
    Fault(
        "UNABLE_TO_LOCK_ROW",
        "Somebody else is changing this record, or one it belongs to.",
        "nobody",
        NOBODY,
        Retry,
        again=True,
        narrower=True,
    ),
    Fault(
        "REQUEST_RUNNING_TOO_LONG",
        "The org's automation needed too long for our update.",
        ADMIN,
        _AUTOMATION_REMEDY,
        Retry,
        again=True,
        narrower=True,
    ),
    Fault(
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        "Automation of the org (a trigger or flow) failed on our update.",
        ADMIN,
        _AUTOMATION_REMEDY,
        narrower=True,
    ),
    Fault(
        "CANNOT_EXECUTE_FLOW_TRIGGER",
        "A flow of the org failed on our update.",
        ADMIN,
        _AUTOMATION_REMEDY,
        narrower=True,
    ),
    Fault(
        "LIMIT_EXCEEDED",
        "Our update together with the org's automation ran into a limit.",
        ADMIN,
        _AUTOMATION_REMEDY,
        again=True,
        narrower=True,
    ),
    Fault(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        "A validation rule of the org refuses the new values; its own text is shown.",
        ADMIN,
        "Setup > Object Manager > the object > Validation Rules: find the rule with this text and "
        "let it skip the integration user, or make the record satisfy it, then replay.",
    ),
    Fault(
        "STRING_TOO_LONG",
        "A text is longer than its field.",
        STAFF,
        "Make the field longer in Setup > Object Manager, or map a longer one; then replay.",
    ),
    Fault(
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "A value is not among the values of a restricted picklist.",
        STAFF,
        "Add the value to the picklist (Setup > Object Manager > the field > Values), or turn it "
        "into an existing one with a value map in the workbook; then replay.",
    ),
    Fault(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        "This user may read the field but not write it.",
        ADMIN,
        "Open the field in Setup > Object Manager > Set Field-Level Security and clear Read-Only "
        "for the integration user; a formula or roll-up can never be written: map another field.",
    ),
    Fault(
        "REQUIRED_FIELD_MISSING",
        "The record lacks a value that the org requires.",
        ADMIN,
        "Fill the named field of the record in Salesforce, then replay.",
    ),
    Fault(
        "ENTITY_IS_DELETED",
        "The record has been deleted.",
        STAFF,
        "Restore it from the Recycle Bin and replay, or discard the message.",
    ),
    Fault(
        "ENTITY_IS_LOCKED",
        "The record is locked, usually by an approval that is under way.",
        ADMIN,
        "The bridge goes on trying for days. Finish or recall the approval, or let the integration "
        "user edit locked records.",
        Retry,
        again=True,
    ),
    Fault(
        "INSUFFICIENT_ACCESS_OR_READONLY",
        "This user may not edit the record.",
        ADMIN,
        "Give the integration user edit access to the object and, through sharing or 'Modify All', "
        "to the record; activated orders also need 'Edit Activated Orders'.",
    ),
    Fault(
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        "This user has no access to a record that ours belongs to.",
        ADMIN,
        "Share the named record with the integration user, then replay.",
    ),
    Fault(
        "INSUFFICIENT_ACCESS",
        "This user may not do this.",
        ADMIN,
        "Compare the integration user's permission set with what README.md lists (Connect a "
        "real org).",
    ),
    Fault(
        "DUPLICATE_VALUE",
        "Another record already has this value, or the record came twice in one request.",
        STAFF,
        "Look at the record named in the text; only one of the two can have the value.",
    ),
    Fault(
        "DUPLICATES_DETECTED",
        "A duplicate rule of the org refuses the record.",
        ADMIN,
        "Setup > Duplicate Rules: let the rule bypass the integration user, then replay.",
    ),
    Fault(
        "STORAGE_LIMIT_EXCEEDED",
        "The org has no storage left.",
        ADMIN,
        "Setup > Storage Usage: delete data or buy storage; the bridge goes on trying.",
        Retry,
        again=True,
    ),
    Fault(
        "INVALID_CROSS_REFERENCE_KEY",
        "A record that ours refers to is not there, or this user may not see it.",
        ADMIN,
        "See which id Salesforce names. Share that record with the integration user, or correct "
        "the lookup on ours; then replay.",
    ),
    Fault(
        "FIELD_INTEGRITY_EXCEPTION",
        "The new values contradict other values of the record; Salesforce's own text says how.",
        STAFF,
        "Correct the named field of the record in Salesforce, or the workbook's target field; "
        "then replay.",
    ),
    Fault(
        "FIELD_FILTER_VALIDATION_EXCEPTION",
        "A value does not pass the lookup filter of its field.",
        ADMIN,
        "Setup > Object Manager > the object > the field > Lookup Filter: let the filter accept "
        "the value or the integration user, then replay.",
    ),
    Fault(
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        "A value has the wrong type for its field, such as a text for a number.",
        STAFF,
        "Has the type of the field changed in Setup > Object Manager > Fields & Relationships? "
        "Use a fitting transform in the workbook, load it again, then replay.",
    ),
    Fault(
        "JSON_PARSER_ERROR",
        "A value cannot be read as its field's type wants it.",
        STAFF,
        "Look at the transforms of the named field in the workbook (dates as YYYY-MM-DD, numbers "
        "with a point), load it again, then replay.",
    ),
    Fault(
        "INVALID_EMAIL_ADDRESS",
        "A value is no e-mail address, and its field takes nothing else.",
        STAFF,
        "Correct the value in Salesforce, or map another field; then replay.",
    ),
    Fault(
        "MALFORMED_ID",
        "An id is none of this object's.",
        STAFF,
        "Look at the named field: a lookup wants a record id of 15 or 18 characters.",
    ),
    Fault(
        "INACTIVE_OWNER_OR_USER",
        "The record belongs to a user who is no longer active.",
        ADMIN,
        "Give the record an active owner in Salesforce, then replay.",
    ),
    Fault(
        "FAILED_ACTIVATION",
        "The order could not be activated or deactivated.",
        ADMIN,
        "Do not map the order's Status unless the integration user may activate orders (Setup > "
        "Permission Sets > System Permissions > Activate Orders, Edit Activated Orders).",
    ),
    Fault(
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "Another record of the same request failed, and the org took all of them back.",
        "nobody",
        NOBODY,
        Retry,
        again=True,
        narrower=True,
    ),
    Fault(
        "PROCESSING_HALTED",
        "Another part of the same request failed, and the org did none of them.",
        "nobody",
        NOBODY,
        Retry,
        again=True,
    ),
    Fault(
        "TXN_SECURITY_METERING_ERROR",
        "A transaction security policy of the org stopped us.",
        ADMIN,
        "Setup > Transaction Security Policies: let the policy leave out the integration user.",
    ),
)

"""What became of records that were sent, as SOAP tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fulfillment_bridge.simulator.errors import DuplicatesDetected, SalesforceError
from fulfillment_bridge.simulator.org import SaveResult
from fulfillment_bridge.simulator.soap_envelope import element
from fulfillment_bridge.simulator.soap_records import RecordWriter

ROLLED_BACK = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
DUPLICATE_PARTS = ("allowSave", "duplicateRule", "duplicateRuleEntityType", "errorMessage")


@dataclass(frozen=True)
class ResultWriter:
    """Turns results into XML. Records that look like the one refused are shown with it."""

    records: RecordWriter

    def saved(self, result: SaveResult) -> str:
        """Errors, id, success. The id is nil when refused, but not when rolled back."""
        keeps_id = result.success or all(error.code == ROLLED_BACK for error in result.errors)
        return (
            "".join(self._error(each) for each in result.errors)
            + element("id", result.id if keeps_id else None)
            + element("success", result.success)
        )

    def upserted(self, result: SaveResult) -> str:
        """The same, beginning with whether the record is new."""
        return element("created", result.created) + self.saved(result)

    def _error(self, error: SalesforceError) -> str:
        inner = (
            "".join(element("fields", name) for name in error.fields)
            + element("message", error.message)
            + element("statusCode", error.code)
        )
        if not isinstance(error, DuplicatesDetected):
            return f"<errors>{inner}</errors>"
        return f'<errors xsi:type="DuplicateError">{inner}{self._duplicates(error.result)}</errors>'

    def _duplicates(self, found: Mapping[str, Any]) -> str:
        rule = "".join(element(name, found[name]) for name in DUPLICATE_PARTS)
        matches = "".join(self._match(each) for each in found["matchResults"])
        return f"<duplicateResult>{rule}{matches}</duplicateResult>"

    def _match(self, match: Mapping[str, Any]) -> str:
        inner = (
            element("entityType", match["entityType"])
            + element("matchEngine", match["matchEngine"])
            + "".join(self._record(each) for each in match["matchRecords"])
            + "".join(element(name, match[name]) for name in ("rule", "size", "success"))
        )
        return f"<matchResults>{inner}</matchResults>"

    def _record(self, match: Mapping[str, Any]) -> str:
        confidence = element("matchConfidence", str(match["matchConfidence"]))
        record = self.records.record("record", match["record"])
        return f"<matchRecords>{confidence}{record}</matchRecords>"

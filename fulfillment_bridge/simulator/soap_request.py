"""What every SOAP operation is built from: the request it gets and the result it gives."""

from __future__ import annotations

from dataclasses import dataclass, field

from fulfillment_bridge.simulator.errors import SalesforceError
from fulfillment_bridge.simulator.org import Org, User
from fulfillment_bridge.simulator.schema import SObject, unknown_type
from fulfillment_bridge.simulator.sessions import Session
from fulfillment_bridge.simulator.soap_envelope import Envelope
from fulfillment_bridge.simulator.tenant import Tenant


@dataclass(frozen=True)
class SoapRequest:
    """An operation at the address of one API family and version, by a user who is logged in."""

    tenant: Tenant
    family: str
    version: int
    envelope: Envelope
    session: Session = field(repr=False)

    @property
    def org(self) -> Org:
        """The org that was called."""
        return self.tenant.org

    @property
    def user(self) -> User:
        """Who calls."""
        return self.session.user

    @property
    def version_text(self) -> str:
        """The version as the engine wants it."""
        return f"{self.version}.0"

    def object(self, name: str) -> SObject:
        """The object of this name, if the user knows of it; else INVALID_TYPE."""
        sobject = self.org.schema.get(name.strip())
        if sobject is None or not self.user.may("read", sobject.name):
            raise SalesforceError("INVALID_TYPE", unknown_type(name))
        return sobject


@dataclass(frozen=True)
class Result:
    """What goes into an answer's body: XML, the prefixes it uses, the records it moved."""

    xml: str
    prefixes: tuple[str, ...] = ()
    operations: int = 1

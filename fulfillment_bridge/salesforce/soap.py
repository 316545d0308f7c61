"""The two SOAP calls we make, through zeep and a service description of our own.

Everything else is REST. The endpoint is pinned: the login call does not exist from v65 on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from importlib.resources import as_file, files
from typing import Any

import requests
import zeep
import zeep.exceptions
from lxml import etree

from fulfillment_bridge.errors import BridgeError, Misconfigured
from fulfillment_bridge.salesforce import faults
from fulfillment_bridge.salesforce.transport import Route, open_session

SOAP_VERSION = "64.0"

# At DEBUG these print whole requests, the password included; no setting may bring them there.
for _name in ("zeep", "zeep.transports", "zeep.client", "zeep.wsdl"):
    logging.getLogger(_name).setLevel(logging.INFO)

_BINDING = "{urn:partner.soap.sforce.com}PartnerBinding"
_SETTINGS = {"strict": True, "forbid_dtd": True, "forbid_entities": True, "forbid_external": True}


class SoapFault(Exception):
    """What the org answered instead of a result."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def login(host: str, username: str, password: str, *, route: Route, client: str) -> Tree:
    """The login result by local names; raises SoapFault, or our errors for the way there."""
    options = {"CallOptions": {"client": client}}
    arguments = {"username": username, "password": password}
    return _call(host, "login", arguments, options, route)


def user_info(host: str, session_id: str, *, route: Route, client: str) -> Tree:
    """Who a session belongs to and in which org, by local names; raises as ``login`` does."""
    headers = {"CallOptions": {"client": client}, "SessionHeader": {"sessionId": session_id}}
    return _call(host, "getUserInfo", {}, headers, route)


Tree = Mapping[str, Any]
"""Elements by local name: text, None where nil or empty, or a Tree of their own."""


def _call(
    host: str, operation: str, arguments: dict[str, str], headers: dict[str, Any], route: Route
) -> Tree:
    doing = f"SOAP {operation} at {host}"
    with open_session(route) as session:
        service = _service(session, route, f"{host}/services/Soap/u/{SOAP_VERSION}")
        try:
            return _tree(service[operation](**arguments, _soapheaders=headers) or ())
        except zeep.exceptions.Fault as fault:
            if fault.code is None:  # zeep's word for XML that is no SOAP fault, such as a page
                raise _unreadable(doing, fault.message) from None
            raise SoapFault(faults.soap_code(fault.code, fault.message), fault.message) from None
        except zeep.exceptions.TransportError as error:
            raise faults.from_answer(error.status_code, error.content, doing=doing) from None
        except zeep.exceptions.Error as error:
            raise _unreadable(doing, str(error)) from None
        except (LookupError, TypeError, AttributeError) as error:
            # zeep stumbles over well-formed envelopes without content in these ways.
            raise _unreadable(doing, repr(error)) from None
        except requests.RequestException as error:
            raise faults.from_network(error, doing=doing) from None
        except ValueError:
            raise _unsendable(doing) from None


def _service(session: requests.Session, route: Route, url: str) -> Any:
    library: Any = zeep  # it has no annotations
    transport = library.Transport(session=session, operation_timeout=route.reading)
    with as_file(files("fulfillment_bridge.salesforce") / "partner-login.wsdl") as path:
        settings = library.Settings(**_SETTINGS)
        client = library.Client(str(path), transport=transport, settings=settings)
    return client.create_service(_BINDING, url)


def _tree(elements: Iterable[Any]) -> Tree:
    return {etree.QName(each).localname: _content(each) for each in elements}


def _content(element: Any) -> Any:
    if len(element):
        return _tree(element)
    return (element.text or "").strip() or None


def _unreadable(doing: str, text: str) -> BridgeError:
    fault = faults.CATALOGUE["UNREADABLE_ANSWER"]
    return fault.error(
        f"{doing}: {fault.meaning} ({fault.code})", remedy=fault.remedy, code=fault.code, raw=text
    )


def _unsendable(doing: str) -> BridgeError:
    return Misconfigured(
        f"{doing}: username, password or security token hold a character that cannot be sent",
        remedy="Write the secrets anew, without control characters.",
        code="UNSENDABLE",
    )

"""Sends what is meant for Salesforce's own hosts to a simulated org, over real HTTP.

Client libraries build addresses like https://acme.my.salesforce.com by themselves; the host
they mean travels along in the Host header, as it would behind a proxy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter


class Rerouting(HTTPAdapter):
    """Calls `base_url` whatever the host of the address is."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        """Send the request to the simulated org."""
        meant = urlsplit(request.url or "")
        request.headers["Host"] = str(meant.netloc)
        request.url = self._base_url + str(meant.path) + (f"?{meant.query}" if meant.query else "")
        return super().send(request, *args, **more)


@contextmanager
def rerouted(base_url: str) -> Iterator[requests.Session]:
    """A session for which all of salesforce.com is this org."""
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://", Rerouting(base_url))
        yield session

"""Which requests the page's server answers: those with the token, and none that another site caused."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from receiver.web.address import WebAddress

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


class AccessControl:
    """Checks the headers and the query of each request."""

    def __init__(self, address: WebAddress) -> None:
        self._address = address

    def refusal(self, headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
        """Why a request is refused, for the person at the browser; None where it is answered."""
        host = headers.get("host", "")
        if self._address.loopback and _host_name(f"//{host}") not in _own_names(self._address):
            # DNS rebinding: another site's name, made to resolve to this machine so as to read our answers.
            return "this page is for this machine alone: open it as http://127.0.0.1:PORT/"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return "another site may not use this page"
        if not secrets.compare_digest(query.get("token", "").encode(), self._address.token.encode()):
            return "the address lacks its token: open it as `narrowcast receive` printed it"
        return None


def _own_names(address: WebAddress) -> tuple[str, ...]:
    return (*_LOOPBACK_NAMES, address.host.strip("[]").lower())


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None

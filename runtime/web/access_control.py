"""Which requests the page's server answers: those with its cookie, and none that another site caused.

Beyond loopback the printed address holds a token. Whoever opens it is given a cookie, and the token leaves
the browser's address bar; from then on the cookie is asked for. Both are drawn when the program starts.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from narrowcast.runtime.web.address import WebAddress

_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


class AccessControl:
    """Checks the headers, the cookies and the query of each request."""

    def __init__(self, address: WebAddress, port: int, program: str = "narrowcast receive") -> None:
        """Guard what is served at an address.

        Args:
            address: where, and the token.
            port: that was bound.
            program: which has printed the token.
        """
        self._address = address
        self._program = program
        # A browser sends the cookies of all ports of a machine to each of them: the name tells them apart.
        self._cookie_name = f"narrowcast-{port}"
        self._cookie = secrets.token_urlsafe(32) if address.token else ""

    def refusal(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> str | None:
        """Why a request is refused, for the person at the browser; None where it is answered."""
        foreign = self._foreign(headers)
        if foreign is not None or not self._address.token:
            return foreign
        if not _equal(cookies.get(self._cookie_name, ""), self._cookie):
            return (
                f"this page needs the address with the token that `{self._program}` has printed "
                "since it was last started"
            )
        return None

    def new_cookie(self, headers: Mapping[str, str], query: Mapping[str, str]) -> str | None:
        """The header Set-Cookie for a request whose query has the right token; None for any other."""
        token = self._address.token
        if not token or not _equal(query.get("token", ""), token) or self._foreign(headers) is not None:
            return None
        return f"{self._cookie_name}={self._cookie}; Path=/; HttpOnly; SameSite=Strict"

    def _foreign(self, headers: Mapping[str, str]) -> str | None:
        """Why a request is one that another site has caused; None where nothing speaks for that."""
        host = headers.get("host", "")
        if self._address.loopback and _host_name(f"//{host}") not in _own_names(self._address):
            # DNS rebinding: another site's name, made to resolve to this machine so as to read our answers.
            return "this page is for this machine alone: open it as http://127.0.0.1:PORT/"
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{host}" and origin != f"https://{host}":
            return "another site may not use this page"
        return None


def _equal(given: str, expected: str) -> bool:
    """Compare in a time that does not tell how much is right."""
    return secrets.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _own_names(address: WebAddress) -> tuple[str, ...]:
    return (*_LOOPBACK_NAMES, address.host.strip("[]").lower())


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None

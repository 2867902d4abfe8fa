"""Answers of the page's server: their headers, the pages behind the token, refusals."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from narrowcast.runtime.web.access_control import AccessControl

PAGE_FOLDER = Path(__file__).parent / "page"

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)


def headers_for(ancestors: str = "") -> dict[str, str]:
    """The headers of an answer; `ancestors` are the sites that may show it in a frame, empty for none."""
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": _POLICY.format(ancestors=ancestors or "'none'"),
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


HEADERS = headers_for()
"Of everything but the view that is made for frames."

# Not a redirect: where the link was clicked on another site's page, a browser sends no SameSite=Strict cookie
# along the redirects either, but it does to what the page itself opens next.
_WITHOUT_TOKEN = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=./{name}">'
    '<title>Narrowcast</title><link rel="icon" href="icon.svg"><a href="./{name}">Open the page</a>\n'
)


def page(
    access: AccessControl,
    request: Request,
    file: str,
    *,
    name: str = "",
    ancestors: str = "",
    folder: Path = PAGE_FOLDER,
) -> Response:
    """A page; where the address has the token, a cookie in its place and the same page without it.

    Args:
        access: who may see it.
        request: what was asked.
        file: of the page.
        name: the last part of its address; empty where it ends with a slash.
        ancestors: the sites that may show it in a frame.
        folder: where the file is.
    """
    headers = headers_for(ancestors)
    cookie = access.new_cookie(request.headers, request.query_params)
    if cookie is not None:
        return HTMLResponse(_WITHOUT_TOKEN.format(name=name), headers={**headers, "Set-Cookie": cookie})
    return refused(access, request) or FileResponse(folder / file, headers=headers)


def refused(access: AccessControl, connection: HTTPConnection) -> Response | None:
    """The refusal of a request, None where it is to be answered."""
    refusal = access.refusal(connection.headers, connection.cookies)
    return None if refusal is None else PlainTextResponse(refusal + "\n", 403, HEADERS)


def program_refused(access: AccessControl, request: Request) -> Response | None:
    """The answer to a program without the token: programs that were given a password send it once asked."""
    refusal = access.program_refusal(request.headers, request.cookies, request.query_params)
    if refusal is None:
        return None
    headers = {**HEADERS, "WWW-Authenticate": 'Basic realm="narrowcast", charset="UTF-8"'}
    return PlainTextResponse(refusal + "\n", 401, headers)

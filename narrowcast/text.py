"""Text as it is printed and logged: safe, without passwords of URLs; and numbers that may be unknown."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable

MAX_PRINTED_CHARACTERS = 200
"Longer than any text of our own, and short enough that a peer cannot fill a log."

_INVISIBLE = ("C", "Zl", "Zp")
"Unicode categories that could move a terminal's cursor, reverse its text or break a line."

_SCHEME = r"(?!tcp://|ipc://|inproc://)[a-z][a-z0-9+.-]*:/+"
"The start of a URL, one that lost a slash included. URLs of our own sockets hold keys that are public."

_URL = re.compile(rf"(?i){_SCHEME}")

_URL_OR_USER = re.compile(
    rf"(?i)(?<='){_SCHEME}[^']*(?=')|\b{_SCHEME}[^\s'\"]*|tcp://[^\s'\"]*"
    r"|(?<![^\s/'\"=(])(?P<user>[^\s:/@'\"(]+:[^\s@]+@)(?=[\w\[])"
)
"""A URL in a text; or user and password without a scheme before them, as in a URL that somebody mistyped."""

_SECRET = re.compile(
    r"(?i)([^&=;]*(?:pass|pwd|user|login|token|key|auth|secret|credential|sig)[^&=;]*)=[^&;]*"
)
"Parameters of a URL that are not shown."

_SECRET_IN_PATH = re.compile(
    r"(?i)((?:user|pass|pwd|login|token|key|auth|secret)\w*?)=[^/&;?]*?(?=_(?:pass|channel|stream)|[/&;?]|$)"
)
"Some recorders want user and password in the path: /user=admin_password=..._channel=1."

_shown_whole: set[str] = set()


def printable(text: str, limit: int = MAX_PRINTED_CHARACTERS) -> str:
    """Hide passwords, replace control, format and line-breaking characters, cut to `limit` characters."""
    shown = hide_passwords(text)
    cut = shown if len(shown) <= limit else shown[: limit - 3] + "..."
    return "".join("?" if unicodedata.category(c).startswith(_INVISIBLE) else c for c in cut)


def decimal(value: float | None, digits: int) -> str:
    """Write a number with so many decimals; a dash where it is unknown."""
    return "-" if value is None else f"{value:.{digits}f}"


def hide_passwords(text: str, known: Iterable[str] | None = None) -> str:
    """Hide the user, the password and the secret parameters of every URL in a text.

    Where a URL ends is known for certain only of those in `known` (None: of this program's command line); in
    any other one a password ends at the first blank.
    """
    if ":/" not in text and "@" not in text:
        return text
    for argument in sys.argv if known is None else known:
        scheme = argument.find(":/")
        if scheme > 0:
            url = argument[argument.rfind("=", 0, scheme) + 1 :]
            # A path that is made of it keeps one slash of two.
            for spelling in (url, re.sub("/+", "/", url)):
                text = text.replace(spelling, printable_url(spelling))

    def shown(found: re.Match[str]) -> str:
        if found["user"]:
            return "***@"
        return found.group() if found.group() in _shown_whole else printable_url(found.group())

    return _URL_OR_USER.sub(shown, text)


def show_whole(url: str) -> None:
    """Print this URL with its token from now on: the program has made it, for a person to open."""
    _shown_whole.add(url)


def printable_url(url: str) -> str:
    """Return a URL without its user and password, neither before its host nor in its query."""
    scheme = _URL.match(url)
    if scheme is None:
        return url
    rest = url[scheme.end() :]
    base, mark, query = rest[_user_length(rest) :].partition("?")
    return scheme.group() + _SECRET_IN_PATH.sub(r"\1=***", base) + mark + _SECRET.sub(r"\1=***", query)


def user_of_url(url: str) -> str:
    """Return what stands before the host of a URL, "user:password"; empty where there is nothing."""
    rest = url.partition("://")[2]
    return rest[: max(0, _user_length(rest) - 1)]


def _user_length(rest: str) -> int:
    """Return the length of "user:password@" at the start of what follows the scheme; 0 without.

    A password may hold any character: whatever stands before the last @ belongs to it, unless a host and a
    path with a query come first.
    """
    at = rest.rfind("@")
    if at < 0:
        return 0
    host_end = re.search(r"[/?#]", rest)
    if host_end is None or at < host_end.start():
        return at + 1
    # "host/path?mail=a@b" has no user; "me:pa/ss?w@host/path" has.
    in_query = "?" in rest[:at] and ":" not in re.sub(r":\d+$", "", rest[: host_end.start()])
    return 0 if in_query else at + 1

"""Whether a socket needs keys: loopback is plain, all else has keys, or a flag that says it has none."""

from __future__ import annotations

from narrowcast.errors import Remedy, SecurityError
from narrowcast.protocol import Security, parse_endpoint, with_key
from narrowcast.runtime.addresses import is_loopback, reachable_url
from narrowcast.runtime.key_store import AllowList, KeyStore
from narrowcast.runtime.program import program
from narrowcast.runtime.reporting import Level, Notice

INSECURE_WARNING = Notice(
    "insecure: nothing is encrypted, and anyone who reaches this port can connect, "
    "watch and change the stream",
    level=Level.WARNING,
)


def choose_security(
    url: str, *, bind: bool, insecure: bool = False, secure: bool = False, store: KeyStore | None = None
) -> Security | None:
    """The keys for an address; None where it is to be plain.

    Args:
        url: as the user gave it, to listen or to connect.
        bind: listen.
        insecure: the user wants no keys.
        secure: the user wants keys even where only this machine can connect.
        store: where the keys are.
    """
    key = parse_endpoint(url, bind=bind).key
    if insecure and secure:
        raise SecurityError("insecure and secure contradict each other: leave one out")
    if insecure and key is not None:
        raise SecurityError("the address has a key, and insecure wants none: leave out one of them")
    if insecure:
        return None
    if bind:
        if is_loopback(url) and not secure:
            return None
        store = store or KeyStore()
        return Security(own=store.own_keys(), allowed=AllowList(store))
    if key is not None:
        return Security(own=(store or KeyStore()).own_keys(), other=key)
    if is_loopback(url) and not secure:
        return None
    raise SecurityError(
        "the address has no key: paste it whole, as the other side printed it (tcp://HOST:PORT?key=...)",
        remedy=Remedy(setting="insecure", when="only if that side runs without keys"),
    )


def invitation_url(url: str, security: Security | None, advertise: str | None = None) -> str:
    """What another machine gives to connect to a socket that is bound to `url`, key included."""
    return with_key(reachable_url(url, advertise), security.own.public if security else None)


def command_line(command: str, *urls: str, insecure: bool = False, secure: bool = False) -> str:
    """A command of this program with an address or several, as it can be pasted into any shell."""
    parts = [program(), command, *(f'"{url}"' if "?" in url or "*" in url else url for url in urls)]
    return " ".join(parts + ["--insecure"] * insecure + ["--secure"] * secure)

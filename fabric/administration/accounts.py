"""The accounts of the server: one for all cameras, one for all workers, and one for each viewer.

A server answers a request wherever the request says, and asks nobody whether that subject may be published:
a viewer in the cameras' own account could have an old frame answered onto a camera's subject. In an account
of its own, what it makes come reaches nobody else. Workers share one: what a worker could make the others
believe of a camera, it may tell all viewers anyway, as a tile. The accounts are all there from the start: a
server that gets new ones while it runs (2.15) answers no direct gets of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from narrowcast.fabric.administration.members import MAX_VIEWERS, Member
from narrowcast.fabric.names import FLEET
from narrowcast.fabric.server import quoted

_CAMERAS, _WORKERS = "CAMERAS", "WORKERS"
_STREAMS = ("nc.v.>", "nc.i.>", "nc.a.>")
"What viewers may subscribe to."
_SERVICES = ("$JS.API.DIRECT.GET.>", "$JS.API.STREAM.INFO.*", "$JS.API.STREAM.NAMES")
"What they may ask for: it changes nothing."
_LEASES = f"$KV.{FLEET}.>"
"Workers write their leases by asking, too: the server answers whether they have them."
_TOLD = ("nc.t.>", "nc.a.>")
"What workers tell: tiles and alerts."


def accounts_text(admin: str, members: Sequence[Member]) -> str:
    """The part of the configuration that says who may do what.

    Args:
        admin: public NKEY that may do everything in the cameras' account.
        members: everybody else.
    """
    relays = [member for member in members if member.cameras]
    workers = [member for member in members if member.worker]
    viewers = {member.slot: member for member in members if not member.cameras and not member.worker}
    asked = [f"{{ service: {quoted(subject)}, response_type: stream }}" for subject in _SERVICES]
    asks = [_imported("service", subject) for subject in _SERVICES]
    watches = [_imported("stream", subject) for subject in _STREAMS]
    told = [_imported("stream", subject, _WORKERS) for subject in _TOLD]
    accounts = [
        _account(
            _CAMERAS,
            [f"{{ nkey: {admin} }}", *map(_user, relays)],
            jetstream="enabled",
            exports=[*_exported(_STREAMS), *asked, f"{{ service: {quoted(_LEASES)} }}"],
            imports=told[1:],  # alerts are recorded
        ),
        _account(
            _WORKERS,
            [_user(worker) for worker in workers],
            exports=_exported(_TOLD),
            imports=[*watches[:2], *asks, _imported("service", _LEASES)],
        ),
    ]
    for slot in range(MAX_VIEWERS):
        viewer = [_user(viewers[slot])] if slot in viewers else []
        accounts.append(_account(f"VIEWER{slot}", viewer, imports=[*watches, *asks, *told]))
    return "accounts {\n" + "".join(accounts) + "}\n"


def _account(
    name: str,
    users: Sequence[str],
    *,
    jetstream: str = "",
    exports: Sequence[str] = (),
    imports: Sequence[str] = (),
) -> str:
    lines = [f"jetstream: {jetstream}"] if jetstream else []
    for kind, entries in (("users", users), ("exports", exports), ("imports", imports)):
        if entries or kind == "users":
            lines.append(f"{kind}: [\n      {_lines(entries)}\n    ]")
    return f"  {name}: {{\n    " + "\n    ".join(lines) + "\n  }\n"


def _user(member: Member) -> str:
    allowed = member.permissions
    publish, subscribe = _listed(allowed.publish), _listed(allowed.subscribe)
    return (
        f"{{ nkey: {member.key}, permissions: {{ publish: {{ allow: {publish} }}, "
        f"subscribe: {{ allow: {subscribe} }} }} }}"
    )


def _exported(streams: Iterable[str]) -> list[str]:
    return [f"{{ stream: {quoted(subject)} }}" for subject in streams]


def _imported(kind: str, subject: str, account: str = _CAMERAS) -> str:
    return f"{{ {kind}: {{ account: {account}, subject: {quoted(subject)} }} }}"


def _lines(entries: Sequence[str]) -> str:
    return "\n      ".join(entries)


def _listed(subjects: Sequence[str]) -> str:
    return f"[{', '.join(quoted(subject) for subject in subjects)}]"

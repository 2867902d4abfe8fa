"""The accounts of the server: one for all cameras, and one for each viewer.

A server answers a request wherever the request says, and asks nobody whether that subject may be published:
a viewer in the cameras' own account could have an old frame answered onto a camera's subject. In an account
of its own, what it makes come reaches nobody else. The accounts are all there from the start: a server that
gets new ones while it runs (2.15) answers no direct gets of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from narrowcast.fabric.administration.members import MAX_VIEWERS, Member
from narrowcast.fabric.server import quoted

_CAMERAS = "CAMERAS"
_STREAMS = ("nc.v.>", "nc.i.>", "nc.a.>")
"What viewers may subscribe to."
_SERVICES = ("$JS.API.DIRECT.GET.>", "$JS.API.STREAM.INFO.*")
"What they may ask for: it changes nothing."


def accounts_text(admin: str, members: Sequence[Member]) -> str:
    """The part of the configuration that says who may do what.

    Args:
        admin: public NKEY that may do everything in the cameras' account.
        members: everybody else.
    """
    relays = [member for member in members if member.cameras]
    viewers = {member.slot: member for member in members if not member.cameras}
    users = [f"{{ nkey: {admin} }}", *(_user(member) for member in relays)]
    exports = [f"{{ stream: {quoted(subject)} }}" for subject in _STREAMS]
    exports += [f"{{ service: {quoted(subject)}, response_type: stream }}" for subject in _SERVICES]
    accounts = [_account(_CAMERAS, users, "jetstream: enabled", "exports", exports)]
    imports = [_imported("stream", subject) for subject in _STREAMS]
    imports += [_imported("service", subject) for subject in _SERVICES]
    for slot in range(MAX_VIEWERS):
        viewer = [_user(viewers[slot])] if slot in viewers else []
        accounts.append(_account(f"VIEWER{slot}", viewer, "", "imports", imports))
    return "accounts {\n" + "".join(accounts) + "}\n"


def _account(name: str, users: Sequence[str], more: str, kind: str, entries: Sequence[str]) -> str:
    lines = [f"users: [\n      {_lines(users)}\n    ]", more, f"{kind}: [\n      {_lines(entries)}\n    ]"]
    return f"  {name}: {{\n    " + "\n    ".join(filter(None, lines)) + "\n  }\n"


def _user(member: Member) -> str:
    allowed = member.permissions
    publish, subscribe = _listed(allowed.publish), _listed(allowed.subscribe)
    return (
        f"{{ nkey: {member.key}, permissions: {{ publish: {{ allow: {publish} }}, "
        f"subscribe: {{ allow: {subscribe} }} }} }}"
    )


def _imported(kind: str, subject: str) -> str:
    return f"{{ {kind}: {{ account: {_CAMERAS}, subject: {quoted(subject)} }} }}"


def _lines(entries: Sequence[str]) -> str:
    return "\n      ".join(entries)


def _listed(subjects: Sequence[str]) -> str:
    return f"[{', '.join(quoted(subject) for subject in subjects)}]"

"""`narrowcast keys`: show this machine's key, and say which others may connect to it."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from narrowcast.protocol import key_text, parse_key
from narrowcast.runtime.key_store import KeyStore
from narrowcast.runtime.settings import Setting, Settings, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.terminal import run_command


@dataclass(frozen=True, kw_only=True)
class AllowSettings(Settings):
    """The key to allow, and a name for it."""

    key: Annotated[str, Setting(positional=True, metavar="KEY")]
    "52 characters, as the other machine shows them"
    name: str
    "what to call it, such as phone"


@dataclass(frozen=True, kw_only=True)
class RevokeSettings(Settings):
    """The key to revoke."""

    who: Annotated[str, Setting(positional=True, metavar="NAME")]
    "its name, or its key"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command as the arguments say; returns the exit status."""
    arguments = make_parser().parse(argv)
    return run_command(lambda: _run(arguments))


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    parser = SettingsParser(
        prog="narrowcast keys",
        description="Keys say who may connect. They are made on first use, in ~/.config/narrowcast, or in "
        "$NARROWCAST_HOME.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("show", help="print this machine's public key, to be allowed elsewhere")
    actions.add_parser("list", help="print the keys that may connect to this machine")
    allow = "let the machine with this key connect to this one"
    actions.add_parser("allow", help=allow, settings=(AllowSettings,))
    revoke = "end its right to connect; the connections that it has are closed"
    actions.add_parser("revoke", help=revoke, settings=(RevokeSettings,))
    return parser


def _run(arguments: Namespace) -> None:
    store = KeyStore()
    if arguments.action == "show":
        print(key_text(store.own_keys().public))
    elif arguments.action == "list":
        for entry in store.allowed():
            print(key_text(entry.key), entry.name)
        if not store.allowed():
            print("no key is allowed; see narrowcast keys allow --help", file=sys.stderr)
    elif arguments.action == "allow":
        allowed = make_settings(AllowSettings, arguments)
        store.allow(parse_key(allowed.key), allowed.name)
        print(f"{allowed.name} may connect now, also to programs that run already")
    else:
        entry = store.revoke(make_settings(RevokeSettings, arguments).who)
        print(f"{entry.name} may connect no more; programs that run cut it within a second")


if __name__ == "__main__":
    sys.exit(main())

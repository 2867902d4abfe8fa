"""`narrowcast keys`: show this machine's key, and say which others may connect to it."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from protocol import key_text, parse_key
from runtime.key_store import KeyStore
from runtime.terminal import OneLineParser, run_command


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command as the arguments say; returns the exit status."""
    arguments = make_parser().parse_args(argv)
    return run_command(lambda: _run(arguments))


def make_parser() -> OneLineParser:
    """The arguments of the command."""
    parser = OneLineParser(
        prog="narrowcast keys",
        description="Keys say who may connect. They are made on first use, in ~/.config/narrowcast, or in "
        "$NARROWCAST_HOME.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("show", help="print this machine's public key, to be allowed elsewhere")
    actions.add_parser("list", help="print the keys that may connect to this machine")
    allow = actions.add_parser("allow", help="let the machine with this key connect to this one")
    allow.add_argument("key", metavar="KEY", help="52 characters, as the other machine shows them")
    allow.add_argument("--name", required=True, help="what to call it, such as phone")
    revoke = actions.add_parser("revoke", help="let it connect no more; what it has open is cut")
    revoke.add_argument("who", metavar="NAME", help="its name, or its key")
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
        store.allow(parse_key(arguments.key), arguments.name)
        print(f"{arguments.name} may connect now, also to programs that run already")
    else:
        entry = store.revoke(arguments.who)
        print(f"{entry.name} may connect no more; programs that run cut it within a second")


if __name__ == "__main__":
    sys.exit(main())

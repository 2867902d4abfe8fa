"""What `narrowcast fabric ACTION` does."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

from narrowcast.fabric.administration.folder import FabricFolder, Listen, parse_listen
from narrowcast.fabric.administration.members import Member, write_members
from narrowcast.fabric.administration.service import FabricService
from narrowcast.fabric.identity import own_identity
from narrowcast.fabric.retention import StreamLimits
from narrowcast.runtime.program import program
from narrowcast.runtime.reporting import Notice
from narrowcast.runtime.signals import StopSignal


def show_key() -> None:
    """Print this machine's public NKEY, made at the first call."""
    print(own_identity().public)


def init(path: Path, listen: str, advertise: str) -> None:
    """Make the folder of a new fabric."""
    host, port = parse_listen(listen)
    folder = FabricFolder(path)
    folder.make(Listen(host=host, port=port, advertise=advertise))
    print(f"made {path}; run its server with: {program()} fabric run {shlex.quote(str(path))}")
    print(f"its address, for relays and viewers: {folder.url}")


def run(path: Path, stop: StopSignal, tell: Callable[[Notice], None]) -> None:
    """Run a fabric's server until it is stopped."""
    FabricService(FabricFolder(path), stop, tell).run()


def allow(
    path: Path,
    *,
    key: str,
    name: str,
    cameras: tuple[str, ...],
    only: tuple[str, ...],
    worker: bool,
    keep_s: float | None,
    keep_bytes: int | None,
) -> None:
    """Let a key publish cameras, watch, or work."""
    folder = FabricFolder(path)
    with folder.changing() as members:
        member = Member(key=key.strip(), name=name, cameras=cameras, only=only, worker=worker)
        limits = StreamLimits(keep_s=keep_s, keep_bytes=keep_bytes)
        write_members(folder.members_path, members.allow(member, limits))
    print(f"{name} may {_may(member)} now")


def revoke(path: Path, who: str) -> None:
    """End a key's right to connect."""
    folder = FabricFolder(path)
    with folder.changing() as members:
        kept, member = members.revoke(who)
        write_members(folder.members_path, kept)
    print(f"{member.name} may connect no more; a server that runs cuts it within a second")


def show_members(path: Path) -> None:
    """Print who may do what."""
    folder = FabricFolder(path)
    folder.check()
    for member in folder.members().members:
        print(member.key, member.name, f"may {_may(member)}")
    if not folder.members().members:
        print("no key is allowed; see narrowcast fabric allow --help", file=sys.stderr)


def _may(member: Member) -> str:
    if member.cameras:
        return f"publish {', '.join(member.cameras)}"
    does = "decode, for tiles and alerts," if member.worker else "watch"
    return f"{does} {', '.join(member.only) or 'every camera'}"

"""Who may do what in a fabric, as a file that only its owner reads and writes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from narrowcast.errors import FabricError
from narrowcast.fabric.connection import INBOXES
from narrowcast.fabric.identity import check_public
from narrowcast.fabric.names import (
    FLEET,
    LEASES,
    alert_subject,
    frame_subject,
    keyframe_subject,
    lease_subject,
    state_subject,
    stream_of,
    tile_subject,
    video_subjects,
)
from narrowcast.fabric.retention import StreamLimits
from narrowcast.prepared_types import prepared
from narrowcast.runtime.fabric_address import check_camera
from narrowcast.runtime.private_files import check_private, write_private
from narrowcast.text import printable

MAX_NAME = 64
MAX_VIEWERS = 256
"Keys of viewers, each with an account of its own; any number of connections may share a key."


_LIST = "$JS.API.STREAM.NAMES"


class MembersError(FabricError):
    """The list cannot be read, or not changed like this; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """The subjects that one key may use."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Member:
    """One key."""

    key: str
    "public NKEY"
    name: str
    "what people call it"
    cameras: tuple[str, ...] = ()
    "that it may publish; empty for a viewer or a worker"
    only: tuple[str, ...] = ()
    "that a viewer or a worker may watch; empty: all"
    worker: bool = False
    "it decodes cameras: it may watch, and publish tiles and alerts"
    slot: int = -1
    "of a viewer: the number of its account"

    @property
    def permissions(self) -> Permissions:
        """What the server lets it do: publish its own cameras, or watch, or watch and tell; nothing else."""
        inbox = f"{INBOXES}.{self.key}.>"
        if self.cameras:
            return Permissions(
                publish=(
                    *(subject for camera in self.cameras for subject in _published(camera)),
                    f"$JS.API.STREAM.INFO.KV_{LEASES}",
                ),
                subscribe=(inbox,),
            )
        cameras = self.only or ("*",)
        asks = [each for camera in cameras for each in _read(camera)]
        asks += [] if self.only else [_LIST]
        watches = [each for camera in cameras for each in _watched(camera)]
        if self.worker:
            asks += [each for camera in cameras for each in (tile_subject(camera), alert_subject(camera))]
            asks += [f"$KV.{FLEET}.>", f"$JS.API.STREAM.INFO.KV_{FLEET}", f"$JS.API.DIRECT.GET.KV_{FLEET}.>"]
            watches.append(f"$KV.{FLEET}.>")
        return Permissions(publish=tuple(asks), subscribe=(*watches, inbox))


def _published(camera: str) -> tuple[str, ...]:
    """What a relay publishes of a camera, and asks for."""
    lease = lease_subject(camera)
    return (
        keyframe_subject(camera),
        frame_subject(camera),
        state_subject(camera),
        alert_subject(camera),
        lease,
        f"$JS.API.DIRECT.GET.KV_{LEASES}.{lease}",
        f"$JS.API.STREAM.INFO.{stream_of(camera)}",
    )


def _read(camera: str) -> tuple[str, ...]:
    """What a viewer asks for: it changes nothing. A wildcard stands for a whole name of a stream."""
    stream = "*" if camera == "*" else stream_of(camera)
    return (
        f"$JS.API.STREAM.INFO.{stream}",
        f"$JS.API.DIRECT.GET.{stream}",
        f"$JS.API.DIRECT.GET.{stream}.>",
    )


def _watched(camera: str) -> tuple[str, ...]:
    return video_subjects(camera), state_subject(camera), alert_subject(camera), tile_subject(camera)


@dataclass(frozen=True, kw_only=True)
class Members:
    """Everybody who may connect."""

    members: tuple[Member, ...] = ()
    limits: dict[str, StreamLimits] = field(default_factory=dict)
    "of cameras, by name"

    @property
    def cameras(self) -> tuple[str, ...]:
        """Every camera that somebody may publish."""
        return tuple(dict.fromkeys(camera for member in self.members for camera in member.cameras))

    def allow(self, member: Member, limits: StreamLimits) -> Members:
        """The list with one more key, or with what it may do changed; MembersError."""
        check_public(member.key)
        name = member.name
        if not name or name != name.strip() or printable(name, MAX_NAME) != name:
            raise MembersError(f"a name has 1 to {MAX_NAME} ordinary characters, such as wall")
        for camera in (*member.cameras, *member.only):
            check_camera(camera)
        kept = [each for each in self.members if each.key != member.key]
        if any(each.name == name for each in kept):
            raise MembersError(
                f"there is a key called {name!r} already: revoke it first, or use another name"
            )
        if not member.cameras and not member.worker:
            member = replace(member, slot=_free_slot(kept))
        changed = dict(self.limits)
        if limits != StreamLimits():
            changed |= dict.fromkeys(member.cameras, limits)
        return Members(members=(*kept, member), limits=changed)

    def revoke(self, who: str) -> tuple[Members, Member]:
        """The list without a key, by its name or its text, and what was there; MembersError."""
        found = [each for each in self.members if who in (each.name, each.key)]
        if not found:
            names = ", ".join(each.name for each in self.members) or "none"
            raise MembersError(f"no key is called {printable(who)!r}; there are: {names}")
        kept = tuple(each for each in self.members if each not in found)
        return Members(members=kept, limits=self.limits), found[0]


def _free_slot(kept: list[Member]) -> int:
    """The number of an account that no viewer has; MembersError."""
    taken = {member.slot for member in kept}
    free = next((slot for slot in range(MAX_VIEWERS) if slot not in taken), None)
    if free is None:
        raise MembersError(f"{MAX_VIEWERS} keys may watch: revoke one, or let machines share a key")
    return free


def read_members(path: Path) -> Members:
    """Read the file; MembersError where it cannot be read, or others can write it."""
    check_private(path)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=prepared(Members))
        for member in found.members:
            check_public(member.key)
            for camera in (*member.cameras, *member.only):
                check_camera(camera)
    except OSError as error:
        raise MembersError(f"cannot read {path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise MembersError(f"{path} is damaged: {printable(str(error), 200)}") from error
    return found


def write_members(path: Path, members: Members) -> None:
    """Write the file in one step."""
    write_private(path, msgspec.json.format(msgspec.json.encode(members), indent=1).decode() + "\n")

"""What a relay tells of its camera: the parameters of its stream, and whether it is there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from narrowcast.errors import FabricError
from narrowcast.prepared_types import prepared
from narrowcast.protocol import StreamParameters
from narrowcast.text import printable

MAX_STATE_BYTES = 4096


class StateError(FabricError):
    """These bytes tell nothing of a camera."""


@dataclass(frozen=True, kw_only=True)
class CameraState:
    """How a camera is."""

    stream: StreamParameters
    "what it sends, or sent last"
    linked: bool
    "the relay gets its frames"
    ended: bool = False
    "its sender said goodbye"
    reason: str = ""
    "why the relay gets none; one line"


def pack_state(state: CameraState) -> bytes:
    """The message that tells a state."""
    return msgspec.json.encode(state)


def unpack_state(data: bytes) -> CameraState:
    """Undo pack_state; StateError where that is not possible."""
    if len(data) > MAX_STATE_BYTES:
        raise StateError(f"a state of {len(data)} bytes; it has up to {MAX_STATE_BYTES}")
    try:
        state = msgspec.json.decode(data, type=prepared(CameraState))
    except (msgspec.MsgspecError, ValueError) as error:
        raise StateError(f"a state that cannot be read ({printable(str(error), 80)})") from error
    stream = replace(state.stream, name=printable(state.stream.name))
    return replace(state, stream=stream, reason=printable(state.reason, 300))

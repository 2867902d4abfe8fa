"""Frames of a camera as they lie in a fabric, made up; no package of NATS is needed for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from narrowcast.fabric.records import FabricFrame, MessageWriter, unpack_message
from narrowcast.protocol import ArrivedFrame, StreamParameters
from tests.receiver.frame_samples import arrived_frame

START_US = 1_700_000_000_000_000
"Of the first frame, since 1970."
FRAME_US = 100_000

STREAM = StreamParameters(width=64, height=64, fps=10.0, codec="jpeg", name="yard camera")


def frames(
    count: int, *, first: int = 0, epoch: int = 1, keyframe_every: int = 5, codec: str = "jpeg"
) -> list[ArrivedFrame]:
    """Frames of ten a second, of a payload that tells their number."""
    return [
        replace(
            arrived_frame(
                sequence=number,
                payload=b"frame %d" % number,
                keyframe=number % keyframe_every == 0,
                epoch=epoch,
                codec=codec,
            ),
            capture_sender_us=number * FRAME_US,
            arrival_local_us=number * FRAME_US,
        )
        for number in range(first, first + count)
    ]


def messages(arrived: Sequence[ArrivedFrame], writer: MessageWriter | None = None) -> list[bytes]:
    """The messages of frames, those alone that can be decoded."""
    writer = writer or MessageWriter()
    packed = (writer.pack(frame, "", START_US + frame.capture_sender_us) for frame in arrived)
    return [data for data in packed if data is not None]


def unpacked(arrived: Sequence[ArrivedFrame]) -> list[FabricFrame]:
    """The same, read again."""
    return [unpack_message(data) for data in messages(arrived)]


def sequences(found: Sequence[FabricFrame]) -> list[int]:
    """The frames' numbers."""
    return [each.frame.sequence for each in found]

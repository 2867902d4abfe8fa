"""Recordings of payloads for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from narrowcast import codec
from narrowcast.protocol import ArrivedFrame
from narrowcast.receiver.recording.payload_file import Damage, Located, PayloadFile
from narrowcast.receiver.recording.payload_recorder import PayloadRecorder
from narrowcast.receiver.recording.payload_records import FrameRecord
from tests.codec.picture_samples import camera_like
from tests.receiver.frame_samples import arrived_frame

FRAME_US = 100_000


def coded_frames(count: int, codec_name: str = "jpeg", keyframe_every: int = 5) -> list[ArrivedFrame]:
    """Frames of 64x64, ten a second."""
    encoder = codec.create_encoder(codec_name, width=64, height=64, threads=1)
    frames = []
    for number in range(count):
        encoded = encoder.encode(camera_like(64, 64, seed=number), keyframe=number % keyframe_every == 0)
        frame = arrived_frame(sequence=number, payload=encoded.payload, keyframe=encoded.keyframe)
        taken_us = 5_000_000 + number * FRAME_US
        frames.append(replace(frame, codec=codec_name, capture_sender_us=taken_us, arrival_local_us=taken_us))
    return frames


def record(path: Path, frames: list[ArrivedFrame]) -> None:
    """Write a recording."""
    recorder = PayloadRecorder(path, overwrite=True)
    for frame in frames:
        recorder.add(frame)
    recorder.close()


def read(path: Path) -> list[Located | Damage]:
    """All that a recording holds."""
    with PayloadFile(path) as file:
        return list(file.records())


def sequences(found: list[Located | Damage]) -> list[int]:
    """The frames' numbers."""
    records = [item.record for item in found if isinstance(item, Located)]
    return [record.sequence for record in records if isinstance(record, FrameRecord)]

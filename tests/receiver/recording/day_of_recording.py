"""Records a day of five million frames, seeks, damages and repairs it: the figures of docs/recording.md.

Needs about three gigabytes in the folder that it is given, and some minutes.
"""

from __future__ import annotations

import random
import shutil
import statistics
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from narrowcast import codec
from narrowcast.protocol import ArrivedFrame
from narrowcast.receiver.play.config import ReplayConfig
from narrowcast.receiver.play.repair import repair
from narrowcast.receiver.play.replay import Replay
from narrowcast.receiver.play.source import source_of
from narrowcast.receiver.recording.payload_file import Located, PayloadFile
from narrowcast.receiver.recording.payload_index import PayloadIndex
from narrowcast.receiver.recording.payload_recorder import PayloadRecorder
from narrowcast.receiver.recording.payload_records import FrameRecord
from tests.codec.sequences import moving
from tests.receiver.frame_samples import arrived_frame

FRAMES = 5_000_000
DAY_US = 86_400_000_000
ENTRY_S = 10
SEEKS = 100
BLOCK_BYTES = 4096
DAMAGED_SHARE = 0.01


def segment(width: int, height: int, frames: int) -> list[ArrivedFrame]:
    """Ten seconds of real payloads: a keyframe, and frames that build on it."""
    encoder = codec.create_encoder("hybrid", width=width, height=height, threads=1)
    coded = []
    for number, rgb in enumerate(moving(width, height, frames)):
        encoded = encoder.encode(rgb, quality=0.3, keyframe=number == 0)
        frame = arrived_frame(payload=encoded.payload, keyframe=encoded.keyframe, codec="hybrid", width=width)
        coded.append(replace(frame, height=height))
    return coded


def record(path: Path, coded: list[ArrivedFrame], frames: int, step_us: int) -> None:
    """Record the segment again and again."""
    recorder = PayloadRecorder(path)
    for number in range(frames):
        taken_us = number * step_us
        frame = coded[number % len(coded)]
        recorder.add(replace(frame, sequence=number, capture_sender_us=taken_us, arrival_local_us=taken_us))
    recorder.close()


@dataclass(frozen=True, kw_only=True)
class SeekTimes:
    """How long each seek took, in milliseconds."""

    wall_ms: list[float]
    "on the clock, whatever else the machine did"
    cpu_ms: list[float]
    "of this program's processor time"

    def tell(self, name: str) -> None:
        """Print the median and the worst."""
        figures = (
            f"median {statistics.median(times):.1f} ms, worst {max(times):.1f} ms {of}"
            for times, of in ((self.wall_ms, "by the clock"), (self.cpu_ms, "of processor time"))
        )
        print(f"{name}: {'; '.join(figures)}", flush=True)


def seek_times(path: Path, *, pictures: bool) -> SeekTimes:
    """How long random seeks take: up to the place in the file, or up to the picture."""
    chance, wall_ms, cpu_ms = random.Random(1), [], []
    with PayloadFile(path) as file:
        end_us = PayloadIndex(file).end_us
        replay = Replay(source_of(file), ReplayConfig(threads=1), lambda text: None)
        next(replay.pictures(replay.entry_before(0)))  # makes the decoder
        for _ in range(SEEKS):
            time_us = chance.randrange(end_us)
            started_s, cpu_s = time.perf_counter(), time.process_time()
            entry = replay.entry_before(time_us)
            if pictures:
                assert next(replay.pictures(entry, time_us)).time_us >= time_us
            wall_ms.append(1000 * (time.perf_counter() - started_s))
            cpu_ms.append(1000 * (time.process_time() - cpu_s))
    return SeekTimes(wall_ms=wall_ms, cpu_ms=cpu_ms)


def damage(path: Path) -> NDArray[np.bool_]:
    """Zero one block in a hundred; returns which blocks, bool [blocks]."""
    blocks = path.stat().st_size // BLOCK_BYTES
    hit = np.random.default_rng(1).random(blocks) < DAMAGED_SHARE
    with path.open("r+b") as file:
        for block in np.flatnonzero(hit):
            file.seek(int(block) * BLOCK_BYTES)
            file.write(bytes(BLOCK_BYTES))
    return hit


def frames_of_hit_segments(path: Path, hit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which frames of a whole file lie in a segment that damage touches, bool [FRAMES]."""
    sums = np.concatenate([[0], np.cumsum(hit)])
    touched = np.zeros(FRAMES, np.bool_)
    start, numbers = 0, [0]
    with PayloadFile(path) as file:
        for item in file.records():
            assert isinstance(item, Located)
            if isinstance(item.record, FrameRecord):
                numbers.append(item.record.sequence)
                end = item.end_byte
            else:
                if _touches(sums, start, item.first_byte):
                    touched[numbers[0] : numbers[-1] + 1] = True
                start, numbers = item.first_byte, []
        if _touches(sums, start, end):
            touched[numbers[0] :] = True
    return touched


def _touches(sums: NDArray[np.int64], start: int, end: int) -> bool:
    last = min((end - 1) // BLOCK_BYTES + 1, len(sums) - 1)
    return bool(sums[last] > sums[start // BLOCK_BYTES])


def kept_frames(path: Path) -> NDArray[np.bool_]:
    """Which frames are in a file, bool [FRAMES]."""
    kept = np.zeros(FRAMES, np.bool_)
    with PayloadFile(path) as file:
        for item in file.records():
            assert isinstance(item, Located), "the repaired file is damaged"
            if isinstance(item.record, FrameRecord):
                kept[item.record.sequence] = True
    return kept


def damage_and_repair(day: Path, broken: Path, sound: Path) -> None:
    """Zero blocks of a copy, repair it, and compare what is lost with what was hit."""
    shutil.copyfile(day, broken)
    hit = damage(broken)
    seek_times(broken, pictures=False).tell(f"{hit.sum()} of {len(hit)} blocks zeroed: a place is found")
    started_s = time.perf_counter()
    repaired = repair(broken, sound)
    seconds = time.perf_counter() - started_s
    touched, kept = frames_of_hit_segments(day, hit), kept_frames(sound)
    assert not (~kept & ~touched).any(), "a frame of a segment that was not hit is lost"
    print(
        f"repaired in {seconds:.0f} s: {repaired.losses_count} losses; {touched.mean():.1%} of the frames "
        f"lie in segments that were hit, {1 - kept.mean():.1%} are lost, none of another segment"
    )


def main() -> None:
    """Print the figures."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    day, broken, sound, film = (folder / f"{name}.ncast" for name in ("day", "broken", "sound", "film"))
    step_us = DAY_US // FRAMES
    started_s = time.perf_counter()
    record(day, segment(64, 64, round(1e6 * ENTRY_S / step_us)), FRAMES, step_us)
    seconds = time.perf_counter() - started_s
    gigabytes = day.stat().st_size / 1e9
    print(f"{FRAMES} frames of a day recorded in {seconds:.0f} s, {gigabytes:.2f} GB", flush=True)
    seek_times(day, pictures=False).tell("a place in it is found")
    seek_times(day, pictures=True).tell("a picture of 64x64 in it is shown (579 frames a segment)")
    record(film, segment(640, 360, 15 * ENTRY_S), 15 * 600, 66_667)
    seek_times(film, pictures=True).tell("a picture of 640x360 is shown (150 frames a segment)")
    damage_and_repair(day, broken, sound)


if __name__ == "__main__":
    main()

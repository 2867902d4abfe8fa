"""Recordings of any kind in the real program: killed, and on a disk that fills up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from receiver.config import ReceiverConfig
from receiver.play.replay import examine
from receiver.recording.payload_file import Located, PayloadFile
from receiver.recording.payload_records import FrameRecord
from receiver.recording.recording import Recording
from tests.pipelines import run_receiver, run_sender, small_sender
from tests.programs import next_line, program
from tests.receiver.frame_samples import decoded_frame
from tests.reporters import keep_text

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")

SUFFIXES = (".mp4", ".mkv", ".ncast")


def playable_s(path: Path) -> float:
    """Seconds from the first frame to the last that can be played."""
    if path.suffix == ".ncast":
        with PayloadFile(path) as file:
            return examine(file).duration_us / 1e6
    with av.open(str(path)) as container:
        return max(float(frame.time or 0) for frame in container.decode(video=0))


def test_a_killed_receiver_loses_a_second_at_most(tmp_path: Path) -> None:
    """One sender, one receiver for each kind of file, all killed at once after three seconds."""
    paths = [tmp_path / f"r{suffix}" for suffix in SUFFIXES]
    with run_sender(small_sender()) as sender:
        url = sender.address()
        arguments = [["receive", url, "--no-window", "--record", str(path)] for path in paths]
        with (
            program(*arguments[0]) as first,
            program(*arguments[1]) as second,
            program(*arguments[2]) as third,
        ):
            counted = []
            for process in (first, second, third):
                lines = [next_line(process, '"event": "second"') for _ in range(3)]
                counted.append(sum(line["shown"] for line in lines))
                process.send_signal(signal.SIGKILL)
                process.wait()
    for path, shown in zip(paths, counted, strict=True):
        # Three seconds were reported, so at least as much had been shown; one of them may be lost.
        assert shown > 0 and playable_s(path) >= 3 - 1.0 - 0.3, path.suffix


LIMITED = """
import resource, sys
from pathlib import Path
from receiver.recording.recording import Recording
from tests.receiver.frame_samples import decoded_frame
import numpy as np
rng = np.random.default_rng(0)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
recording = Recording(Path(sys.argv[1]), lambda notice: print(notice.text))
for number in range(500):
    noise = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    recording.add(decoded_frame(sequence=number, capture_sender_us=number * 66_667), noise)
recording.close()
print("went on")
"""


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".mov"])
def test_a_disk_that_fills_up_ends_the_recording_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"r{suffix}"
    command = [sys.executable, "-c", LIMITED, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(told) == 2 and told[1] == "went on"
    assert told[0].startswith(
        f"cannot write to {path}: file too large; is the disk full? Recording has stopped"
    )
    assert path.stat().st_size <= 200_000
    assert playable_s(path) > 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_the_stream_goes_on_where_nothing_can_be_recorded(tmp_path: Path) -> None:
    path = tmp_path / "r.mkv"
    path.symlink_to("/dev/full")
    with run_sender(small_sender()) as sender:
        config = ReceiverConfig(url=sender.address(), window=False, record=path, max_frames=80)
        receiver = run_receiver(config)
        receiver.join()
    assert receiver.error is None and receiver.reporter.summaries[0]["shown"] == 80
    (line,) = [text for text in receiver.reporter.notices if "disk full" in text]
    assert line.endswith("the stream goes on")


def test_payloads_are_recorded_by_the_pipeline(tmp_path: Path) -> None:
    path = tmp_path / "r.ncast"
    with run_sender(small_sender()) as sender:
        receiver = run_receiver(
            ReceiverConfig(url=sender.address(), window=False, record=path, max_frames=20)
        )
        receiver.join()
    with PayloadFile(path) as file:
        contents = examine(file)
    summary = receiver.reporter.summaries[0]
    assert contents.frames == 20 and contents.payload_bytes == summary["payload_bytes"]
    assert f"recorded 20 frames to {path}" in receiver.reporter.notices


def test_closing_twice_tells_once(tmp_path: Path) -> None:
    told: list[str] = []
    recording = Recording(tmp_path / "r.ncast", keep_text(told))
    recording.add(decoded_frame(), np.zeros((64, 64, 3), np.uint8))
    recording.close()
    recording.close()
    assert told == [f"recorded 1 frames to {tmp_path / 'r.ncast'}"]


def test_payloads_tell_frame_by_frame_what_a_network_painted(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "r.ncast", keep_text([]))
    for number, painted in enumerate((True, False, True)):
        recording.add(decoded_frame(sequence=number, painted=painted), np.zeros((64, 64, 3), np.uint8))
    recording.close()
    with PayloadFile(tmp_path / "r.ncast") as file:
        records = [found.record for found in file.records() if isinstance(found, Located)]
        assert examine(file).painted == 2
    assert [each.painted for each in records if isinstance(each, FrameRecord)] == [True, False, True]

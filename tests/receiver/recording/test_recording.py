"""Recordings of any kind in the real program: killed, and on a disk that fills up."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from narrowcast.receiver import outputs
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.play.contents import examine
from narrowcast.receiver.recording.file import RecordingFile
from narrowcast.receiver.recording.options import RecordOptions
from narrowcast.receiver.recording.payload_file import Located, PayloadFile
from narrowcast.receiver.recording.payload_records import FrameRecord
from narrowcast.receiver.recording.recording import MAX_WAITING, Recording
from tests.pipelines import run_receiver, run_sender, small_sender, wait_until
from tests.programs import next_line, program
from tests.receiver.frame_samples import decoded_frame
from tests.reporters import keep_text

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and limits of POSIX")

PICTURE = np.full((64, 64, 3), 99, np.uint8)
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
from narrowcast.receiver.recording.options import RecordOptions
from narrowcast.receiver.recording.writer import FrameToRecord, RecordingWriter
from tests.receiver.frame_samples import decoded_frame
import numpy as np
rng = np.random.default_rng(0)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
writer = RecordingWriter(RecordOptions(path=Path(sys.argv[1])), lambda notice: print(notice.text), bool)
for number in range(500):
    noise = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    arrived = decoded_frame(sequence=number, capture_sender_us=number * 66_667).arrived
    writer.add(FrameToRecord(arrived=arrived, picture=noise, painted=False))
writer.close()
print("went on")
"""


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".mov"])
def test_a_disk_that_fills_up_ends_the_recording_and_nothing_else(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"r{suffix}"
    command = [sys.executable, "-c", LIMITED, str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(told) == 2 and told[1] == "went on"
    assert told[0].startswith(
        f"cannot write to {path}: file too large; is the disk full? Recording has stopped, what was recorded "
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
    assert line.endswith("Recording has ended; the stream goes on")


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
    recording = Recording(RecordOptions(path=tmp_path / "r.ncast"), keep_text(told))
    recording.add(decoded_frame(), np.zeros((64, 64, 3), np.uint8))
    recording.close()
    recording.close()
    assert told == [f"recorded 1 frames to {tmp_path / 'r.ncast'}"]


def test_payloads_tell_frame_by_frame_what_a_network_painted(tmp_path: Path) -> None:
    recording = Recording(RecordOptions(path=tmp_path / "r.ncast"), keep_text([]))
    for number, painted in enumerate((True, False, True)):
        recording.add(decoded_frame(sequence=number, painted=painted), np.zeros((64, 64, 3), np.uint8))
    recording.close()
    with PayloadFile(tmp_path / "r.ncast") as file:
        records = [found.record for found in file.records() if isinstance(found, Located)]
        assert examine(file).painted == 2
    assert [each.painted for each in records if isinstance(each, FrameRecord)] == [True, False, True]


class StalledDisk:
    """Writes wait until a test lets them go on, as on a network drive whose server has gone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.goes_on = threading.Event()
        write = RecordingFile.write

        def stalled(file: RecordingFile, data: bytes) -> int:
            self.goes_on.wait(60)
            return write(file, data)

        monkeypatch.setattr(RecordingFile, "write", stalled)


@pytest.mark.parametrize("suffix", [".mp4", ".ncast"])
def test_a_stalled_disk_holds_up_neither_the_stream_nor_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    disk = StalledDisk(monkeypatch)
    monkeypatch.setattr("narrowcast.receiver.recording.recording.CLOSE_S", 0.2)
    told: list[str] = []
    recording = Recording(RecordOptions(path=tmp_path / f"r{suffix}"), keep_text(told))
    picture = np.zeros((64, 64, 3), np.uint8)
    for number in range(MAX_WAITING + 100):
        recording.add(decoded_frame(sequence=number), picture)
    recording.check()
    assert told == [f"{tmp_path / f'r{suffix}'} does not keep up: frames are left out of the recording"]
    recording.close()
    assert told[1].endswith("does not answer: it is left as it is")
    assert "are missing" in told[2]
    disk.goes_on.set()


def test_payloads_that_build_on_one_left_out_are_left_out_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = StalledDisk(monkeypatch)
    path = tmp_path / "r.ncast"
    recording = Recording(RecordOptions(path=path), keep_text([]))

    def add(number: int, *, keyframe: bool) -> None:
        decoded = decoded_frame(sequence=number, capture_sender_us=number * 66_667)
        recording.add(replace(decoded, arrived=replace(decoded.arrived, keyframe=keyframe)), PICTURE)

    for number in range(MAX_WAITING + 20):
        add(number, keyframe=number == 0)
    assert recording.wants_keyframe
    disk.goes_on.set()
    wait_until(lambda: recording.waiting == 0)
    add(9000, keyframe=False)
    add(9001, keyframe=True)
    add(9002, keyframe=False)
    recording.close()
    with PayloadFile(path) as file:
        records = [found.record for found in file.records() if isinstance(found, Located)]
    numbers = [record.sequence for record in records if isinstance(record, FrameRecord)]
    assert numbers[-2:] == [9001, 9002] and numbers[:-2] == list(range(len(numbers) - 2))


needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")


@needs_pipes
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ncast"])
def test_a_pipe_is_recorded_to_and_its_reader_may_leave(tmp_path: Path, suffix: str) -> None:
    path, told = tmp_path / f"pipe{suffix}", list[str]()
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    recording = Recording(RecordOptions(path=path), keep_text(told))
    got = b""
    for number in range(60):
        recording.add(decoded_frame(sequence=number, capture_sender_us=number * 66_667), PICTURE)
        wait_until(lambda: recording.waiting == 0)
        with contextlib.suppress(BlockingIOError):
            got += os.read(reader, 1 << 20)
    os.close(reader)
    (tmp_path / f"copy{suffix}").write_bytes(got)
    assert playable_s(tmp_path / f"copy{suffix}") >= 60 / 15 - 2.1
    for number in range(60, 120):
        recording.add(decoded_frame(sequence=number, capture_sender_us=number * 66_667), PICTURE)
    wait_until(lambda: recording.ended)
    recording.close()
    assert "its reader has gone. Recording has ended; the stream goes on" in told[0]
    assert path.exists(), "a pipe is never removed"


@needs_pipes
def test_a_pipe_that_nobody_reads_holds_up_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("narrowcast.receiver.recording.recording.CLOSE_S", 0.2)
    path, told = tmp_path / "pipe.mkv", list[str]()
    os.mkfifo(path)
    recording = Recording(RecordOptions(path=path), keep_text(told))
    for number in range(5):
        recording.add(decoded_frame(sequence=number), PICTURE)
    recording.close()
    assert recording.finished, "the thread has given up"
    assert "nobody reads it" in told[0] and "5 are missing" in told[-1]


@needs_pipes
def test_a_pipe_whose_reader_reads_nothing_holds_up_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrowcast.receiver.recording.recording.CLOSE_S", 0.2)
    path, told = tmp_path / "pipe.ncast", list[str]()
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    recording = Recording(RecordOptions(path=path), keep_text(told))
    for number in range(400):  # 512 bytes each: more than the pipe holds
        recording.add(decoded_frame(sequence=number), PICTURE)
    recording.close()
    assert recording.finished and "its reader takes nothing" in told[0]
    os.close(reader)


@needs_pipes
def test_a_receiver_that_records_to_a_pipe_whose_reader_leaves_ends_on_sigterm(tmp_path: Path) -> None:
    path = tmp_path / "pipe.mkv"
    os.mkfifo(path)
    with (
        run_sender(small_sender()) as sender,
        program("receive", sender.address(), "--no-window", "--record", str(path)) as process,
    ):
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        next_line(process, '"event": "second"')
        os.close(reader)
        next_line(process, '"event": "second"')
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0


def test_a_file_that_is_there_ends_the_program_before_anything_is_opened(tmp_path: Path) -> None:
    """Nobody listens at the address, and the key is mistyped: neither matters, nor is the file touched."""
    for name in ("r.mp4", "r.ncast"):
        path = tmp_path / name
        path.write_bytes(b"precious")
        for url in ("tcp://127.0.0.1:9", "tcp://192.0.2.1:5555?key=mistyped"):
            command = [
                sys.executable,
                "-m",
                "narrowcast",
                "receive",
                url,
                "--no-window",
                "--record",
                str(path),
            ]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 2 and done.stdout == ""
            assert done.stderr.count("\n") == 1 and "exists already and is kept" in done.stderr
            assert "use --overwrite" in done.stderr
            assert path.read_bytes() == b"precious"


def test_without_an_answer_no_file_is_made_and_one_to_be_replaced_is_kept(tmp_path: Path) -> None:
    for name, content in (("new.mp4", None), ("old.mp4", b"precious"), ("old.ncast", b"precious")):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        config = ReceiverConfig(
            url="tcp://127.0.0.1:9", window=False, record=path, overwrite=True, max_seconds=0.2
        )
        receiver = run_receiver(config)
        receiver.join()
        assert receiver.error is None
        assert path.read_bytes() == content if content is not None else not path.exists()


def test_the_sender_is_asked_for_keyframes_where_payloads_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frames build on each other; a keyframe is asked for after a second without, and nobody else is told."""
    made = outputs.record_options
    monkeypatch.setattr(outputs, "record_options", lambda *args: replace(made(*args), keyframe_s=1.0))
    path = tmp_path / "r.ncast"
    with run_sender(small_sender(codec="hybrid", fps=15)) as sender:
        config = ReceiverConfig(url=sender.address(), window=False, record=path, max_frames=60)
        receiver = run_receiver(config)
        receiver.join()
    with PayloadFile(path) as file:
        contents = examine(file)
    assert contents.keyframes >= 2 and contents.entries >= 2 and not contents.losses
    assert not [text for text in receiver.reporter.notices if "keyframe" in text]

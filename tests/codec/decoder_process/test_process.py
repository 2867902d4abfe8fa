"""Tests of process.py with real processes: they are killed, frozen and made to lie, and decoding goes on."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from narrowcast.codec.classic.codecs import ClassicEncoder
from narrowcast.codec.decoder_process import process as process_module
from narrowcast.codec.decoder_process.messages import MAX_INLINE_BYTES, DecoderSpec
from narrowcast.codec.decoder_process.process import MAX_STARTS, DecoderProcess, start_ahead
from narrowcast.codec.errors import BackendError, BitstreamError
from tests.codec.picture_samples import camera_like

WIDTH, HEIGHT = 80, 64
SPEC = DecoderSpec(format="png", width=WIDTH, height=HEIGHT)
POSIX = pytest.mark.skipif(os.name == "nt", reason="signals")


@pytest.fixture(scope="module")
def payload() -> bytes:
    return ClassicEncoder("png", WIDTH, HEIGHT).encode(camera_like(WIDTH, HEIGHT)).payload


@pytest.fixture
def process() -> Iterator[DecoderProcess]:
    process = DecoderProcess(WIDTH, HEIGHT)
    yield process
    process.close()


def pid_of(process: DecoderProcess) -> int:
    assert process._process is not None
    return process._process._process.pid


def ended(pid: int) -> bool:
    """Whether a process has ended, within ten seconds."""
    for _ in range(500):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with suppress(OSError):  # not on Linux, or it has ended
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True  # whoever inherited it has not looked yet
        time.sleep(0.02)
    return False


def decodes(process: DecoderProcess, payload: bytes) -> bool:
    return bool(np.array_equal(process.decode(payload, SPEC), camera_like(WIDTH, HEIGHT)))


@POSIX
def test_a_process_that_is_killed_costs_one_payload(process: DecoderProcess, payload: bytes) -> None:
    assert decodes(process, payload)
    os.kill(pid_of(process), signal.SIGKILL)
    with pytest.raises(BitstreamError, match="signal 9; it is started anew"):
        process.decode(payload, SPEC)
    assert decodes(process, payload)


@POSIX
def test_a_process_that_does_not_answer_is_killed(
    process: DecoderProcess, payload: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert decodes(process, payload)
    frozen = pid_of(process)
    os.kill(frozen, signal.SIGSTOP)
    monkeypatch.setattr(process_module, "DEADLINE_S", 0.1)
    with pytest.raises(BitstreamError, match="did not answer; it is started anew"):
        process.decode(payload, SPEC)
    monkeypatch.undo()
    assert ended(frozen) and decodes(process, payload)


def test_pictures_that_are_held_outlive_their_process(process: DecoderProcess, payload: bytes) -> None:
    held = [process.decode(payload, SPEC) for _ in range(12)]
    process.close()
    assert all(np.array_equal(rgb, camera_like(WIDTH, HEIGHT)) for rgb in held)


def test_a_long_payload_goes_through_the_shared_memory() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (96, 96, 3)).astype(np.uint8)
    payload = ClassicEncoder("png", 96, 96).encode(noise).payload
    assert len(payload) > MAX_INLINE_BYTES
    process, spec = DecoderProcess(96, 96), DecoderSpec(format="png", width=96, height=96)
    assert np.array_equal(process.decode(payload, spec), noise)
    with pytest.raises(BitstreamError, match="no picture of this size takes so many"):
        process.decode(bytes(1 << 20), spec)
    assert np.array_equal(process.decode(payload, spec), noise)
    process.close()


def test_a_refusal_is_told_and_costs_no_process(process: DecoderProcess, payload: bytes) -> None:
    assert decodes(process, payload)
    pid = pid_of(process)
    with pytest.raises(BitstreamError, match="not a png payload"):
        process.decode(payload[:-1] + b"\0", SPEC)
    with pytest.raises(BitstreamError, match="the stream is 80x64"):
        process.decode(ClassicEncoder("png", 64, 80).encode(camera_like(64, 80)).payload, SPEC)
    assert decodes(process, payload) and pid_of(process) == pid


@POSIX
def test_a_stream_that_ends_its_process_again_and_again_waits(
    process: DecoderProcess, payload: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_s = [1000.0]
    monkeypatch.setattr("narrowcast.codec.decoder_process.process.time.monotonic", lambda: clock_s[0])
    process._starts_s.clear()
    for _ in range(MAX_STARTS):
        process.decode(payload, SPEC)
        os.kill(pid_of(process), signal.SIGKILL)
        with pytest.raises(BitstreamError, match="anew"):
            process.decode(payload, SPEC)
    os.kill(pid_of(process), signal.SIGKILL)
    for _ in range(3):
        with pytest.raises(BitstreamError):
            process.decode(payload, SPEC)
    with pytest.raises(BitstreamError, match="again and again"):
        process.decode(payload, SPEC)
    clock_s[0] += process_module.STARTS_WINDOW_S + 1
    assert decodes(process, payload)


def test_nothing_is_left_when_nobody_has_the_decoder(payload: bytes) -> None:
    process = DecoderProcess(WIDTH, HEIGHT)
    process.decode(payload, SPEC)
    pid = pid_of(process)
    del process
    gc.collect()
    assert ended(pid)


@POSIX
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_the_process_ends_with_its_program(how: signal.Signals) -> None:
    program = (
        "import time\n"
        "from narrowcast.codec.decoder_process.process import DecoderProcess\n"
        f"process = DecoderProcess({WIDTH}, {HEIGHT}); process._running()\n"
        "print(process._process._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as started:
        assert started.stdout is not None
        pid = int(started.stdout.readline())
        started.send_signal(how)
        started.wait()
    assert ended(pid)


def test_an_interrupted_request_leaves_no_answer_behind(
    process: DecoderProcess, payload: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert decodes(process, payload)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(process_module, "receive_answer", interrupted)
    with pytest.raises(KeyboardInterrupt):
        process.decode(payload, SPEC)
    monkeypatch.undo()
    assert decodes(process, payload)


def test_a_process_that_never_begins_says_what_helps(monkeypatch: pytest.MonkeyPatch, payload: bytes) -> None:
    monkeypatch.setattr(process_module, "_PROGRAM", "raise SystemExit(3) # {path!r}")
    process = DecoderProcess(WIDTH, HEIGHT)
    with pytest.raises(BackendError, match="before it began; decode in this process instead"):
        process.decode(payload, SPEC)


def test_a_process_can_be_started_ahead(monkeypatch: pytest.MonkeyPatch, payload: bytes) -> None:
    start_ahead()
    spare = process_module._spare._process
    assert spare is not None
    start_ahead()
    assert process_module._spare._process is spare
    process = DecoderProcess(WIDTH, HEIGHT)
    assert process._process is spare and process_module._spare._process is None
    assert decodes(process, payload)
    process.close()


def test_where_no_process_starts_the_system_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(OSError):
        DecoderProcess(WIDTH, HEIGHT)


def test_the_process_is_told_nothing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, str]] = []
    original: Callable[..., object] = subprocess.Popen

    def started(*args: object, **kwargs: object) -> object:
        told.append(kwargs["env"])  # type: ignore[arg-type]
        return original(*args, **kwargs)

    monkeypatch.setenv("SECRET_TOKEN", "abc")
    monkeypatch.setattr("narrowcast.codec.decoder_process.process.subprocess.Popen", started)
    DecoderProcess(WIDTH, HEIGHT).close()
    assert told and "SECRET_TOKEN" not in told[0]

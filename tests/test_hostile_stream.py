"""A hostile stream beside an honest one in one program: the honest one goes on as if it were alone.

The hostile one sends bombs, and worse: each second its decoder process dies, as if one had got through.
"""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from contextlib import suppress

import pytest

from narrowcast import codec
from narrowcast.codec.api import Encoder
from narrowcast.codec.decoder_process.process import DecoderProcess
from narrowcast.receiver.config import ReceiverConfig
from tests.attacks.bombing_encoder import BombingEncoder
from tests.attacks.bombs import jpeg_hidden_frame
from tests.pipelines import run_receiver, run_sender, small_sender, wait_until

FPS = 15
FRAMES = 4 * FPS
"Of the honest stream, at least."
DEATHS = 3
"Of the hostile stream's decoder process; on a busy machine they take longer than the frames."
HELD = 0.95
BOMB_EVERY = 3
"Pictures of the hostile stream, of which the starts of its decoder process leave a few a second."
HOSTILE_SIZE = (96, 64)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_the_honest_stream_holds_its_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    create_encoder, start = codec.create_encoder, DecoderProcess._start
    bomb = jpeg_hidden_frame(HOSTILE_SIZE)
    bombing: list[BombingEncoder] = []
    processes: dict[tuple[int, int], list[int]] = defaultdict(list)

    def hostile_encoder(name: str, *, width: int, height: int, **rest: object) -> Encoder:
        encoder = create_encoder(name, width=width, height=height)
        if (width, height) != HOSTILE_SIZE:
            return encoder
        bombing.append(BombingEncoder(encoder, bomb, BOMB_EVERY))
        return bombing[-1]

    def started(self: DecoderProcess) -> object:
        process = start(self)
        processes[self._size].append(process._process.pid)
        return process

    monkeypatch.setattr(codec, "create_encoder", hostile_encoder)
    monkeypatch.setattr(DecoderProcess, "_start", started)
    with (
        run_sender(small_sender(width=HOSTILE_SIZE[0], fps=FPS)) as hostile,
        run_receiver(ReceiverConfig(url=hostile.address(), window=False)) as victim,
        run_sender(small_sender(fps=FPS)) as honest,
    ):
        wait_until(lambda: any(second["decoded"] for second in victim.reporter.seconds))
        receiver = run_receiver(ReceiverConfig(url=honest.address(), window=False, until_end=True))
        kills = 0
        while sum(second["decoded"] for second in receiver.reporter.seconds) < FRAMES or not (
            kills >= DEATHS and len(processes[HOSTILE_SIZE]) > DEATHS
        ):
            seconds = len(victim.reporter.seconds)
            with suppress(ProcessLookupError):  # on a busy machine the next one has not begun
                os.kill(processes[HOSTILE_SIZE][-1], signal.SIGKILL)
                kills += 1
            wait_until(lambda seconds=seconds: len(victim.reporter.seconds) > seconds)  # type: ignore[misc]
        assert receiver.error is None and victim.error is None and not victim.ended
        honest.stop()
        receiver.join()
    sent, held = honest.reporter.summaries[-1], receiver.reporter.summaries[-1]
    assert held["decoded"] >= HELD * sent["coded"] and held["failed"] == 0
    assert any(encoder.bombs for encoder in bombing)
    assert len(processes[64, 64]) == 1
    assert sum(second["failed"] for second in victim.reporter.seconds) >= 3

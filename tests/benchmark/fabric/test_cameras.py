"""Cameras whose frames are made of nothing, taken by a real receiver's session."""

from __future__ import annotations

import asyncio
import random

import pytest

pytest.importorskip("nats", reason="nats-py comes with the fabric extra")

from narrowcast.benchmark.fabric.cameras import KEYFRAME_TIMES, LightCamera
from narrowcast.fabric.link_loop import LinkLoop
from narrowcast.protocol import (
    ArrivedFrame,
    CodecOffer,
    ReceiverSession,
    ReceiverSessionConfig,
    Transport,
    TransportConfig,
)
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.signals import StopSignal


def test_a_camera_gives_a_keyframe_and_then_frames_without_a_hole() -> None:
    async def run() -> list[ArrivedFrame]:
        camera, stop, taken = LightCamera(100.0, 50), StopSignal(), list[ArrivedFrame]()
        session = ReceiverSession(
            ReceiverSessionConfig(codecs=(CodecOffer(name="hybrid"),), instance=random.getrandbits(63))
        )

        def take() -> None:
            while (frame := session.take_frame(now_us())) is not None:
                taken.append(frame)

        link = LinkLoop(session, Transport(TransportConfig(url=camera.url, bind=False)), take)
        running = asyncio.create_task(camera.run(stop))
        while len(taken) < 20:
            await asyncio.sleep(0.01)
        stop.request()
        await running
        link.close()
        return taken

    taken = asyncio.run(asyncio.wait_for(run(), 30))
    assert taken[0].keyframe and len(taken[0].payload) == 50 * KEYFRAME_TIMES
    assert not any(frame.keyframe for frame in taken[1:]) and len(taken[1].payload) == 50
    assert [frame.sequence for frame in taken] == list(range(len(taken)))

"""A link inside an asyncio loop, with a real sender."""

from __future__ import annotations

import asyncio
import random

from narrowcast.fabric.link_loop import LinkLoop
from narrowcast.protocol import ReceiverSession, ReceiverSessionConfig, Transport, TransportConfig
from narrowcast.receiver.feed import codec_offers
from narrowcast.runtime.clock import now_us
from tests.pipelines import run_sender, small_sender


def test_frames_come_without_a_thread_of_their_own() -> None:
    async def run(url: str) -> int:
        config = ReceiverSessionConfig(codecs=codec_offers(), instance=random.getrandbits(63))
        session = ReceiverSession(config)
        taken = []

        def take() -> None:
            while (frame := session.take_frame(now_us())) is not None:
                taken.append(frame.sequence)

        loop = LinkLoop(session, Transport(TransportConfig(url=url, bind=False)), take)
        for _ in range(1000):
            if len(taken) >= 30:
                break
            await asyncio.sleep(0.01)
        assert loop.notices() == [] and loop.messages_refused == 0
        loop.say_goodbye("enough")
        await asyncio.sleep(0.1)
        loop.close()
        return len(taken)

    with run_sender(small_sender()) as sender:
        assert asyncio.run(run(sender.address())) >= 30
    assert any("said goodbye: enough" in line for line in sender.reporter.notices)

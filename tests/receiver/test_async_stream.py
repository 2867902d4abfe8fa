"""The loop for asyncio, against real senders."""

from __future__ import annotations

import asyncio
import gc

import pytest

from narrowcast.errors import StreamError
from narrowcast.receiver.async_stream import areceive
from narrowcast.receiver.stream import NoFrameError
from tests.pipelines import run_sender, small_sender, wait_until

PATIENCE_S = 30.0
"Only a test that fails waits this long."


def test_frames_come_while_other_tasks_run() -> None:
    async def watch(url: str) -> tuple[list[int], int]:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0.001)
                turns += 1

        counting = asyncio.create_task(count())
        sequences = []
        async with areceive(url, timeout_s=PATIENCE_S) as stream:
            async for frame in stream:
                sequences.append(frame.sequence)
                if len(sequences) == 8:
                    break
        counting.cancel()
        return sequences, turns

    with run_sender(small_sender()) as sender:
        sequences, turns = asyncio.run(watch(sender.address()))
        wait_until(lambda: any(" left: it said goodbye" in text for text in sender.reporter.notices))
    assert sequences == sorted(set(sequences)) and len(sequences) == 8
    assert turns > 8


def test_leaving_the_loop_says_goodbye() -> None:
    async def watch(url: str) -> None:
        async for frame in areceive(url, timeout_s=PATIENCE_S):
            assert frame.rgb.any()
            break

    with run_sender(small_sender()) as sender:
        asyncio.run(watch(sender.address()))
        gc.collect()
        wait_until(lambda: any(" left: it said goodbye" in text for text in sender.reporter.notices))


def test_it_ends_with_the_sender_where_that_is_wanted() -> None:
    async def watch(url: str) -> list[int]:
        return [frame.sequence async for frame in areceive(url, until_end=True, timeout_s=PATIENCE_S)]

    with run_sender(small_sender(max_frames=5)) as sender:
        assert asyncio.run(watch(sender.address()))[-1] == 4


def test_errors_come_with_the_first_frame() -> None:
    async def watch(url: str) -> None:
        async for _ in areceive(url, timeout_s=0.2):
            return

    with pytest.raises(StreamError, match="tcp://"):
        asyncio.run(watch("camera.local"))
    with pytest.raises(NoFrameError):
        asyncio.run(watch("tcp://127.0.0.1:9"))


def test_a_wrong_argument_is_an_error_at_once() -> None:
    with pytest.raises(TypeError, match="lisen"):
        areceive("tcp://127.0.0.1:9", lisen=True)  # type: ignore[call-arg]

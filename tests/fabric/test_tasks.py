"""Ending tasks for certain."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from narrowcast.fabric.tasks import end_tasks


def test_a_task_that_loses_a_cancellation_ends_all_the_same() -> None:
    async def deaf() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        await asyncio.sleep(60)

    async def failing() -> None:
        raise ValueError("its own")

    async def run() -> None:
        tasks = [asyncio.create_task(job) for job in (deaf(), failing())]
        await asyncio.sleep(0.01)
        await end_tasks(*tasks)
        assert all(task.done() for task in tasks)
        await end_tasks()

    asyncio.run(asyncio.wait_for(run(), 10))

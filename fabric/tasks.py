"""Ends tasks for certain: a cancellation may be lost on its way."""

from __future__ import annotations

import asyncio
from typing import Any

_AGAIN_S = 0.05


async def end_tasks(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until they have ended; what they raised is theirs.

    Before Python 3.12, `asyncio.wait_for` loses a cancellation that comes together with the result that it
    waits for: a task that takes message after message would never end.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_AGAIN_S)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # taken note of, so that nobody logs it

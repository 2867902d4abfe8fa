"""Watching over interruptions; test_feed.py has it with the whole receiver."""

from __future__ import annotations

import asyncio
from pathlib import Path

from narrowcast.fabric.viewer.keep_watching import keep_watching
from tests.fabric.fabric_servers import TestServer, running_server
from tests.fabric.viewer.test_watch import Seen, until


class PatientSeen(Seen):
    """Keeps what it is told, interruptions too."""

    def lost(self, reason: str) -> None:
        self.lines.append(reason)

    def trouble(self, text: str) -> None:
        self.lines.append(text)


def test_a_server_that_is_away_is_waited_for(tmp_path: Path) -> None:
    async def run(server: TestServer) -> None:
        seen, stopped = PatientSeen(), False
        watching = asyncio.create_task(keep_watching(server.address, "patient", seen, lambda: stopped))
        await until(lambda: any("knows no camera" in line for line in seen.lines))
        server.kill()
        await until(lambda: any("the connection is gone" in line for line in seen.lines))
        await until(lambda: any("no server runs there (still trying)" in line for line in seen.lines))
        server.start()
        before = len(seen.lines)
        await until(lambda: any("knows no camera" in line for line in seen.lines[before:]))
        stopped = True
        await asyncio.wait_for(watching, 10)

    with running_server(tmp_path / "s") as server:
        asyncio.run(run(server))

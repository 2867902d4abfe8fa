"""The command `narrowcast wall`; its mistakes are in test_wall.py."""

from __future__ import annotations

from tests.fabric.fabric_servers import free_port
from tests.programs import next_line, program


def test_a_wall_runs_as_a_program_and_waits_for_its_server() -> None:
    url = f"nats://127.0.0.1:{free_port()}"
    with program("wall", "--web", "127.0.0.1:0", "--fabric", url) as wall:
        next_line(wall, "the wall is at http://127.0.0.1:")
        next_line(wall, "no server runs there (still trying)")
        wall.terminate()
        assert wall.wait(20) == 0

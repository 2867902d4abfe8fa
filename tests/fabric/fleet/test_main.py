"""The command `narrowcast fleet`."""

from __future__ import annotations

import pytest

from narrowcast.fabric.fleet.__main__ import main
from tests.fabric.fabric_servers import free_port
from tests.programs import next_line, program


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--camera", "a.b"], "--camera 'a.b' is no name of a camera"),
        (["--processes", "0"], "--processes is 0; it has to be from 1 to 256"),
        (["--fabric", "nats://hub"], "has no fingerprint"),
    ],
)
def test_mistakes_get_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status: object = main(arguments)
    except SystemExit as end:
        status = end.code
    error = capsys.readouterr().err
    assert status == 2 and error.count("\n") == 1 and words in error


def test_a_worker_runs_as_a_program_and_waits_for_its_server() -> None:
    url = f"nats://127.0.0.1:{free_port()}"
    with program("fleet", "--processes", "1", "--fabric", url) as worker:
        next_line(worker, "no server runs there (still trying)")
        worker.terminate()
        assert worker.wait(20) == 0

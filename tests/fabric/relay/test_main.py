"""The command `narrowcast relay`."""

from __future__ import annotations

import subprocess
import sys

import pytest

from narrowcast.fabric.relay.__main__ import main
from tests.fabric.fabric_servers import free_port
from tests.programs import next_line, program


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.b=tcp://127.0.0.1:1"], "'a.b' is no name of a camera"),
        (["front=tcp://127.0.0.1:1", "--fabric", "hub"], "--fabric is 'hub'; write it as local"),
        (["front=tcp://127.0.0.1:1", "--fabric", "nats://hub"], "has no fingerprint"),
        (["front=tcp://127.0.0.1:1", "--keep", "x"], "--keep is 'x'; write it as"),
        (["front=tcp://10.0.0.7:1"], "the address has no key: paste it whole"),
    ],
)
def test_mistakes_get_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status: object = main(arguments)
    except SystemExit as end:
        status = end.code
    error = capsys.readouterr().err
    assert status == 2 and error.count("\n") == 1 and words in error


def test_a_relay_runs_as_a_program_and_ends_with_its_server() -> None:
    url = f"nats://127.0.0.1:{free_port()}"
    with program("relay", "front=tcp://127.0.0.1:1", "--fabric", url) as relay:
        next_line(relay, "no server runs there (still trying; frames are kept for 10 s)")
        relay.terminate()
        assert relay.wait(20) == 0


def test_without_a_fabric_nothing_of_it_is_loaded() -> None:
    code = (
        "import sys; import narrowcast; narrowcast.receive; narrowcast.Sender; "
        "import narrowcast.receiver.__main__, narrowcast.receiver.pipeline, narrowcast.sender.__main__, "
        "narrowcast.sender.pipeline, narrowcast.receiver.play.__main__, narrowcast.receiver.play.source; "
        "print([name for name in sys.modules if name.startswith(('nats.', 'nkeys', 'narrowcast.fabric.'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

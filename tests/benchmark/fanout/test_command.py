"""`narrowcast bench fanout` from the command line: what it refuses."""

from __future__ import annotations

import pytest

from benchmark.__main__ import main

pytest.importorskip("psutil", reason="psutil comes with the bench extra")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--receivers", "1,many"), "receivers is '1,many'"),
        (("--codec", "mpeg"), "'mpeg'"),
        (("--source", "gone.mp4", "--codec", "jpeg"), "gone.mp4"),
        (("--fps", "0"), "fps is 0"),
    ],
)
def test_bad_input_gets_status_2_and_one_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fanout", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("narrowcast: error: ") and said in captured.err

"""`narrowcast bench latency` from the command line to what it says."""

from __future__ import annotations

import pytest

from benchmark.__main__ import main


def test_it_says_whether_the_methods_agree(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["latency", "--codecs", "jpeg", "--size", "128x72", "--seconds", "0.5", "--threads", "1"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "capture to display, by the number in the picture" in out
    assert "jpeg: the two methods" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--size", "wide"), "'wide'"),
        (("--codecs", ""), "no codec is named"),
        (("--seconds", "0"), "seconds is 0"),
        (("--plot", "nowhere/plot.png"), "nowhere"),
    ],
)
def test_bad_input_gets_status_2_and_one_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["latency", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("narrowcast: error: ") and said in captured.err

"""The command `narrowcast list`."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest

from narrowcast.errors import DiscoveryError
from narrowcast.receiver import list_command
from narrowcast.receiver.discovery import Discovery
from narrowcast.receiver.list_command import main, show
from tests.runtime.test_announcement import FRONT

YARD = replace(FRONT, name="", key=None, addresses=("10.0.0.7",), fps=15.0)


def test_each_sender_is_a_line_that_ends_in_what_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(Discovery(announcements=(YARD, FRONT), complaints=("x is left out",)), as_json=False) == 0
    output = capsys.readouterr()
    heading, yard, front = output.out.splitlines()
    assert heading.split() == ["NAME", "HOST", "STREAM", "TO", "RECEIVE"]
    assert heading.index("TO RECEIVE") == yard.index("narrowcast") == front.index("narrowcast")
    assert shlex.split(front)[-3:] == ["narrowcast", "receive", FRONT.url]
    assert yard.endswith("narrowcast receive tcp://10.0.0.7:5555 --insecure") and yard.startswith("- ")
    assert output.err == "x is left out\n"


def test_json_has_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(Discovery(announcements=(FRONT,), complaints=()), as_json=True) == 0
    (front,) = json.loads(capsys.readouterr().out)
    assert (front["name"], front["host"], front["url"]) == ("front", "cam", FRONT.url)
    assert (front["width"], front["fps"], front["codec"], front["insecure"]) == (640, 12.5, "hybrid", False)


@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_found_is_status_1(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    assert show(Discovery(announcements=(), complaints=()), as_json=as_json) == 1
    output = capsys.readouterr()
    assert output.out == ("[]\n" if as_json else "")
    assert as_json or "narrowcast send ... --announce" in output.err


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "1000", "soon"])
def test_a_time_that_is_none_gets_one_line(capsys: pytest.CaptureFixture[str], seconds: str) -> None:
    try:
        status = main(["--seconds", seconds])
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    error = capsys.readouterr().err
    assert status == 2 and error.startswith("narrowcast: error: ") and error.count("\n") == 1


def test_what_is_missing_gets_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(seconds: float) -> Discovery:
        raise DiscoveryError("narrowcast list needs zeroconf")

    monkeypatch.setattr(list_command, "discover", missing)
    assert main([]) == 2
    assert capsys.readouterr().err == "narrowcast: error: narrowcast list needs zeroconf\n"

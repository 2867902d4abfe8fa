"""narrowcast doctor as a person types it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import narrowcast.doctor.__main__
from narrowcast.__main__ import main
from narrowcast.doctor.finding import Finding


def healthy() -> Finding:
    return Finding(name="port", text="is free")


def ill() -> Finding:
    return Finding(name="camera", text="there is none", fix="plug one in")


@pytest.mark.parametrize(("checks", "status"), [([healthy], 0), ([healthy, ill, healthy], 1)])
def test_one_line_for_each_check_and_a_status(
    checks: list[Callable[[], Finding]],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(narrowcast.doctor.__main__, "_checks", lambda arguments: checks)
    assert main(["doctor"]) == status
    assert len(capsys.readouterr().out.splitlines()) == len(checks)


def test_everything_is_looked_at() -> None:
    settings = narrowcast.doctor.__main__.DoctorSettings()
    assert (settings.source, settings.listen) == ("0", "tcp://*:5555")
    assert len(narrowcast.doctor.__main__._checks(settings)) == 7

"""What a machine of some speed is told, and that the measurement runs."""

from __future__ import annotations

import pytest

from narrowcast import codec
from narrowcast.doctor.speed import SIZES, CodingSpeed, check_speed, judge, measure
from narrowcast.errors import Remedy


def paces(*fps: float) -> list[CodingSpeed]:
    """A machine that sends at these paces and receives as fast."""
    return [
        CodingSpeed(width=width, height=height, send_fps=held, receive_fps=held)
        for (width, height), held in zip(SIZES, fps, strict=True)
    ]


@pytest.mark.parametrize(
    ("fps", "fix"),
    [((60, 25, 6), ""), ((30, 8, 2), "--size 320x180"), ((9, 3, 1), "--codec jpeg")],
)
def test_what_to_do_depends_on_what_is_held(fps: tuple[float, ...], fix: str) -> None:
    found = judge(paces(*fps))
    assert found.ok == (not fix) and fix in found.fix
    assert f"send 320x180 at {fps[0]} fps, 640x360 at {fps[1]} fps" in found.text


def test_a_receiver_that_is_slower_than_the_sender_decides() -> None:
    slow = [
        CodingSpeed(width=pace.width, height=pace.height, send_fps=60, receive_fps=pace.receive_fps)
        for pace in paces(30, 8, 2)
    ]
    assert not judge(slow).ok


def test_pictures_are_really_coded() -> None:
    pace = measure(64, 64, device="cpu")
    assert 0 < pace.send_fps <= 60 and 0 < pace.receive_fps <= 60


def test_a_codec_that_cannot_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise codec.BackendError("no CUDA device", remedy=Remedy(setting="device", value="cpu"))

    monkeypatch.setattr(codec, "create_encoder", fail)
    assert check_speed("cuda").fix == "use --device cpu"

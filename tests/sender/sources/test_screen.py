"""Tests of screen.py: a part of a real screen (Xvfb, where it is installed), and what is said without one."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from narrowcast.errors import SourceError
from narrowcast.sender.sources.opening import open_source
from narrowcast.sender.sources.screen import ScreenArea, ScreenInput, parse_screen
from narrowcast.sender.sources.spec import parse_source
from narrowcast.sender.sources.wishes import SourceWishes

pytest.importorskip("mss", reason="the screen needs mss")

FRAME_BUFFER_HEADER = 100
"Bytes of the head of an X window dump, as its own first number says."


@pytest.fixture
def screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A screen of 320x240 whose pixels are a file that can be written to."""
    if shutil.which("Xvfb") is None:
        pytest.skip("there is no Xvfb here: apt install xvfb")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "320x240x24", "-fbdir", str(tmp_path), "-noreset"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        monkeypatch.setenv("DISPLAY", f":{server.stdout.readline().strip()}")
        yield tmp_path / "Xvfb_screen0"
    finally:
        server.terminate()
        server.wait(10)


def paint(buffer: Path, left: int, top: int, side: int) -> None:
    """Paint an orange square on the screen."""
    data = bytearray(buffer.read_bytes())
    start = len(data) - 320 * 240 * 4
    pixels = np.frombuffer(data, np.uint8, 320 * 240 * 4, start).reshape(240, 320, 4).copy()
    pixels[top : top + side, left : left + side] = (30, 150, 240, 0)  # blue, green, red
    with buffer.open("r+b") as file:
        file.seek(start)
        file.write(pixels.tobytes())


def test_the_screen_and_a_part_of_it(screen: Path) -> None:
    paint(screen, left=100, top=60, side=40)
    for text, square, height in (("screen:", (60, 100), 240), ("screen:1:80x50+90+50", (10, 10), 50)):
        shown = ScreenInput(text, 50.0)
        assert shown.advance()
        rgb = shown.picture()
        shown.close()
        rows, columns = np.nonzero(np.all(rgb == (240, 150, 30), axis=2))
        assert (rows.min(), columns.min()) == square and len(rows) == 40 * 40 and rgb.shape[0] == height


def test_the_screen_is_a_live_source(screen: Path) -> None:
    with open_source(parse_source("screen:"), SourceWishes(width=64, height=48, fps=50)) as source:
        assert source.live
        frames = [source.read(20) for _ in range(3)]
    assert [frame.rgb.shape for frame in frames if frame is not None] == [(48, 64, 3)] * 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("screen:7", "there is no screen 7; this machine has 1"),
        ("screen:640x360+0+0", "outside the screen"),
    ],
)
def test_what_is_not_on_the_screen_is_told(screen: Path, text: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        open_source(parse_source(text), SourceWishes(width=64, height=48))


def test_no_screen_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(SourceError, match="no screen can be seen from here .*DISPLAY"):
        ScreenInput("screen:", 15.0)


def test_texts_are_read() -> None:
    assert parse_screen("screen:") == ScreenArea(monitor=1)
    assert parse_screen("screen:2") == ScreenArea(monitor=2)
    area = ScreenArea(monitor=1, width=640, height=360, left=100, top=50)
    assert parse_screen("screen:640x360+100+50") == parse_screen("screen:1:640x360+100+50") == area

"""Tests of display.py: a real window on a virtual display, in a process of its own as Qt demands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from narrowcast.receiver.window.display import open_window
from narrowcast.receiver.window.overlay import AMBER, RED, Colour
from tests.receiver.virtual_display import XVFB, VirtualDisplay, virtual_display

NEEDS_XVFB = pytest.mark.skipif(XVFB is None, reason="Xvfb is not installed (Debian: apt-get install xvfb)")
KEYS = {"c": "snapshot", "space": "pause", "s": "stats", "q": "quit", "Escape": "quit"}
XDOTOOL = shutil.which("xdotool")

# Runs one statement on the window for each line of standard input, and answers with what pump() gave.
GREYED_WHITE = (127, 127, 127)
"The letters of the mark in a picture that is not live."

WINDOW_PROCESS = """
import sys, time, numpy as np
from narrowcast.receiver.window.display import open_window
window = open_window("narrowcast test")
assert window is not None
picture = np.zeros((360, 640, 3), np.uint8)
picture[..., 0] = 200
print("ready", flush=True)
for line in sys.stdin:
    exec(line)
    keys = []
    for _ in range(15):
        keys += [key.value for key in window.pump()]
        time.sleep(0.01)
    print(" ".join(sorted(set(keys))), flush=True)
window.close()
window.close()
"""


PATIENCE = 100
"How often a window is asked again, 0.15 s each time."


class WindowProcess:
    """A process with a window, told line by line what to do."""

    def __init__(self, process: subprocess.Popen[str], display: VirtualDisplay) -> None:
        self.process = process
        self.display = display

    def do(self, statement: str) -> str:
        """Run a statement and pump; return the keys that were pressed."""
        assert self.process.stdin is not None
        self.process.stdin.write(statement + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> str:
        """Wait for a line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process with the window has died"
        return line.strip()

    def do_until(self, statement: str, answer: str) -> str:
        """Repeat a statement until it is answered so: the X server of a busy machine is late."""
        for _ in range(PATIENCE):
            got = self.do(statement)
            if got == answer:
                break
        return got

    def shows(self, colour: Colour, *, above: float = -1.0, below: float = 2.0) -> bool:
        """Pump until the share of the screen that has a colour lies between the two, or patience ends."""
        for _ in range(PATIENCE):
            if above < self.colour_share(colour) < below:
                return True
            self.do("")
        return False

    def colour_share(self, colour: Colour) -> float:
        """Share of the screen that has a colour."""
        screen = self.display.screenshot().astype(int)
        return float(np.mean(np.abs(screen - colour).max(axis=2) < 12))


@contextmanager
def _window(folder: Path) -> Iterator[WindowProcess]:
    with virtual_display(folder) as display:
        environment = {**os.environ, "DISPLAY": display.name}
        command = [sys.executable, "-c", WINDOW_PROCESS]
        with subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            window = WindowProcess(process, display)
            assert window.answer() == "ready"
            yield window
            assert process.stdin is not None and process.stderr is not None
            process.stdin.close()
            assert process.stderr.read() == "", "a clean end, and no chatter of Qt's"
            assert process.wait() == 0


@NEEDS_XVFB
def test_the_window_shows_pictures_text_and_banners(tmp_path: Path) -> None:
    with _window(tmp_path) as window:
        window.do('window.show_banner("waiting for sender tcp://127.0.0.1:5555")')
        assert window.shows((28, 28, 28), above=0.4)
        window.do("window.show(picture, ['15 fps'])")
        assert window.shows((200, 0, 0), above=0.4), "red stays red: RGB in, BGR to OpenCV"
        assert window.shows((255, 255, 255), below=0.001), "statistics are off at first"
        window.do("window.statistics_shown = True; window.show(picture, ['15 fps'], age_ms=100)")
        assert window.shows((255, 255, 255), above=0.001)
        window.do("window.show(picture, strip='paused 4 s', marked=True)")
        assert window.shows(AMBER, above=1e-4), "a paused picture says so"
        window.do("window.show_pair(picture, picture[..., ::-1])")
        assert window.shows((0, 0, 200), above=0.08) and window.shows((200, 0, 0), above=0.08)
        window.do('window.show_banner("link down 4 s", "nothing heard from the sender")')
        assert window.shows((200, 0, 0), below=0.01), "a frozen picture is grey"
        assert window.shows(RED, above=0.03)
        assert window.shows(GREYED_WHITE, above=8e-5), "and keeps its mark"
        window.do("window.show(picture); window.show_banner('link down 4 s')")
        assert window.shows(GREYED_WHITE, below=4e-5)


@NEEDS_XVFB
@pytest.mark.skipif(XDOTOOL is None, reason="xdotool is not installed (Debian: apt-get install xdotool)")
def test_keys_are_reported_and_obeyed(tmp_path: Path) -> None:
    with _window(tmp_path) as window:
        window.do("window.show(picture)")
        assert window.do("") == ""
        for key, event in KEYS.items():
            environment = {**os.environ, "DISPLAY": window.display.name}
            subprocess.run([str(XDOTOOL), "mousemove", "200", "200", "key", key], env=environment, check=True)
            assert window.do_until("window.show(picture, ['15 fps'])", event) == event
        assert window.shows((255, 255, 255), above=0.001), "s has switched the statistics on"


@NEEDS_XVFB
def test_a_closed_window_asks_to_quit_and_stays_closed(tmp_path: Path) -> None:
    with _window(tmp_path) as window:
        window.do("window.show(picture)")
        window.do("import cv2; cv2.destroyWindow('narrowcast test')")
        assert window.do_until("window.show(picture)", "quit") == "quit"
        assert window.shows((200, 0, 0), below=1e-9)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the environment tells only on Linux")
def test_without_a_display_there_is_no_window_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":9731")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert open_window("none") is None

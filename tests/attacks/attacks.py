"""The attacks: each starts its victims and its attackers on loopback, and says what became of the victims."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import psutil
import zmq

from narrowcast import codec
from narrowcast.protocol.wire.session_messages import PROTOCOL_VERSION
from tests.attacks.bombs import BOMBS
from tests.attacks.hostile_sender import NO_BOMB
from tests.chaos import hostile
from tests.codec.picture_samples import camera_like
from tests.receiver.frame_samples import arrived_frame
from tests.receiver.ncast_samples import record

SIZE = WIDTH, HEIGHT = 640, 360
FPS = 15
MEMORY_LIMIT_MB = 6000
"A victim beyond it is ended: the machine is needed by others."
SEND_HONEST = ["test:", "--size", "640x360", "--fps", str(FPS)]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an attack did."""

    peak_mb: float
    "resident memory of the victim and its decoder processes together"
    blocked_ms: float
    "longest time without an honest picture, or of what is attacked"
    honest_fps: float | None
    "pictures a second of an honest stream in the victim, or of an honest receiver at it; 15 are sent"
    note: str = ""
    "what else is worth a word"


class Victim:
    """A process under attack, its memory watched."""

    def __init__(self, *command: str, tree: Path) -> None:
        """Start a Python module with the code of `tree`."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": f"{tree}:{Path.cwd()}", "PATH": "/usr/bin:/bin", "SVT_LOG": "1"},
            cwd=tree,
        )
        self.peak_mb = 0.0
        self._watch = threading.Thread(target=self._run, daemon=True)
        self._watch.start()

    def line(self, words: str) -> str:
        """Its first line of output with these words; empty where it ends without one."""
        assert self.process.stdout is not None
        return next((line for line in self.process.stdout if words in line), "")

    def end(self) -> None:
        """Kill what is left of it, its children too."""
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children():
                child.kill()
        self.process.kill()
        self.process.communicate()

    def _run(self) -> None:
        while self.process.poll() is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(self.process.pid)
                used = sum(each.memory_info().rss for each in (process, *process.children())) / 1e6
                self.peak_mb = max(self.peak_mb, used)
                if used > MEMORY_LIMIT_MB:
                    self.process.kill()
            time.sleep(0.01)


@contextmanager
def victim(*command: str, tree: Path) -> Iterator[Victim]:
    """A victim that is ended in the end."""
    started = Victim(*command, tree=tree)
    try:
        yield started
    finally:
        started.end()


@contextmanager
def sender(module: str, *arguments: str, tree: Path) -> Iterator[tuple[Victim, str]]:
    """A sender that listens on this machine, and its address."""
    listening = ("--listen", "tcp://127.0.0.1:0", "--stats", "json")
    with victim(module, *arguments, *listening, tree=tree) as process:
        yield process, str(json.loads(process.line('"url"'))["url"])


def bombs(name: str, seconds: float, tree: Path, *options: str) -> Outcome:
    """A program watches a stream with a bomb a second, and an honest one."""
    here = Path.cwd()
    with (
        sender("tests.attacks.hostile_sender", name, tree=here) as (_, hostile_url),
        sender("narrowcast", "send", *SEND_HONEST, "--codec", "jpeg", tree=here) as (_, honest_url),
        victim(
            "tests.attacks.victim", str(seconds), hostile_url, honest_url, *options, tree=tree
        ) as watching,
    ):
        watching.line("READY")
        watching.peak_mb = 0.0
        figures = watching.line('"fps"')
    if not figures:
        return Outcome(peak_mb=watching.peak_mb, blocked_ms=1000 * seconds, honest_fps=0.0, note="it ended")
    attacked, honest = json.loads(figures)
    note = f"the stream with the bombs: {attacked['fps']:.1f} fps"
    return Outcome(
        peak_mb=watching.peak_mb, blocked_ms=honest["longest_ms"], honest_fps=honest["fps"], note=note
    )


def killed_decoders(seconds: float, tree: Path) -> Outcome:
    """As with a bomb that gets through: the attacked stream's decoder process dies each second."""
    return bombs("jpeg-hidden-frame", seconds, tree, "--kill-decoders")


def _beside_receiver(attack: Callable[[str, int], None], seconds: float, tree: Path) -> Outcome:
    """Attack a sender that an honest receiver watches."""
    with (
        sender("narrowcast", "send", *SEND_HONEST, "--codec", "hybrid", tree=tree) as (attacked, url),
        victim("tests.attacks.victim", str(seconds), url, tree=tree) as watching,
    ):
        watching.line("READY")
        attacked.peak_mb = 0.0
        host, port = "127.0.0.1", int(url.partition("?")[0].rpartition(":")[2])
        threading.Thread(target=attack, args=(host, port), daemon=True).start()
        figures = watching.line('"fps"')
        lives = attacked.process.poll() is None
    honest = json.loads(figures)[0] if figures else {"fps": 0.0, "longest_ms": 1000 * seconds}
    return Outcome(
        peak_mb=attacked.peak_mb,
        blocked_ms=honest["longest_ms"],
        honest_fps=honest["fps"],
        note="" if lives else "the sender ended",
    )


def limit_values(seconds: float, tree: Path) -> Outcome:
    """HELLOs whose every number is at a limit, or none."""

    def attack(host: str, port: int) -> None:
        offer = [[name] for name in ("hybrid", "jpeg")]
        limits = [
            5e-324,
            -0.0,
            1e308,
            float("nan"),
            float("inf"),
            2**63,
            -(2**63),
            2**64 - 1,
            "x" * 300,
            None,
        ]
        fields = [2, 4, 5, 6, 7, 8, 9]
        draw = random.Random(1)
        for number in range(100_000):
            hello: dict[int, object] = {0: 1, 1: PROTOCOL_VERSION, 2: 1, 3: draw.getrandbits(62), 4: offer}
            hello[fields[number % len(fields)]] = limits[number // len(fields) % len(limits)]
            with contextlib.suppress(OSError, zmq.ZMQError):
                hostile.messages(host, port, draw, lambda hello=hello: msgspec.msgpack.encode(hello), 1)  # type: ignore[misc]

    return _beside_receiver(attack, seconds, tree)


def strangers(seconds: float, tree: Path) -> Outcome:
    """Noise, half handshakes, huge lengths, silence, garbage, floods, from ten clients at once."""

    def attack(host: str, port: int) -> None:
        for number in range(10):
            threading.Thread(target=hostile.client, args=(number, host, port), daemon=True).start()

    return _beside_receiver(attack, seconds, tree)


def connection_storm(seconds: float, tree: Path) -> Outcome:
    """Connections that are opened as fast as they come, say half a greeting, and are held."""

    def attack(host: str, port: int) -> None:
        held: list[socket.socket] = []
        while True:
            with contextlib.suppress(OSError):
                held.append(socket.create_connection((host, port), 0.5))
                held[-1].sendall(hostile.GREETING[:30])
            while len(held) > 300:
                held.pop(0).close()

    return _beside_receiver(attack, seconds, tree)


def idle_requests(seconds: float, tree: Path) -> Outcome:
    """300 connections to the page that never finish their request, beside one that asks for the page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ("receive", "tcp://127.0.0.1:9", "--no-window", "--web", f"127.0.0.1:{port}", "--stats", "json")
    waits_s, answers = [0.0], 0
    with victim("narrowcast", *command, tree=tree) as attacked, contextlib.ExitStack() as held:
        attacked.line("page is at")
        for number in range(300):
            with contextlib.suppress(OSError):
                client = held.enter_context(socket.create_connection(("127.0.0.1", port), 1.0))
                client.sendall(b"GET / HTTP/1.1\r\nX: " + b"a" * number)
        until_s = time.monotonic() + seconds
        while (asked_s := time.monotonic()) < until_s:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                answers += 1
            waits_s.append(time.monotonic() - asked_s)
            time.sleep(0.1)
    note = f"{answers} of {len(waits_s) - 1} requests answered"
    return Outcome(peak_mb=attacked.peak_mb, blocked_ms=1000 * max(waits_s), honest_fps=None, note=note)


def recording(seconds: float, tree: Path) -> Outcome:
    """A recording with a bomb among honest pictures is exported."""
    bomb = BOMBS["jpeg-hidden-frame"][1](SIZE)
    payload = codec.create_encoder("jpeg", width=WIDTH, height=HEIGHT).encode(camera_like(*SIZE)).payload
    with tempfile.TemporaryDirectory() as folder:
        frames = []
        for number in range(30):
            frame = arrived_frame(
                sequence=number, payload=bomb if number % 10 == 5 else payload, keyframe=True
            )
            capture_us = 5_000_000 + number * 66_667
            frames.append(
                replace(frame, codec="jpeg", width=WIDTH, height=HEIGHT, capture_sender_us=capture_us)
            )
        record(Path(folder) / "hostile.ncast", frames)
        started_s = time.monotonic()
        command = ("play", f"{folder}/hostile.ncast", "--export", f"{folder}/out")
        with victim("narrowcast", *command, tree=tree) as playing:
            with contextlib.suppress(subprocess.TimeoutExpired):
                playing.process.wait(60)
            blocked_ms = 1000 * (time.monotonic() - started_s)
        exported = len(list(Path(folder).glob("out/*.png")))
    return Outcome(
        peak_mb=playing.peak_mb, blocked_ms=blocked_ms, honest_fps=None, note=f"{exported} of 27 shown"
    )


ATTACKS: Mapping[str, Callable[[float, Path], Outcome]] = {
    "none": lambda seconds, tree: bombs(NO_BOMB, seconds, tree),
    **{
        f"bomb {name}": lambda seconds, tree, name=name: bombs(name, seconds, tree)  # type: ignore[misc]
        for name in BOMBS
    },
    "killed decoders": killed_decoders,
    "limit values": limit_values,
    "strangers": strangers,
    "connection storm": connection_storm,
    "idle requests": idle_requests,
    "recording": recording,
}
"Each by its name: seconds and the tree of the victim's code in, outcome out."

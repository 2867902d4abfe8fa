"""One trial: a system's two programs on a link, from their start to the end of the time that is measured."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import Event, Lock
from types import TracebackType
from typing import IO, Any

from benchmark.errors import LinkError
from benchmark.link.age import ShownPicture
from benchmark.link.peers.peer_program import PeerSettings
from benchmark.link.stage import Inside, LinkStage
from benchmark.link.systems import LinkSystem, ProgramCommand
from benchmark.network.wire_counter import WireTrace
from benchmark.program import Program
from runtime.clock import now_us

LISTEN_TIMEOUT_S = 60.0
"""The imports of a cold disk."""
PICTURE_TIMEOUT_S = 60.0
"""From both programs' start to the first picture: loading networks, and a frame over the thinnest link."""
_POLL_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What was noted."""

    shown: tuple[ShownPicture, ...]
    "in order of time"
    first_capture_us: int
    "of the first picture that the sender took from the clip"
    first_index: int
    "its number in the clip"
    from_us: int
    "where the time that is measured begins"
    to_us: int
    "where it ends"
    wire: WireTrace
    "what passed the sender's end"


class _Notes:
    """Takes the JSON lines of both programs, from their threads."""

    def __init__(self) -> None:
        self.first_picture = Event()
        self._lock = Lock()
        self._shown: list[ShownPicture] = []
        self._began: tuple[int, int] | None = None

    @property
    def shown(self) -> tuple[ShownPicture, ...]:
        """The pictures shown so far."""
        with self._lock:
            return tuple(self._shown)

    @property
    def began(self) -> tuple[int, int] | None:
        """Capture time and number of the sender's first picture; None while it has not said so."""
        return self._began

    def take(self, line: dict[str, Any]) -> None:
        """Take a line of either program."""
        if line["event"] == "shown":
            with self._lock:
                self._shown.append(ShownPicture(capture_us=line["capture_us"], shown_us=line["shown_us"]))
            self.first_picture.set()
        elif line.get("first_capture_us") is not None:
            self._began = line["first_capture_us"], line["first_index"]


def run_trial(
    system: LinkSystem,
    settings: PeerSettings,
    stage: AbstractContextManager[LinkStage],
    *,
    settle_s: float,
    seconds: float,
) -> Trial:
    """Run both programs; LinkError where no picture came."""
    notes = _Notes()
    with stage as link:
        with TemporaryFile() as stderr, _Programs(notes, stderr) as programs:
            programs.start(system, settings, link)
            from_us = programs.wait_for_picture() + round(1e6 * settle_s)
            to_us = from_us + round(1e6 * seconds)
            while now_us() < to_us:
                time.sleep(_POLL_S)
        wire = link.counter.trace
    if notes.began is None:
        raise LinkError("the sender did not say what it played")
    return Trial(
        shown=notes.shown,
        first_capture_us=notes.began[0],
        first_index=notes.began[1],
        from_us=from_us,
        to_us=to_us,
        wire=wire,
    )


class _Programs:
    """The two programs, while entered."""

    def __init__(self, notes: _Notes, stderr: IO[bytes]) -> None:
        self._notes, self._stderr = notes, stderr
        self._programs: list[Program] = []

    def start(self, system: LinkSystem, settings: PeerSettings, link: LinkStage) -> None:
        """Start whoever listens, and the other when it does."""
        sides = [(system.sender, link.sender_inside), (system.receiver, link.receiver_inside)]
        (make_first, first_inside), (make_second, second_inside) = (
            sides if system.sender_listens else reversed(sides)
        )
        first = self._start(make_first(settings, link.listen), first_inside)
        if not first.address(LISTEN_TIMEOUT_S):
            raise LinkError(self._why("it did not come to listen"))
        self._start(make_second(settings, link.connect), second_inside)

    def wait_for_picture(self) -> int:
        """Wait until the first picture is on the screen, and say since when."""
        give_up_us = now_us() + round(1e6 * PICTURE_TIMEOUT_S)
        while not self._notes.first_picture.wait(_POLL_S):
            if not all(program.running for program in self._programs):
                raise LinkError(self._why("it ended before a picture came"))
            if now_us() > give_up_us:
                raise LinkError(f"no picture came in {PICTURE_TIMEOUT_S:g} s")
        return self._notes.shown[0].shown_us

    def __enter__(self) -> _Programs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for program in self._programs:
            program.stop()

    def _start(self, command: ProgramCommand, inside: Inside) -> Program:
        program = Program(
            command.arguments, self._notes.take, module=command.module, inside=inside, stderr=self._stderr
        )
        self._programs.append(program)
        return program

    def _why(self, otherwise: str) -> str:
        """The last thing that a program said, which is why it ended."""
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), otherwise)

"""One trial: a system's two programs on a link, from their start to the end of the time that is measured."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

from benchmark.errors import LinkError, ProgramError
from benchmark.link.peers.peer_program import PeerSettings
from benchmark.link.systems import LinkSystem, ProgramCommand
from benchmark.link.testbed import Inside, LinkTestbed
from benchmark.network.wire_counter import WireTrace
from benchmark.program import Program, Programs
from benchmark.shown import ShownPicture
from runtime.clock import now_us
from runtime.signals import StopSignal

LISTEN_TIMEOUT_S = 60.0
"""Imports take long from a cold disk."""
PICTURE_TIMEOUT_S = 60.0
"""From both programs' start to the first picture: loading networks, and a frame over the thinnest link."""
_POLL_S = 0.1


@dataclass(frozen=True, kw_only=True)
class LinkTrial:
    """What the two programs and the link's counter reported."""

    shown: tuple[ShownPicture, ...]
    "in order of time"
    first_capture_us: int
    "of the first picture that the sender took from the clip"
    first_index: int
    "number in the clip of that first picture"
    from_us: int
    "where the time that is measured begins"
    to_us: int
    "where the time that is measured ends"
    wire: WireTrace
    "what passed the sender's end"


class _Notes:
    """Takes the JSON lines of both programs, from their threads."""

    def __init__(self) -> None:
        self.shown: list[ShownPicture] = []
        self.began: tuple[int, int] | None = None
        "capture time and number of the sender's first picture; None while it has not said so"

    def take(self, line: dict[str, Any]) -> None:
        """Take a line of either program."""
        if line["event"] == "shown":
            shown = ShownPicture(capture_sender_us=line["capture_sender_us"], shown_us=line["shown_us"])
            self.shown.append(shown)
        elif line.get("first_capture_us") is not None:
            self.began = line["first_capture_us"], line["first_index"]


def run_trial(
    system: LinkSystem,
    settings: PeerSettings,
    testbed: AbstractContextManager[LinkTestbed],
    *,
    settle_s: float,
    seconds: float,
) -> LinkTrial:
    """Run both programs; LinkError where no picture came."""
    notes, never = _Notes(), StopSignal()
    with testbed as link:
        with TemporaryFile() as stderr, Programs() as programs:
            try:
                _start(programs, system, settings, link, notes, stderr)
                if not programs.wait_until(lambda: bool(notes.shown), never, limit_s=PICTURE_TIMEOUT_S):
                    raise ProgramError(f"no picture came in {PICTURE_TIMEOUT_S:g} s")
            except ProgramError as error:
                raise LinkError(_last_line(stderr) or str(error)) from error
            from_us = notes.shown[0].shown_us + round(1e6 * settle_s)
            to_us = from_us + round(1e6 * seconds)
            while now_us() < to_us:
                time.sleep(_POLL_S)
        wire = link.counter.trace
    if notes.began is None:
        raise LinkError("the sender did not say what it played")
    return LinkTrial(
        shown=tuple(notes.shown),
        first_capture_us=notes.began[0],
        first_index=notes.began[1],
        from_us=from_us,
        to_us=to_us,
        wire=wire,
    )


def _start(
    programs: Programs,
    system: LinkSystem,
    settings: PeerSettings,
    link: LinkTestbed,
    notes: _Notes,
    stderr: IO[bytes],
) -> None:
    """Start the program that listens, and then the other."""

    def start(command: ProgramCommand, inside: Inside) -> Program:
        program = Program(command.arguments, notes.take, module=command.module, inside=inside, stderr=stderr)
        return programs.add(program)

    sides = [(system.sender, link.sender_inside), (system.receiver, link.receiver_inside)]
    (make_first, first_inside), (make_second, second_inside) = (
        sides if system.sender_listens else reversed(sides)
    )
    if not start(make_first(settings, link.listen), first_inside).address(LISTEN_TIMEOUT_S):
        raise ProgramError("it did not begin to listen")
    start(make_second(settings, link.connect), second_inside)


def _last_line(stderr: IO[bytes]) -> str:
    """Return the last line that a program wrote, which says why it ended."""
    stderr.seek(0)
    lines = stderr.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")

"""One trial: a system's two programs on a link, from their start to the end of the time that is measured."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any

from narrowcast.benchmark.errors import LinkError, ProgramError
from narrowcast.benchmark.link.overhead import (
    FrameOverhead,
    SenderSecond,
    frame_overhead,
    keyframes_after_first,
    sender_second,
)
from narrowcast.benchmark.link.peers.peer_program import PeerSettings
from narrowcast.benchmark.link.systems import LinkSystem, ProgramCommand
from narrowcast.benchmark.link.testbed import Inside, LinkTestbed
from narrowcast.benchmark.network.wire_counter import WireTrace
from narrowcast.benchmark.program import Program, Programs
from narrowcast.benchmark.shown import ShownPicture
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.signals import StopSignal

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
    started_us: int
    "when the second of the two programs was started"
    overhead: FrameOverhead | None
    "beside the frames' payloads; None where the system tells nothing of them, or no headers are counted"
    keyframes: int | None
    "coded after the first; None where the system tells nothing of them"
    step_us: int
    "how long the link stays as it is, where it changes; else the whole time"

    @property
    def steps_us(self) -> tuple[tuple[int, int], ...]:
        """The stretches between two changes of the link."""
        return tuple((begin, begin + self.step_us) for begin in range(self.from_us, self.to_us, self.step_us))


class _Notes:
    """Takes the JSON lines of both programs, from their threads."""

    def __init__(self) -> None:
        self.shown: list[ShownPicture] = []
        self.seconds: list[SenderSecond] = []
        self.began: tuple[int, int] | None = None
        "capture time and number of the sender's first picture; None while it has not said so"

    def take(self, line: dict[str, Any]) -> None:
        """Take a line of either program."""
        second = sender_second(line, now_us())
        if second is not None:
            self.seconds.append(second)
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
    steps_kbps: Sequence[float] = (),
) -> LinkTrial:
    """Run both programs; LinkError where no picture came.

    Args:
        system: what is run.
        settings: what its programs are told.
        testbed: the link.
        settle_s: not measured, after the first picture.
        seconds: how long it is measured, at each step where there are any.
        steps_kbps: what the link carries, one after the other; the testbed begins with the first.
    """
    notes, never = _Notes(), StopSignal()
    with testbed as link:
        with TemporaryFile() as stderr, Programs() as programs:
            try:
                started_us = _start(programs, system, settings, link, notes, stderr)
                if not programs.wait_until(lambda: bool(notes.shown), never, limit_s=PICTURE_TIMEOUT_S):
                    raise ProgramError(f"no picture came in {PICTURE_TIMEOUT_S:g} s")
            except ProgramError as error:
                raise LinkError(_last_line(stderr) or str(error)) from error
            from_us = notes.shown[0].shown_us + round(1e6 * settle_s)
            step_us = round(1e6 * seconds)
            to_us = from_us + max(1, len(steps_kbps)) * step_us
            _wait_until(from_us + step_us)
            for number, kbps in enumerate(steps_kbps[1:], 2):
                link.set_kbps(kbps)
                _wait_until(from_us + number * step_us)
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
        started_us=started_us,
        overhead=frame_overhead(notes.seconds, wire, from_us, to_us) if link.counts_headers else None,
        keyframes=keyframes_after_first(notes.seconds, to_us),
        step_us=step_us,
    )


def _wait_until(time_us: int) -> None:
    while now_us() < time_us:
        time.sleep(_POLL_S)


def _start(
    programs: Programs,
    system: LinkSystem,
    settings: PeerSettings,
    link: LinkTestbed,
    notes: _Notes,
    stderr: IO[bytes],
) -> int:
    """Start the program that listens, and then the other; returns when that was, on our clock."""

    def start(command: ProgramCommand, inside: Inside) -> Program:
        program = Program(
            command.arguments,
            notes.take,
            module=command.module,
            environment=command.environment,
            inside=inside,
            stderr=stderr,
        )
        return programs.add(program)

    sides = [(system.sender, link.sender_inside), (system.receiver, link.receiver_inside)]
    (make_first, first_inside), (make_second, second_inside) = (
        sides if system.sender_listens else reversed(sides)
    )
    if not start(make_first(settings, link.listen), first_inside).address(LISTEN_TIMEOUT_S):
        raise ProgramError("it did not begin to listen")
    started_us = now_us()
    start(make_second(settings, link.connect), second_inside)
    return started_us


def _last_line(stderr: IO[bytes]) -> str:
    """Return the last line that a program wrote, which says why it ended."""
    stderr.seek(0)
    lines = stderr.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")

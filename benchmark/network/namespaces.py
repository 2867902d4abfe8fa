"""A thin link inside one machine: two network namespaces, a veth pair between them, and tc's token bucket.

Needs Linux, root, and `ip` and `tc` (iproute2).
"""

from __future__ import annotations

import atexit
import ctypes
import itertools
import math
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import TypeVar

from narrowcast.benchmark.errors import LinkError

NAMESPACE_FOLDER = Path("/run/netns")
"""Where `ip netns` keeps a file for each namespace."""
DEVICE = "link"
"""Both ends of the veth pair are called so, each in its namespace."""
NEAR_ADDRESS, FAR_ADDRESS = "10.77.0.1", "10.77.0.2"
"""The same in every pair: each pair sees only its own."""
BURST_BYTES = 1600
"""The bucket holds one packet (tbf needs that much), so the rate holds over any longer time."""
CLONE_NEWNET = 0x40000000
COMMAND_TIMEOUT_S = 10.0

_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class LinkShape:
    """What one direction of a link can carry."""

    kbps: float
    "every byte counted, Ethernet headers too"
    queue_bytes: int = 32 * 1024
    "what may wait before the link; modems hold seconds of it"

    def __post_init__(self) -> None:
        if not (self.kbps > 0 and math.isfinite(self.kbps)):
            raise LinkError(f"a link of {self.kbps:g} kbit/s cannot be; it has to be above 0")
        if self.queue_bytes < BURST_BYTES:
            raise LinkError(
                f"a queue of {self.queue_bytes} bytes holds no packet; give it {BURST_BYTES} or more"
            )


@dataclass(frozen=True, kw_only=True)
class Namespace:
    """One end of the link."""

    name: str
    "as `ip netns` lists it"
    address: str
    "IPv4, of its end of the link"

    def command(self, arguments: Sequence[str]) -> list[str]:
        """Return the command that runs `arguments` inside; the process keeps its id."""
        return ["ip", "netns", "exec", self.name, *arguments]

    def enter_thread(self) -> None:
        """Move the calling thread into the namespace, permanently: sockets that it opens later are inside."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(NAMESPACE_FOLDER / self.name, "rb") as file:
            if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
                raise LinkError(f"cannot enter {self.name}: {os.strerror(ctypes.get_errno())}")

    def bring_up(self) -> None:
        """Give the device its address, and switch it on."""
        # No link-local IPv6 address: its solicitations would be counted with the stream.
        run_tool("ip", "-n", self.name, "link", "set", "dev", DEVICE, "addrgenmode", "none")
        run_tool("ip", "-n", self.name, "address", "add", f"{self.address}/24", "dev", DEVICE)
        run_tool("ip", "-n", self.name, "link", "set", "dev", DEVICE, "up")

    def shape(self, shape: LinkShape) -> None:
        """Set what this end can send, at any time; also ends a cut."""
        rate = f"{round(1000 * shape.kbps)}bit"
        self._replace_qdisc("tbf", "rate", rate, "burst", str(BURST_BYTES), "limit", str(shape.queue_bytes))

    def cut(self) -> None:
        """Drop every packet that this end sends, those in its queue too, until `shape`."""
        self._replace_qdisc("blackhole")

    def _replace_qdisc(self, *qdisc: str) -> None:
        run_tool("tc", "-n", self.name, "qdisc", "replace", "dev", DEVICE, "root", *qdisc)


EndsT = TypeVar("EndsT", bound="NamespaceEnds")


class NamespaceEnds:
    """Two namespaces that exist while this is entered; subclasses connect them."""

    def __init__(self) -> None:
        prefix = f"narrowcast-{os.getpid()}-{next(_numbers)}"
        self.near = Namespace(name=f"{prefix}-near", address=NEAR_ADDRESS)
        self.far = Namespace(name=f"{prefix}-far", address=FAR_ADDRESS)

    @property
    def ends(self) -> tuple[Namespace, Namespace]:
        """The two ends of the link: near, far."""
        return self.near, self.far

    def __enter__(self: EndsT) -> EndsT:
        reason = why_not_here()
        if reason:
            raise LinkError(reason)
        atexit.register(self.close)
        try:
            with _signals_delayed():
                remove_leftovers()
                for end in self.ends:
                    run_tool("ip", "netns", "add", end.name)
                    run_tool("ip", "-n", end.name, "link", "set", "dev", "lo", "up")
                self.connect()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove both namespaces; a second call does nothing."""
        with _signals_delayed():
            self.disconnect()
            for end in self.ends:
                _remove(end.name)
        atexit.unregister(self.close)

    def connect(self) -> None:
        """Put a device into each namespace, and carry packets between them."""
        raise NotImplementedError

    def disconnect(self) -> None:
        """Undo what `connect` did outside the namespaces; what is inside is removed with them."""


class NamespacePair(NamespaceEnds):
    """Namespaces joined by a veth pair, with tc's token bucket at each end.

    A bucket holds one packet: after a pause, one goes at once, where a real link would take its time.
    """

    def __init__(self, shape: LinkShape) -> None:
        super().__init__()
        self._shape = shape

    def shape(self, shape: LinkShape) -> None:
        """Set both directions, at any time; also ends a cut."""
        for end in self.ends:
            end.shape(shape)

    def cut(self) -> None:
        """Drop every packet in both directions until `shape`."""
        for end in self.ends:
            end.cut()

    def connect(self) -> None:
        """Make the veth pair."""
        near, far = (("name", DEVICE, "netns", end.name) for end in self.ends)
        run_tool("ip", "link", "add", *near, "type", "veth", "peer", *far)
        for end in self.ends:
            # No packet longer than the link's: the kernel would hand 64 KB at once to tc, and count one
            # header for it.
            run_tool("ip", "-n", end.name, "link", "set", "dev", DEVICE, "gso_max_segs", "1")
            end.bring_up()
            end.shape(self._shape)


def why_not_here() -> str:
    """Return in one line why this machine has no network namespaces; empty where it may have them."""
    if not sys.platform.startswith("linux"):
        return "network namespaces are Linux's; use --proxy here"
    if os.geteuid() != 0:
        return "network namespaces need root: run it with sudo, or use --proxy"
    return ""


def why_unusable() -> str:
    """Return why a pair cannot be made, by making one: a container may forbid it; empty where it can."""
    try:
        with NamespacePair(LinkShape(kbps=64)):
            return ""
    except LinkError as error:
        return str(error)


def remove_leftovers() -> None:
    """Remove the namespaces of processes that were killed before they could."""
    if not NAMESPACE_FOLDER.is_dir():
        return
    for entry in NAMESPACE_FOLDER.iterdir():
        match = re.fullmatch(r"narrowcast-(\d+)-\d+-(near|far)", entry.name)
        if match and not Path("/proc", match[1]).exists():
            _remove(entry.name)


def run_tool(*command: str) -> None:
    """Run `ip` or `tc`; LinkError with what it said where it failed."""
    try:
        # A session of its own: Ctrl-C in the terminal is for us, and must not stop the clearing up.
        done = subprocess.run(
            command, capture_output=True, text=True, start_new_session=True, timeout=COMMAND_TIMEOUT_S
        )
    except FileNotFoundError as error:
        raise LinkError(
            f"there is no {command[0]} on this machine; install iproute2, or use --proxy"
        ) from error
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"status {done.returncode}"
        raise LinkError(f"'{' '.join(command)}' failed: {said}; --proxy needs none of it")


def _remove(name: str) -> None:
    # The devices go with the namespaces, and a namespace that was never made need not go.
    with suppress(LinkError):
        run_tool("ip", "netns", "delete", name)


@contextmanager
def _signals_delayed() -> Iterator[None]:
    """Delay Ctrl-C and SIGTERM until the end of the block, so that no namespace is left half made."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []

    def hold(number: int, frame: FrameType | None) -> None:
        held.append(number)

    before = {number: signal.signal(number, hold) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for held_number in dict.fromkeys(held):
            signal.raise_signal(held_number)

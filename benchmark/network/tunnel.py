"""A thin link between two namespaces whose packets pass through this process, each in its own time.

Stricter than tc's token bucket: every packet takes as long as its bits do on a real link, and delay and
jitter come on top. Needs Linux, root, `ip` and /dev/net/tun.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
from collections import deque
from pathlib import Path
from random import Random

from narrowcast.benchmark.errors import LinkError
from narrowcast.benchmark.network.namespaces import DEVICE, Namespace, NamespaceEnds, run_tool
from narrowcast.benchmark.network.proxy_pipe import Lane, ProxyShape
from narrowcast.worker import Worker

TUN_FILE = Path("/dev/net/tun")
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
"Whole IP packets, with nothing before them."
PACKET_BYTES = 65536
_TIMEOUT_S = 5.0


class TunnelPair(NamespaceEnds):
    """Namespaces joined by two TUN devices, with this process in between; counts IP packets."""

    def __init__(self, shape: ProxyShape, *, seed: int = 0) -> None:
        super().__init__()
        random = Random(seed)
        self.there = Lane(shape, random)
        "from near to far"
        self.back = Lane(shape, random)
        "from far to near"
        self._files: list[int] = []
        self._loop = asyncio.new_event_loop()
        self._worker = Worker("tunnel", self._loop.run_forever)

    def connect(self) -> None:
        """Make the devices, and carry packets."""
        for end in self.ends:
            run_tool("ip", "-n", end.name, "tuntap", "add", "dev", DEVICE, "mode", "tun")
            self._files.append(_open_device(end))
            end.bring_up()
        near, far = self._files
        self._carry(near, far, self.there)
        self._carry(far, near, self.back)
        self._worker.start()

    def disconnect(self) -> None:
        """Stop carrying packets, and close the devices."""
        if self._worker.alive:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._worker.close(_TIMEOUT_S)
        self._loop.close()
        while self._files:
            os.close(self._files.pop())

    def _carry(self, source: int, target: int, lane: Lane) -> None:
        """Take packets from one device to the other in the lane's time; what it has no room for is lost."""
        on_the_way: deque[bytes] = deque()
        loop = self._loop

        def arrive() -> None:
            # In the order in which they left, also where two are due at once.
            packet = on_the_way.popleft()
            lane.passed_bytes += len(packet)
            os.write(target, packet)

        def leave() -> None:
            packet = os.read(source, PACKET_BYTES)
            now_s = loop.time()
            if lane.pause_s(now_s) == 0:
                on_the_way.append(packet)
                loop.call_at(lane.arrival_s(len(packet), now_s), arrive)

        loop.add_reader(source, leave)


def _open_device(namespace: Namespace) -> int:
    """Open a namespace's TUN device, in a thread that enters the namespace for it."""
    opened: list[int] = []

    def open_inside() -> None:
        namespace.enter_thread()
        try:
            file = os.open(TUN_FILE, os.O_RDWR | os.O_NONBLOCK)
        except OSError as error:
            raise LinkError(f"cannot open {TUN_FILE}: {error.strerror}; try it without --tunnel") from error
        opened.append(file)
        fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), IFF_TUN | IFF_NO_PI))

    worker = Worker("tunnel device", open_inside)
    worker.start()
    worker.join(_TIMEOUT_S)
    worker.check()
    (file,) = opened
    return file

"""Who of the workers has which camera, and what this one may take. Sans-I/O: times are passed in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass

from narrowcast.fabric.lease import Holder


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a worker does next."""

    release: tuple[str, ...]
    "cameras to give back: others have fewer"
    take: tuple[str, ...]
    "cameras that are free, up to this worker's share"


@dataclass(frozen=True, kw_only=True)
class _Seen:
    holder: Holder | None
    at_s: float


class ShareTable:
    """What a worker has seen of all leases, its own too."""

    def __init__(self, own: Holder, lease_s: float, has_ended: Callable[[Holder], bool]) -> None:
        """Know nothing yet.

        Args:
            own: this worker.
            lease_s: who has not renewed for so long has nothing any more.
            has_ended: whether a holder is known to run no more, so that nobody needs to wait for it.
        """
        self._own = own
        self._lease_s = lease_s
        self._has_ended = has_ended
        self._cameras: dict[str, _Seen] = {}
        self._workers: dict[str, _Seen] = {own.run: _Seen(holder=own, at_s=float("inf"))}

    def camera(self, name: str, holder: Holder | None, at_s: float) -> None:
        """A lease was written; None: it was given back."""
        self._cameras[name] = _Seen(holder=holder, at_s=at_s)

    def worker(self, holder: Holder | None, at_s: float) -> None:
        """A worker says that it works."""
        if holder is not None and holder.run != self._own.run:
            self._workers[holder.run] = _Seen(holder=holder, at_s=at_s)

    def left(self, run: str) -> None:
        """A worker says that it ends."""
        if run != self._own.run:
            self._workers.pop(run, None)

    def workers(self, now_s: float) -> int:
        """How many work, this one among them."""
        self._workers = {run: seen for run, seen in self._workers.items() if self._lives(seen, now_s)}
        return len(self._workers)

    def share(self, cameras: int, now_s: float) -> int:
        """How many of the cameras are this worker's at most."""
        return -(-cameras // self.workers(now_s))

    def plan(self, cameras: Collection[str], held: Collection[str], now_s: float) -> Plan:
        """What to give back and to take.

        Args:
            cameras: all that there are.
            held: those that this worker has.
            now_s: the time.
        """
        share = self.share(len(cameras), now_s)
        gone = [name for name in held if name not in cameras]
        kept = sorted(set(held) - set(gone), key=self._order)
        free = [name for name in cameras if name not in held and not self._taken(name, now_s)]
        room = max(0, share - len(kept))
        return Plan(
            release=(*gone, *kept[share:]),
            take=tuple(sorted(free, key=self._order)[:room]),
        )

    def _taken(self, camera: str, now_s: float) -> bool:
        seen = self._cameras.get(camera)
        return seen is not None and self._lives(seen, now_s)

    def _lives(self, seen: _Seen, now_s: float) -> bool:
        if seen.holder is None or now_s - seen.at_s > self._lease_s:
            return False
        return seen.holder.run == self._own.run or not self._has_ended(seen.holder)

    def _order(self, camera: str) -> bytes:
        """An order of its own for each worker, so that two of them seldom reach for the same camera."""
        return hashlib.sha256(f"{self._own.run} {camera}".encode()).digest()

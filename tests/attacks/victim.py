"""A program that watches streams through the Python API: python -m tests.attacks.victim SECONDS URL [URL].

It prints READY when every stream has shown pictures; then, after SECONDS, a JSON line with what each stream
showed in that time. `--kill-decoders`: each second the first stream's decoder process dies, as if a
payload had broken it.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Sequence

import psutil

import narrowcast


class Watch:
    """What one stream shows."""

    def __init__(self, url: str) -> None:
        self._stream = narrowcast.receive(url, restore="never")
        self.shown_s: list[float] = []
        "when each picture came, by this program's clock"
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        for _ in self._stream:
            self.shown_s.append(time.monotonic())

    def wait(self, pictures: int) -> None:
        """Wait until it has shown some."""
        while len(self.shown_s) < pictures:
            time.sleep(0.02)

    def figures(self, from_s: float, to_s: float) -> dict[str, float]:
        """How many pictures it showed in a stretch of time, and the longest time without one."""
        times = [from_s, *(shown_s for shown_s in self.shown_s if from_s < shown_s < to_s), to_s]
        longest_s = max(later - earlier for earlier, later in zip(times, times[1:], strict=False))
        return {"fps": (len(times) - 2) / (to_s - from_s), "longest_ms": 1000 * longest_s}


def main(arguments: Sequence[str]) -> None:
    """Watch, and print the figures."""
    kill = "--kill-decoders" in arguments
    seconds, *urls = [argument for argument in arguments if not argument.startswith("--")]
    watches = []
    hostile: set[int] = set()
    for url in urls:
        watches.append(Watch(url))
        watches[-1].wait(5)
        hostile = hostile or _children()
    others = _children() - hostile
    print("READY", flush=True)
    started_s = time.monotonic()
    while (now_s := time.monotonic()) - started_s < float(seconds):
        time.sleep(1)
        if kill:
            for pid in _children() - others:
                psutil.Process(pid).kill()
    print(json.dumps([watch.figures(started_s, now_s) for watch in watches]), flush=True)


def _children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


if __name__ == "__main__":
    main(sys.argv[1:])

"""One sender and one browser on its page, on this machine or over a thin link, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from narrowcast.benchmark.browser.chromium import CHROMIUM, NOT_INSTALLED
from narrowcast.benchmark.browser.sender import TOKEN
from narrowcast.benchmark.errors import LinkError
from narrowcast.benchmark.link.testbed import Inside, LinkTestbed, bucket_testbed
from narrowcast.benchmark.program import Program, Programs
from narrowcast.benchmark.results import percentiles_of
from narrowcast.benchmark.settings import PictureSettings, size_text, weights_of_environment
from narrowcast.protocol import Percentiles
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.settings import Setting
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.sources.spec import DEMO_CLIP

Restore = Literal["auto", "always", "never"]

HERE = 0.0
"What stands for this machine alone among the rates."

_PAGE_PORT = 8443
_PAGE_WORDS = "to watch in a browser, open "
_HIDDEN = "***"
"What JSON lines show in the place of a token."

_LOADING = ("loading the generator; the base picture is shown meanwhile",)

_QUICK_KBPS = 50_000.0

START_S = 120.0
"For the page to come over a thin link, and for the networks to be loaded."


@dataclass(frozen=True, kw_only=True)
class BrowserSettings(PictureSettings):
    """One run: the bundled clip to a headless Chromium, over each link and with each kind of painting."""

    links: Annotated[tuple[float, ...], Setting(metavar="LIST", minimum=0)] = (HERE, 64.0)
    "kbit/s each way of the links to measure (network namespaces: Linux, root); 0: this machine alone"
    restore: Annotated[tuple[Restore, ...], Setting(metavar="LIST")] = ("never", "auto")
    "whether the browser paints: never, always, or where it keeps up"
    settle_s: Annotated[float, Setting(flag="settle", minimum=0)] = 15.0
    "seconds that are not counted at the start: the page loads the generator"
    seconds: Annotated[float, Setting(above=0)] = 20.0
    "how long each is watched"
    clips: Annotated[tuple[Path, ...], Setting(metavar="LIST")] = (DEMO_CLIP,)
    "clips of which the browser's pictures are compared with the Python receiver's"
    frames: Annotated[int, Setting(minimum=0)] = 40
    "so many pictures of each; 0 compares none"
    every: Annotated[tuple[int, ...], Setting(metavar="LIST", minimum=1, maximum=4)] = (1, 2)
    "compared: the browser paints each picture, or every second one, and carries it over to the others"
    kbps: Annotated[float, Setting(above=0)] = 90.0
    "at which they are coded"
    weights: Annotated[Path | None, Setting(metavar="DIR")] = field(default_factory=weights_of_environment)
    "folder of LPIPS weights; by default $NARROWCAST_BENCH_WEIGHTS"


@dataclass(frozen=True, kw_only=True)
class BrowserRow:
    """One run of the page."""

    link_kbps: float
    "each way; 0 for this machine alone"
    restore: str
    "as asked for"
    first_ms: float
    "from opening the page to its first picture"
    page_bytes: int
    "that the page itself took, without pictures"
    fps: float
    "pictures decoded a second"
    age_ms: Percentiles
    "capture to display, as the page knows the sender's clock"
    decode_p50_ms: float
    "for a picture, painting included"
    sent_kbps: float | None
    "by the sender onto the link, everything counted; None on this machine alone"
    painting: str
    "what the page said of its generator at the end"


def page_of(line: dict[str, Any]) -> list[str]:
    """The address of the page, where a line of the sender tells it."""
    text = str(line.get("text", ""))
    if not text.startswith(_PAGE_WORDS):
        return []
    return [text.removeprefix(_PAGE_WORDS).replace(_HIDDEN, TOKEN)]


def start_sender(
    settings: BrowserSettings, testbed: LinkTestbed | None, take: Callable[[dict[str, Any]], None]
) -> Program:
    host, _ = testbed.listen if testbed is not None else ("127.0.0.1", 0)
    arguments = ["demo:", "--loop", "--listen", "tcp://127.0.0.1:0"]
    arguments += ["--size", size_text(settings.size), "--fps", f"{settings.fps:g}"]
    arguments += ["--web", f"{host}:{_PAGE_PORT if testbed is not None else 0}"]
    inside: Inside = testbed.sender_inside if testbed is not None else _as_it_is
    return Program(arguments, take, module="narrowcast.benchmark.browser.sender", inside=inside)


class Trial:
    """One sender and one browser."""

    def __init__(self, settings: BrowserSettings, kbps: float, restore: str) -> None:
        self._settings, self._kbps, self._restore = settings, kbps, restore
        self._url = ""
        self._first: dict[str, Any] = {}
        self._figures: list[dict[str, Any]] = []
        self._failed = ""

    def run(self, stop: StopSignal) -> BrowserRow:
        """Run both; LinkError where there is no browser, or no picture came."""
        if CHROMIUM is None:
            raise LinkError(NOT_INSTALLED)
        settings = self._settings
        with ExitStack() as stack:
            testbed: LinkTestbed | None = None
            if self._kbps:
                testbed = stack.enter_context(bucket_testbed(self._kbps, sender_listens=True))
                if self._restore != "never":
                    # The generator comes over a quick link: over a thin one it takes minutes, once.
                    testbed.set_kbps(_QUICK_KBPS)
            programs = stack.enter_context(Programs())
            programs.add(start_sender(settings, testbed, self._take))
            self._wait(programs, stop, lambda: bool(self._url))
            programs.add(self._browser(testbed))
            self._wait(programs, stop, lambda: bool(self._first or self._failed))
            if self._failed:
                raise LinkError(self._failed)
            if testbed is not None and self._restore != "never":
                self._wait(programs, stop, lambda: self._painting not in ("", *_LOADING))
                testbed.set_kbps(self._kbps)
            time.sleep(settings.settle_s)
            self._figures.clear()
            began_us = now_us()
            time.sleep(settings.seconds)
            passed = None if testbed is None else testbed.counter.trace.sent_kbps(began_us, now_us())
            return self._row(passed)

    @property
    def _painting(self) -> str:
        """What the page said last of its generator."""
        return str(self._figures[-1]["painting"]) if self._figures else ""

    def _wait(self, programs: Programs, stop: StopSignal, condition: Any) -> None:
        if not programs.wait_until(condition, stop, limit_s=START_S):
            raise LinkError("the page showed no picture in time")

    def _row(self, sent_kbps: float | None) -> BrowserRow:
        figures = self._figures
        if not figures:
            raise LinkError("the page showed no picture in time")
        return BrowserRow(
            link_kbps=self._kbps,
            restore=self._restore,
            first_ms=self._first["first_ms"],
            page_bytes=self._first["loaded_bytes"],
            fps=round(sum(each["fps"] for each in figures) / len(figures), 1),
            age_ms=percentiles_of(age for each in figures for age in each["agesMs"]),
            decode_p50_ms=round(sorted(each["decodeMs"] for each in figures)[len(figures) // 2], 1),
            sent_kbps=None if sent_kbps is None else round(sent_kbps, 1),
            painting=figures[-1]["painting"],
        )

    def _browser(self, testbed: LinkTestbed | None) -> Program:
        settings = self._settings
        arguments = [f"{self._url}{'&' if '?' in self._url else '?'}restore={self._restore}"]
        arguments += ["--seconds", f"{settings.settle_s + settings.seconds + 60:g}"]
        inside: Inside = testbed.receiver_inside if testbed is not None else _as_it_is
        return Program(arguments, self._take, module="narrowcast.benchmark.browser.watcher", inside=inside)

    def _take(self, line: dict[str, Any]) -> None:
        """Keep a line of either program."""
        for page in page_of(line):
            self._url = page
        if line["event"] == "first":
            self._first = line
        elif line["event"] == "figures":
            self._figures.append(line)
        elif line["event"] == "failed":
            self._failed = line["reason"]


def _as_it_is(command: Sequence[str]) -> Sequence[str]:
    return command

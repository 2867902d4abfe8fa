"""Tests of benchmark/browser/comparison.py: payloads at a rate, and pictures compared in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.benchmark.browser.chromium import chromium
from narrowcast.benchmark.browser.comparison import compare, payloads_of
from narrowcast.benchmark.clips import Clip
from narrowcast.codec.hybrid.thread_priority import ordinary_priority
from narrowcast.codec.metrics.fidelity import psnr
from narrowcast.sender.web.generator_files import GeneratorFiles
from tests.browser import NEEDS_CHROMIUM
from tests.codec.sequences import moving
from tests.sender.web.sites import sender_with_page

RUNTIME_MISSING = "missing" in GeneratorFiles().told()


@pytest.fixture
def clip() -> Clip:
    return Clip(name="scene", frames=tuple(moving(128, 80, 10)), fps=15.0)


def test_payloads_hold_the_rate(clip: Clip) -> None:
    payloads = payloads_of(clip, 60.0)
    assert len(payloads) == 10 and sum(map(len, payloads[1:])) < 9 * 2 * 125 * 60 / 15


@NEEDS_CHROMIUM
@pytest.mark.skipif(RUNTIME_MISSING, reason="the runtime for browsers is not there: make browser")
@pytest.mark.parametrize("every", [1, 2])
def test_the_browser_shows_what_the_python_receiver_shows(clip: Clip, tmp_path: Path, every: int) -> None:
    with ordinary_priority(), sender_with_page(codec="hybrid") as (_, url), chromium(tmp_path) as browser:
        browser.open(f"{url}?restore=never")
        browser.wait_for("document.querySelector('#picture')?.dataset.sequence > 0")
        found = compare(browser, clip, payloads_of(clip, 120.0), every, {"psnr": psnr})
    assert found.frames == 10 and found.base_levels < 0.3
    assert found.painted_levels < (1.0 if every == 1 else 3.0)
    base, python, painted = found.scores["psnr"]
    assert min(base, python, painted) > 15

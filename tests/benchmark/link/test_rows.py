"""A trial becomes a row, and a link that changes a step for each of its rates."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.benchmark.link.overhead import FrameOverhead
from narrowcast.benchmark.link.quality import open_clip
from narrowcast.benchmark.link.rows import LinkRow, link_row
from narrowcast.benchmark.link.trial import LinkTrial
from narrowcast.benchmark.network.wire_counter import WireSample, WireTrace
from narrowcast.benchmark.shown import ShownPicture
from tests.benchmark.bench_samples import write_video

SECOND_US = 1_000_000


def trial(*, steps: int, step_s: int, overhead: FrameOverhead | None = None) -> LinkTrial:
    """Ten pictures a second; from the second step on each is so much older."""
    from_us, to_us = 5 * SECOND_US, (5 + steps * step_s) * SECOND_US
    shown = [
        ShownPicture(
            capture_sender_us=at_us - (100_000 if at_us < from_us + step_s * SECOND_US else 400_000),
            shown_us=at_us,
        )
        for at_us in range(SECOND_US, to_us, 100_000)
    ]
    return LinkTrial(
        shown=tuple(shown),
        first_capture_us=800_000,
        first_index=0,
        from_us=from_us,
        to_us=to_us,
        wire=WireTrace([WireSample(at_us=t, sent_bytes=t // 1000, received_bytes=0) for t in (0, to_us - 1)]),
        started_us=100_000,
        overhead=overhead,
        keyframes=1,
        step_us=step_s * SECOND_US,
    )


def row_of(trial: LinkTrial, steps_kbps: tuple[float, ...], folder: Path) -> LinkRow:
    write_video(folder / "clip.avi", 4)
    return link_row(
        trial,
        system="narrowcast",
        steps_kbps=steps_kbps,
        folder=folder,
        clip=open_clip(folder / "clip.avi", width=160, height=120, fps=15.0),
        metrics={},
        busy_share=0.2,
    )


def test_a_row_says_how_long_the_start_took_and_what_headers_cost(tmp_path: Path) -> None:
    overhead = FrameOverhead(sent_bytes=91.5, received_bytes=70.25)
    row = row_of(trial(steps=1, step_s=4, overhead=overhead), (64.0,), tmp_path)
    assert (row.first_picture_ms, row.start_ms) == (200, 900)
    assert (row.headers_sent_bytes, row.headers_received_bytes, row.keyframes) == (91.5, 70.25, 1)
    assert (row.link_kbps, row.busy_share, row.steps) == (64, 0.2, ())
    assert row.fps == pytest.approx(10)


def test_each_rate_of_a_link_that_changes_is_a_step(tmp_path: Path) -> None:
    row = row_of(trial(steps=3, step_s=4), (128.0, 32.0, 128.0), tmp_path)
    assert [step.link_kbps for step in row.steps] == [128, 32, 128]
    assert row.link_kbps == 96 and row.headers_sent_bytes is None
    first, second, third = row.steps
    assert first.longest_ms < 210 < 400 <= second.age_p50_ms == pytest.approx(third.age_p50_ms)
    assert first.age_p50_ms < row.age_p50_ms <= row.longest_ms == second.longest_ms

"""A trial with real programs: x264 through the proxy, and programs that fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from narrowcast.benchmark.errors import LinkError
from narrowcast.benchmark.link.age import measure_freshness
from narrowcast.benchmark.link.peers.peer_program import PeerSettings
from narrowcast.benchmark.link.systems import SYSTEMS, ProgramCommand
from narrowcast.benchmark.link.testbed import LinkTestbed, proxy_testbed
from narrowcast.benchmark.link.trial import run_trial
from narrowcast.benchmark.shown import kept_pictures
from tests.benchmark.link.peer_samples import peer_settings


@pytest.fixture
def settings(tmp_path: Path) -> PeerSettings:
    return peer_settings(tmp_path, kbps=256.0, jpeg_quality=10)


def test_pictures_come_through_and_are_noted(settings: PeerSettings) -> None:
    testbed = proxy_testbed(256, sender_listens=False, delay_ms=20, jitter_ms=0)
    trial = run_trial(SYSTEMS["x264"], settings, testbed, settle_s=0.1, seconds=0.7)
    assert trial.to_us - trial.from_us == 700_000
    assert trial.shown[0].capture_sender_us >= trial.first_capture_us
    assert all(picture.shown_us - picture.capture_sender_us >= 20_000 for picture in trial.shown)
    freshness = measure_freshness(trial.shown, trial.from_us, trial.to_us)
    assert freshness is not None and freshness.fps > 0
    assert set(kept_pictures(settings.pictures)) <= {picture.capture_sender_us for picture in trial.shown}
    assert kept_pictures(settings.pictures)
    assert trial.wire.samples[-1].sent_bytes > 0


def test_a_link_that_changes_is_measured_at_each_of_its_rates(settings: PeerSettings) -> None:
    set_to: list[float] = []

    @contextmanager
    def noting() -> Iterator[LinkTestbed]:
        with proxy_testbed(256, sender_listens=False, delay_ms=0, jitter_ms=0) as link:
            yield replace(link, set_kbps=set_to.append)

    trial = run_trial(
        SYSTEMS["x264"], settings, noting(), settle_s=0, seconds=0.3, steps_kbps=(256.0, 64.0, 512.0)
    )
    assert set_to == [64, 512], "the testbed begins with the first"
    assert trial.to_us - trial.from_us == 900_000
    assert [end - begin for begin, end in trial.steps_us] == [300_000] * 3
    assert trial.overhead is None and trial.keyframes is None, "x264's programs tell nothing of frames"
    assert trial.started_us < trial.shown[0].shown_us


@pytest.mark.parametrize(
    ("module", "said"), [("no_such_module", "no_such_module"), ("this", "did not begin to listen")]
)
def test_a_program_that_ends_leaves_its_last_words(settings: PeerSettings, module: str, said: str) -> None:
    broken = replace(
        SYSTEMS["x264"], receiver=lambda settings, address: ProgramCommand(module=module, arguments=())
    )
    testbed = proxy_testbed(256, sender_listens=False, delay_ms=0, jitter_ms=0)
    with pytest.raises(LinkError, match=said):
        run_trial(broken, settings, testbed, settle_s=0, seconds=1)

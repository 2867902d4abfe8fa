"""Waiting for frames; a whole run is in test_benchmark.py."""

from __future__ import annotations

import pytest

pytest.importorskip("nats", reason="nats-py comes with the fabric extra")

from narrowcast.benchmark.errors import ProgramError
from narrowcast.benchmark.fabric import run
from narrowcast.fabric.viewer.feed import FabricFeed
from narrowcast.runtime.fabric_address import FabricAddress


def test_frames_that_never_come_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_RECOVERY_LIMIT_S", 0.05)
    feed = FabricFeed(FabricAddress(host="127.0.0.1", port=1), "c0", 10**6)
    with pytest.raises(ProgramError, match="no frame came within 0.05 s"):
        run._wait_for_frames(feed)

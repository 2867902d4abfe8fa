"""The settings of a worker."""

from __future__ import annotations

import os

import pytest

from narrowcast.errors import ConfigError
from narrowcast.fabric.fleet.config import FleetConfig


def test_a_worker_decodes_on_every_processor_unless_it_is_told_otherwise() -> None:
    assert FleetConfig().process_count == min(256, os.cpu_count() or 1)
    assert FleetConfig(processes=3).process_count == 3
    with pytest.raises(ConfigError, match="no name of a camera"):
        FleetConfig(camera=("front.*",))

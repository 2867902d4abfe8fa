"""The settings of the archive."""

from __future__ import annotations

import pytest

from narrowcast.errors import ConfigError
from narrowcast.fabric.archive.config import ArchiveConfig


def test_lengths_and_names_are_checked() -> None:
    assert ArchiveConfig(target="x").every == 600
    with pytest.raises(ConfigError, match="from 10s to 24h"):
        ArchiveConfig(target="x", every=5.0)
    with pytest.raises(ConfigError, match="no name of a camera"):
        ArchiveConfig(target="x", camera=("a b",))

"""The settings of the wall."""

from __future__ import annotations

import pytest

from narrowcast.errors import ConfigError
from narrowcast.fabric.wall.config import WallConfig


def test_a_wall_is_for_this_machine_unless_it_is_told_otherwise() -> None:
    assert WallConfig().web.loopback and WallConfig().web.port == 8080 and not WallConfig().web.token
    with pytest.raises(ConfigError, match="no name of a camera"):
        WallConfig(camera=("front", "a b"))

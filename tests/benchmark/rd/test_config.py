"""The configuration of a rate-distortion run refuses what cannot be run."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.rd.config import RdConfig
from narrowcast.errors import ConfigError

PATHS = (Path("clip.mp4"),)


def test_defaults_are_runnable() -> None:
    config = RdConfig(paths=PATHS)
    assert (config.width, config.height, config.fps, config.frames) == (640, 360, 15.0, 40)


def test_unknown_codecs_and_metrics_list_the_known() -> None:
    with pytest.raises(ConfigError, match="'h266'.*svt-av1"):
        RdConfig(paths=PATHS, codecs=("gan", "h266"))
    with pytest.raises(ConfigError, match="'vmaf'.*lpips_alex"):
        RdConfig(paths=PATHS, metrics=("vmaf",))
    with pytest.raises(ConfigError, match="no codec is named"):
        RdConfig(paths=PATHS, codecs=())


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf")])
def test_a_pace_has_to_be_above_zero(fps: float) -> None:
    with pytest.raises(ConfigError, match="fps"):
        RdConfig(paths=PATHS, fps=fps)


def test_a_file_to_write_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        RdConfig(paths=PATHS, json=tmp_path / "nowhere" / "rows.json")

"""The settings of `narrowcast bench rd`: defaults that run, and a line for each that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.benchmark.rd.settings import RdSettings
from narrowcast.benchmark.settings import WEIGHTS_VARIABLE
from narrowcast.errors import ConfigError

CLIPS = (Path("clip.mp4"),)


@pytest.fixture(autouse=True)
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the caller's environment names must not change a test."""
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)


def test_defaults_are_runnable() -> None:
    settings = RdSettings(clips=CLIPS)
    assert (settings.width, settings.height, settings.fps, settings.frames) == (640, 360, 15.0, 40)


def test_unknown_codecs_and_metrics_list_the_known() -> None:
    with pytest.raises(ConfigError, match="'h266'.*svt-av1"):
        RdSettings(clips=CLIPS, codecs=("gan", "h266"))
    with pytest.raises(ConfigError, match="'vmaf'.*lpips_alex"):
        RdSettings(clips=CLIPS, metrics=("vmaf",))
    with pytest.raises(ConfigError, match="codecs is an empty list"):
        RdSettings(clips=CLIPS, codecs=())


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf")])
def test_a_pace_has_to_be_above_zero(fps: float) -> None:
    with pytest.raises(ConfigError, match="fps"):
        RdSettings(clips=CLIPS, fps=fps)


def test_a_file_to_write_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        RdSettings(clips=CLIPS, json=tmp_path / "nowhere" / "rows.json")

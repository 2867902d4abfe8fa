"""Settings of the stages: what is out of range is refused by the name of its option."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.codec.training.config import PredictorConfig, StageConfig, StillsConfig, SynthesisConfig
from narrowcast.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "value"), [("minutes", 0.0), ("batch", 0), ("crop", 100), ("learning_rate", 2.0)]
)
def test_settings_out_of_range_are_refused(name: str, value: float, tmp_path: Path) -> None:
    settings: dict[str, float] = {name: value}
    with pytest.raises(ConfigError, match=f"^{name} is "):
        StillsConfig(run_dir=tmp_path, cache_dir=tmp_path, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [PredictorConfig, SynthesisConfig])
def test_a_scene_has_at_least_two_frames(kind: type[StageConfig], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="frames is 1; it has to be at least 2"):
        kind(run_dir=tmp_path, cache_dir=tmp_path, frames=1)  # type: ignore[call-arg]

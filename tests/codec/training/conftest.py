"""Training data decoded once, and short runs of the first stages, for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from narrowcast.codec.training.checkpoints import averaged_weights
from narrowcast.codec.training.config import PredictorConfig, StillsConfig
from narrowcast.codec.training.data import FrameStore, prepare
from narrowcast.codec.training.plan import TINY_LATENT
from narrowcast.codec.training.predictor import PredictorStage
from narrowcast.codec.training.stills import StillsStage
from tests.codec.metrics.network_samples import write_efficientnet, write_lpips
from tests.codec.training.short_runs import ALONE, run
from tests.codec.training.small_data import write_data


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three pictures and a clip."""
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def cache_dir(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, decoded."""
    return prepare(data_dir, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def store(cache_dir: Path) -> FrameStore:
    """A view of the decoded data."""
    return FrameStore(cache_dir)


@pytest.fixture(scope="session")
def weights_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with random frozen networks: EfficientNet-Lite0, a narrow VGG16 and the heads of LPIPS."""
    return write_lpips(write_efficientnet(tmp_path_factory.mktemp("weights")))


@pytest.fixture(scope="session")
def stills_run(cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of the stills stage without perceptual loss; it learns."""
    torch.manual_seed(0)
    config = StillsConfig(
        run_dir=tmp_path_factory.mktemp("stills"),
        cache_dir=cache_dir,
        model=TINY_LATENT,
        batch=2,
        crop=64,
        warmup_steps=5,
        learning_rate=3e-3,
    )
    losses = run(config, StillsStage(config, ALONE), 60)
    assert sum(losses[-10:]) < 0.8 * sum(losses[:10])
    return config.run_dir


@pytest.fixture(scope="session")
def predictor_run(stills_run: Path, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run of the predictor stage; it learns."""
    torch.manual_seed(0)
    config = PredictorConfig(
        run_dir=tmp_path_factory.mktemp("predictor"),
        cache_dir=cache_dir,
        batch=2,
        crop=64,
        frames=4,
        warmup_steps=5,
        learning_rate=3e-3,
    )
    stage = PredictorStage(config, TINY_LATENT, ALONE)
    stage.load(averaged_weights(stills_run))
    steps_before = stage.coder.steps.log_knots.clone()
    losses = run(config, stage, 150)
    assert sum(losses[-20:]) / 2 < 0.8 * sum(losses[:10])
    assert torch.equal(stage.coder.steps.log_knots, steps_before)
    return config.run_dir

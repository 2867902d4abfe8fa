"""Training data decoded once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from codec.training.data import FrameStore, prepare
from tests.codec.metrics.network_samples import write_efficientnet, write_lpips
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

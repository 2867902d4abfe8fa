"""Tests of realism.py: the score's range and scale, and weights that are not what they should be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from narrowcast.codec.errors import WeightsError
from narrowcast.codec.metrics.realism import Realism, realism, save_realism
from narrowcast.codec.metrics.realism_network import RealismNetwork
from tests.codec.picture_samples import camera_like, flat, noise


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Seeded weights, scaled so that noise scores above 1 and a flat picture below 0."""
    torch.manual_seed(3)
    network = RealismNetwork().eval()
    with torch.inference_mode():
        logits = [_logit(network, picture) for picture in (noise(96, 64), flat(96, 64))]
    low, high = min(logits), max(logits)
    middle, span = (low + high) / 2, (high - low) / 4
    save_realism(tmp_path, Realism(network=network, real_logit=middle + span, coded_logit=middle - span))
    return tmp_path


def _logit(network: RealismNetwork, picture: np.ndarray) -> float:
    return float(network(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255))


def test_scores_stay_between_0_and_1_and_reach_both(folder: Path) -> None:
    scores = [realism(picture, weights=folder) for picture in (noise(96, 64), flat(96, 64))]
    assert sorted(scores) == [0.0, 1.0]
    assert 0.0 <= realism(camera_like(97, 63), weights=folder) <= 1.0


def test_missing_weights_say_so(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="realism.json is missing"):
        realism(flat(64, 64), weights=tmp_path / "absent")


def test_altered_weights_are_refused(folder: Path) -> None:
    (folder / "realism.safetensors").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="truncated or altered"):
        realism(flat(64, 64), weights=folder)


def test_a_scale_that_is_upside_down_is_refused(folder: Path) -> None:
    path = folder / "realism.json"
    content = json.loads(path.read_text())
    content["real_logit"], content["coded_logit"] = content["coded_logit"], content["real_logit"]
    path.write_text(json.dumps(content))
    with pytest.raises(WeightsError, match="do not score above"):
        realism(flat(64, 64), weights=folder)

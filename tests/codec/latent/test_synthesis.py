"""Tests of codec/latent/synthesis.py."""

from __future__ import annotations

import cv2
import numpy as np
import torch

from narrowcast.codec.latent.analysis import Analysis
from narrowcast.codec.latent.config import ModelConfig
from narrowcast.codec.latent.synthesis import Synthesis
from narrowcast.codec.picture import to_rgb, to_tensor
from tests.codec.picture_samples import camera_like
from tests.codec.tiny_model import TINY, tiny_model


@torch.inference_mode()
def test_one_latent_position_paints_16_pixels() -> None:
    synthesis = tiny_model().synthesis
    rgb = synthesis(torch.zeros(1, TINY.latent_channels, 3, 5), synthesis.gain(torch.tensor([0.5])))
    assert rgb.shape == (1, 3, 48, 80)


@torch.inference_mode()
def test_untrained_it_is_about_the_inverse_of_the_analysis() -> None:
    """Both start from the DCT, so that a picture is recognisable before any training."""
    torch.manual_seed(0)
    config = ModelConfig()
    analysis, synthesis = Analysis(config), Synthesis(config)
    half = torch.tensor([0.5])
    picture = np.asarray(cv2.GaussianBlur(camera_like(128, 96), (0, 0), 3), np.uint8)
    y = analysis(to_tensor(picture, 16), analysis.gain(half))
    painted = to_rgb(synthesis(y, synthesis.gain(half)), 128, 96)
    assert cv2.PSNR(painted, picture) > 18


@torch.inference_mode()
def test_quality_scales_what_it_paints() -> None:
    torch.manual_seed(0)
    synthesis = Synthesis(TINY)
    synthesis.gain.log_knots[-1] += 1
    y_hat = torch.ones(1, TINY.latent_channels, 2, 2)
    low, high = (synthesis(y_hat, synthesis.gain(torch.tensor([q]))) for q in (0.0, 1.0))
    assert not torch.allclose(low, high)

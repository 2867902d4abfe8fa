"""Tests of lab/mnist/stages.py: each stage learns, under every loss of the game, and saves pictures."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import cv2
import pytest
import torch

from narrowcast.codec.training.curves import read_log
from narrowcast.codec.training.processes import Processes
from narrowcast.codec.training.trainer import Trainer
from narrowcast.lab.mnist.latent import make_latent
from narrowcast.lab.mnist.losses import LossName, betas_of
from narrowcast.lab.mnist.networks import judge_network, perceptual_network
from narrowcast.lab.mnist.stages import (
    ClassifierStage,
    CodecWeights,
    DigitCodecStage,
    DigitStageConfig,
    GanStage,
)
from tests.lab.drawn_digits import drawn

DIGITS = drawn(200, 0)


def config(folder: Path, steps: int, **known: object) -> DigitStageConfig:
    return DigitStageConfig(run_dir=folder, cache_dir=folder, steps=steps, batch=16, **known)  # type: ignore[arg-type]


def run(stage: object, of: DigitStageConfig) -> dict[str, list[float]]:
    Trainer(of, stage, Processes.join("cpu")).run()  # type: ignore[arg-type]
    return read_log(of.run_dir)


def test_the_classifier_learns_the_digits(tmp_path: Path) -> None:
    torch.manual_seed(0)
    log = run(ClassifierStage(of := config(tmp_path, 160, learning_rate=3e-3), DIGITS, judge_network()), of)
    assert log["accuracy"][-1] > 0.5 > log["accuracy"][0]


@pytest.mark.parametrize("loss", get_args(LossName))
def test_the_game_is_played_under_every_loss(loss: LossName, tmp_path: Path) -> None:
    torch.manual_seed(0)
    of = config(tmp_path, 40, learning_rate=1e-3, betas=betas_of(loss))
    log = run(GanStage(of, DIGITS, loss, 8), of)
    assert log["D real"][-1] > log["D fake"][-1], "the discriminator tells them apart"
    sheet = cv2.imread(str(tmp_path / "sample-0000040.png"), cv2.IMREAD_GRAYSCALE)
    assert sheet is not None and sheet.shape == (560, 560) and sheet.std() > 1


@pytest.mark.parametrize(("vq", "perceptual"), [(False, 2.0), (True, 0.0)])
def test_the_codec_comes_nearer_to_the_digits(vq: bool, perceptual: float, tmp_path: Path) -> None:
    torch.manual_seed(0)
    of = config(tmp_path, 60, learning_rate=3e-3)
    weights = CodecWeights(perceptual=perceptual)
    stage = DigitCodecStage(of, DIGITS, make_latent(32, vq=vq), "bce", weights, perceptual_network())
    log = run(stage, of)
    assert log["mse"][-1] < 0.8 * log["mse"][0]
    assert ("perceptual" in log) == bool(perceptual)
    assert all(weight.grad is None for weight in stage._perceptual.parameters())
    assert (tmp_path / "sample-0000060.png").exists()

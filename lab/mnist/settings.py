"""What `narrowcast lab mnist` can be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from narrowcast.lab.mnist.losses import LossName
from narrowcast.lab.settings import LabSettings
from narrowcast.runtime.common_settings import POSITIVE
from narrowcast.runtime.settings import Setting

MAX_LATENT_BITS = 1024


@dataclass(frozen=True, kw_only=True)
class MnistSettings(LabSettings):
    """The game, the latent, and how long each stage trains."""

    data: Annotated[Path, Setting(metavar="DIR")]
    "folder of MNIST's four idx files, gzipped or not"
    loss: LossName = "bce"
    "of the adversarial game"
    perceptual: bool = True
    "compare what a classifier sees in x and x_hat too, beside their pixels"
    vq: bool = False
    "vector quantised latent, with codebooks, instead of a scalar quantised one"
    latent_bits: Annotated[int, Setting(minimum=1, maximum=MAX_LATENT_BITS)] = 128
    "of a digit, before entropy coding"
    classifier_steps: Annotated[int, POSITIVE] = 1200
    "of the two classifiers, the one that judges and the one that the perceptual loss looks through"
    gan_steps: Annotated[int, POSITIVE] = 1500
    "of generator and discriminator, from noise"
    codec_steps: Annotated[int, POSITIVE] = 2000
    "of the encoder with them"
    batch: Annotated[int, Setting(minimum=2)] = 64
    "digits a step"
    digits: Annotated[int | None, POSITIVE] = None
    "measure on so many test digits; by default on all"
    beside: Annotated[tuple[Path, ...], Setting(metavar="DIR,DIR")] = ()
    "finished runs of this command to show beside this one, such as one with another loss"
    seed: Annotated[int, Setting(minimum=0)] = 0
    "of weights, data order and noise"
    resume: bool = False
    "go on from what is in the folder, exactly as if it had not stopped"

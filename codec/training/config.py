"""One config a training stage, checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from codec.hybrid.restoration import RestorationConfig
from codec.latent.config import ModelConfig
from codec.training.losses import AdversarialKind
from narrowcast.errors import ConfigError
from runtime.common_settings import POSITIVE
from runtime.settings import PROGRAM_ONLY, Setting, Settings

_CROP_STEP = 16
"Pixels that one place of the latents stands for."
_CROP = Setting(minimum=64)
_RATE = Setting(above=0, maximum=1)


@dataclass(frozen=True, kw_only=True)
class StageConfig(Settings):
    """What every stage needs."""

    run_dir: Annotated[Path, Setting(flag="run", metavar="DIR")]
    "folder of this stage's checkpoints, logs and pictures"
    cache_dir: Annotated[Path, PROGRAM_ONLY]
    "decoded data, as written by data.prepare"
    weights_dir: Annotated[Path | None, Setting(flag="weights", metavar="DIR")] = None
    "folder of frozen networks for perceptual and adversarial losses"
    minutes: Annotated[float, POSITIVE] = 60.0
    "wall-clock length of the stage, over which the learning rate falls"
    batch: Annotated[int, POSITIVE] = 8
    "samples a step and process"
    crop: Annotated[int, _CROP] = 256
    "pixels a side, a multiple of 16"
    learning_rate: Annotated[float, _RATE] = 8e-4
    "peak, after warm-up"
    warmup_steps: Annotated[int, PROGRAM_ONLY] = 200
    "steps of linear warm-up"
    clip_norm: Annotated[float, PROGRAM_ONLY] = 1.0
    "gradient norm cap"
    ema_decay: Annotated[float, PROGRAM_ONLY] = 0.999
    "decay of the averaged weights"
    save_minutes: Annotated[float, PROGRAM_ONLY] = 2.0
    "wall clock between checkpoints"
    seed: int = 0
    "of data order and noise"
    device: Literal["cpu", "cuda"] = "cpu"
    "where the networks are trained"
    bf16: bool = False
    "autocast the float networks to bfloat16 (AMX or CUDA)"

    def __post_init__(self) -> None:
        """Raise ConfigError where a setting cannot be."""
        super().__post_init__()
        if self.crop % _CROP_STEP:
            raise ConfigError(f"is {self.crop}; it has to be a multiple of {_CROP_STEP}", setting="crop")


@dataclass(frozen=True, kw_only=True)
class StillsConfig(StageConfig):
    """Analysis, synthesis and the keyframe prior together, on stills."""

    model: Annotated[ModelConfig, PROGRAM_ONLY] = field(default_factory=ModelConfig)
    "sizes of the model to make"
    lmbda_low: Annotated[float, PROGRAM_ONLY] = 0.3
    "weight of distortion against bits per pixel at q = 0"
    lmbda_high: Annotated[float, PROGRAM_ONLY] = 10.0
    "the same at q = 1, log-spaced between"
    mse_weight: Annotated[float, PROGRAM_ONLY] = 100.0
    "of mean squared error of pixels in [0, 1]"
    perceptual_weight: Annotated[float, PROGRAM_ONLY] = 0.4
    "of the perceptual distance"
    exact_after: Annotated[float, PROGRAM_ONLY] = 0.1
    "share of the stage after which the predictor runs in exact integers"


@dataclass(frozen=True, kw_only=True)
class PredictorConfig(StageConfig):
    """The exact predictor and prior, on the frozen latents of moving and still scenes."""

    learning_rate: Annotated[float, _RATE] = 1e-3
    "peak, after warm-up"
    frames: Annotated[int, Setting(minimum=2)] = 20
    "length of the sequences"
    exact_after: Annotated[float, PROGRAM_ONLY] = 0.2
    "share of the stage after which the predictor runs in exact integers"


@dataclass(frozen=True, kw_only=True)
class AdversarialConfig(StageConfig):
    """What every stage that trains a generator against a discriminator needs."""

    learning_rate: Annotated[float, _RATE] = 2e-4
    "peak, after warm-up"
    discriminator_rate: Annotated[float, PROGRAM_ONLY] = 2e-4
    "learning rate of the discriminator, constant"
    adversarial: AdversarialKind = "hinge"
    "kind of adversarial loss"
    adversarial_weight: Annotated[float, PROGRAM_ONLY] = 0.05
    "of the generator's adversarial loss, reached after adversarial_warmup"
    adversarial_warmup: Annotated[float, PROGRAM_ONLY] = 0.2
    "share of the stage over which the weight rises from 0"
    mse_weight: Annotated[float, PROGRAM_ONLY] = 30.0
    "of mean squared error of pixels in [0, 1]"
    perceptual_weight: Annotated[float, PROGRAM_ONLY] = 1.0
    "of the perceptual distance"
    temporal_weight: Annotated[float, PROGRAM_ONLY] = 2.0
    "of the change of decoded pictures where the source stands still"
    penalty_weight: Annotated[float, PROGRAM_ONLY] = 10.0
    "of the gradient penalty (wgan_gp only)"
    lpips_weight: Annotated[float, Setting(minimum=0)] = 0.0
    "of LPIPS through VGG16, which costs twenty times the other perceptual distance a picture"
    lpips_pictures: Annotated[int, PROGRAM_ONLY] = 2
    "pictures of a batch that LPIPS looks at"


@dataclass(frozen=True, kw_only=True)
class SynthesisConfig(AdversarialConfig):
    """Synthesis alone against a discriminator, the bitstream frozen."""

    frames: Annotated[int, Setting(minimum=2)] = 12
    "longest scene; the loss is of its last two pictures, so that late ones of a stream look like early ones"


@dataclass(frozen=True, kw_only=True)
class RestoreConfig(AdversarialConfig):
    """The hybrid codec's generator, on scenes that the base layer's encoders have coded."""

    learning_rate: Annotated[float, _RATE] = 6e-4
    "peak, after warm-up"
    crop: Annotated[int, _CROP] = 128
    "pixels a side"
    lpips_weight: Annotated[float, Setting(minimum=0)] = 1.0
    "of LPIPS through VGG16"
    mse_weight: Annotated[float, PROGRAM_ONLY] = 5.0
    "of mean squared error of pixels in [0, 1]; at 30 the generator changed the pictures too little"
    ema_decay: Annotated[float, PROGRAM_ONLY] = 0.995
    "decay of the averaged weights: the stage is short"
    scenes: Annotated[int, POSITIVE] = 1200
    "coded scenes to make before the first step"
    model: Annotated[RestorationConfig, PROGRAM_ONLY] = field(default_factory=RestorationConfig)
    "sizes of the generator"

"""One config a training stage, checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from narrowcast.codec.hybrid.restoration import RestorationConfig
from narrowcast.codec.latent.config import ModelConfig
from narrowcast.codec.training.coded_scenes import FRAMES
from narrowcast.codec.training.losses import AdversarialKind
from narrowcast.errors import ConfigError
from narrowcast.runtime.common_settings import POSITIVE
from narrowcast.runtime.settings import PROGRAM_ONLY, Setting, Settings

_CROP_STEP = 16
"Pixels that one place of the latents stands for."
_CROP = Setting(minimum=64)
_RATE = Setting(above=0, maximum=1)
_WEIGHT = Setting(minimum=0)


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
    "wall-clock length of the stage, its checkpoints included, which the learning rate follows"
    steps: Annotated[int | None, POSITIVE] = None
    "length in steps, which the learning rate follows instead; the minutes still end the stage"
    batch: Annotated[int, POSITIVE] = 8
    "samples a step and process"
    crop: Annotated[int, _CROP] = 256
    "pixels a side, a multiple of 16"
    learning_rate: Annotated[float, _RATE] = 8e-4
    "peak, after warm-up"
    betas: Annotated[tuple[float, float], PROGRAM_ONLY] = (0.9, 0.98)
    "of AdamW: the share of the old in its running means of gradients and of their squares"
    warmup_steps: Annotated[int, PROGRAM_ONLY] = 200
    "steps of linear warm-up"
    constant_share: Annotated[float, PROGRAM_ONLY] = 0.0
    "share of the stage after which the learning rate begins to fall: half a cosine, to zero"
    clip_norm: Annotated[float, PROGRAM_ONLY] = 1.0
    "gradient norm cap"
    ema_decay: Annotated[float, PROGRAM_ONLY] = 0.999
    "decay of the averaged weights"
    save_minutes: Annotated[float, PROGRAM_ONLY] = 2.0
    "wall clock between checkpoints"
    workers: Annotated[int, POSITIVE] = 1
    "threads that make the samples of a batch"
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
    """What every stage that trains a generator needs; a part of the loss with weight 0 is not computed."""

    learning_rate: Annotated[float, _RATE] = 2e-4
    "peak, after warm-up"
    discriminator_rate: Annotated[float, PROGRAM_ONLY] = 2e-4
    "learning rate of the discriminator, constant"
    adversarial: AdversarialKind = "hinge"
    "kind of adversarial loss"
    adversarial_weight: Annotated[float, _WEIGHT] = 0.05
    "of the generator's adversarial loss, reached after adversarial_warmup"
    adversarial_warmup: Annotated[float, PROGRAM_ONLY] = 0.2
    "share of the stage over which the weight rises from 0"
    coarse_weight: Annotated[float, _WEIGHT] = 0.0
    "of mean squared error of the means of 4x4 pixels: what lies where, not its texture"
    mse_weight: Annotated[float, _WEIGHT] = 30.0
    "of mean squared error of pixels in [0, 1]"
    perceptual_weight: Annotated[float, _WEIGHT] = 1.0
    "of the distance of EfficientNet-Lite0's features"
    texture_weight: Annotated[float, _WEIGHT] = 0.0
    "of the difference of those features' local means and deviations"
    temporal_weight: Annotated[float, _WEIGHT] = 2.0
    "of the change of decoded pictures where the source stands still"
    penalty_weight: Annotated[float, PROGRAM_ONLY] = 10.0
    "of the gradient penalty (wgan_gp only)"
    lpips_weight: Annotated[float, _WEIGHT] = 0.0
    "of LPIPS through VGG16, which costs twenty times the other perceptual distance a pixel"
    lpips_pictures: Annotated[int, PROGRAM_ONLY] = 2
    "pictures of a batch, drawn for each step, that LPIPS looks at"
    lpips_side: Annotated[int, PROGRAM_ONLY] = 64
    "pixels a side of the cuts of them that it looks at"


@dataclass(frozen=True, kw_only=True)
class SynthesisConfig(AdversarialConfig):
    """Synthesis alone against a discriminator, the bitstream frozen."""

    frames: Annotated[int, Setting(minimum=2)] = 12
    "longest scene; the loss is of its last two pictures, so that late ones of a stream look like early ones"


@dataclass(frozen=True, kw_only=True)
class RestoreConfig(AdversarialConfig):
    """The hybrid codec's generator, on scenes that the base layer's encoders have coded."""

    learning_rate: Annotated[float, _RATE] = 5e-4
    "peak, after warm-up"
    warmup_steps: Annotated[int, PROGRAM_ONLY] = 50
    "steps of linear warm-up"
    constant_share: Annotated[float, PROGRAM_ONLY] = 0.4
    "share of the stage after which the learning rate begins to fall"
    discriminator_rate: Annotated[float, PROGRAM_ONLY] = 3e-4
    "learning rate of the discriminator, constant"
    adversarial_warmup: Annotated[float, PROGRAM_ONLY] = 0.05
    "share of the stage over which the adversarial weight rises from 0"
    batch: Annotated[int, POSITIVE] = 6
    "windows a step and process"
    crop: Annotated[int, _CROP] = 128
    "pixels a side"
    frames: Annotated[int, Setting(minimum=2, maximum=FRAMES)] = 5
    "pictures of a window: the loss is of the last two, those before fill the memory"
    coarse_weight: Annotated[float, _WEIGHT] = 10.0
    "of mean squared error of the means of 4x4 pixels"
    mse_weight: Annotated[float, _WEIGHT] = 1.5
    "of mean squared error of pixels in [0, 1]; at 30 the generator changed the pictures too little"
    texture_weight: Annotated[float, _WEIGHT] = 0.5
    "of the difference of the features' local means and deviations"
    lpips_weight: Annotated[float, _WEIGHT] = 1.0
    "of LPIPS through VGG16"
    ema_decay: Annotated[float, PROGRAM_ONLY] = 0.996
    "decay of the averaged weights"
    scenes: Annotated[int, POSITIVE] = 1200
    "coded scenes to make before the first step"
    size: Literal["base", "wide", "large"] = "base"
    "the generator's: base is what ships, wide has twice its multiply-adds, large ten times"
    model: Annotated[RestorationConfig | None, PROGRAM_ONLY] = None
    "sizes of the generator, where they are none of these"

    @property
    def generator(self) -> RestorationConfig:
        """Sizes of the generator."""
        return self.model or GENERATORS[self.size]


GENERATORS = {
    "base": RestorationConfig(),
    "wide": RestorationConfig(fine_channels=72, middle_channels=144, wide_channels=272),
    "large": RestorationConfig(
        fine_channels=144, middle_channels=288, wide_channels=416, fine_blocks=2, middle_blocks=2
    ),
}
"""Sizes of the generator by name: 9, 18 and 90 thousand multiply-adds a pixel."""

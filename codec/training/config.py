"""One config a training stage, checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from codec.hybrid.restoration import RestorationConfig
from codec.latent.config import ModelConfig
from codec.training.losses import AdversarialKind
from narrowcast.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class StageConfig:
    """What every stage needs."""

    run_dir: Path
    "where checkpoints, logs and pictures go"
    cache_dir: Path
    "decoded data, as written by data.prepare"
    weights_dir: Path | None = None
    "frozen networks for perceptual and adversarial losses"
    minutes: float = 60.0
    "wall-clock length of the stage; the rate of learning follows it down"
    batch: int = 8
    "samples a step and process"
    crop: int = 256
    "pixels a side"
    learning_rate: float = 8e-4
    "peak, after warm-up"
    warmup_steps: int = 200
    "steps of linear warm-up"
    clip_norm: float = 1.0
    "gradient norm cap"
    ema_decay: float = 0.999
    "decay of the averaged weights"
    save_minutes: float = 2.0
    "wall clock between checkpoints"
    seed: int = 0
    "of data order and noise"
    device: str = "cpu"
    "cpu or cuda"
    bf16: bool = False
    "autocast the float networks to bfloat16"

    def __post_init__(self) -> None:
        if self.minutes <= 0:
            raise ConfigError(f"--minutes must be positive, not {self.minutes}")
        if self.batch < 1:
            raise ConfigError(f"--batch must be at least 1, not {self.batch}")
        if self.crop < 64 or self.crop % 16:
            raise ConfigError(f"--crop must be a multiple of 16 from 64, not {self.crop}")
        if not 0 < self.learning_rate < 1:
            raise ConfigError(f"--learning-rate must be in (0, 1), not {self.learning_rate}")


def _check_frames(frames: int) -> None:
    if frames < 2:
        raise ConfigError(f"--frames must be at least 2, not {frames}")


@dataclass(frozen=True, kw_only=True)
class StillsConfig(StageConfig):
    """Analysis, synthesis and the keyframe prior together, on stills."""

    model: ModelConfig = field(default_factory=ModelConfig)
    "sizes of the model to make"
    lmbda_low: float = 0.3
    "weight of distortion against bits per pixel at q = 0"
    lmbda_high: float = 10.0
    "the same at q = 1, log-spaced between"
    mse_weight: float = 100.0
    "of mean squared error of pixels in [0, 1]"
    perceptual_weight: float = 0.4
    "of the perceptual distance"
    exact_after: float = 0.1
    "share of the stage after which the predictor runs in exact integers"


@dataclass(frozen=True, kw_only=True)
class PastConfig(StageConfig):
    """The exact predictor and prior, on the frozen latents of moving and still scenes."""

    learning_rate: float = 1e-3
    "peak, after warm-up"
    frames: int = 20
    "length of the sequences"
    dead_zone: float = 0.65
    "of the sender, in steps"
    exact_after: float = 0.2
    "share of the stage after which the predictor runs in exact integers"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_frames(self.frames)


@dataclass(frozen=True, kw_only=True)
class AdversarialConfig(StageConfig):
    """What every stage that plays against the discriminator needs."""

    learning_rate: float = 2e-4
    "peak, after warm-up"
    discriminator_rate: float = 2e-4
    "rate of learning of the discriminator"
    adversarial: AdversarialKind = "hinge"
    "loss of the game"
    adversarial_weight: float = 0.05
    "of the generator's adversarial loss, reached after adversarial_warmup"
    adversarial_warmup: float = 0.2
    "share of the stage over which the weight rises from 0"
    mse_weight: float = 30.0
    "of mean squared error of pixels in [0, 1]"
    perceptual_weight: float = 1.0
    "of the perceptual distance"
    temporal_weight: float = 2.0
    "of the change of decoded pictures where the source stands still"
    penalty_weight: float = 10.0
    "of the gradient penalty (wgan_gp only)"
    lpips_weight: float = 0.0
    "of LPIPS through VGG16, which costs twenty times the other perceptual distance a picture"
    lpips_pictures: int = 2
    "of a batch that LPIPS looks at"


@dataclass(frozen=True, kw_only=True)
class GanConfig(AdversarialConfig):
    """Synthesis alone against a discriminator, the bitstream frozen."""

    frames: int = 12
    "longest scene; its last two pictures are judged, so that late pictures of a stream look like early ones"

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_frames(self.frames)


@dataclass(frozen=True, kw_only=True)
class RestoreConfig(AdversarialConfig):
    """The hybrid codec's generator, on scenes that the base layer's encoders have coded."""

    learning_rate: float = 6e-4
    "peak, after warm-up"
    crop: int = 128
    "pixels a side"
    lpips_weight: float = 1.0
    "of LPIPS through VGG16"
    mse_weight: float = 5.0
    "of mean squared error of pixels in [0, 1]; at 30 the generator stayed too timid"
    ema_decay: float = 0.995
    "decay of the averaged weights: the stage is short"
    scenes: int = 1200
    "coded scenes to make before the first step"
    model: RestorationConfig = field(default_factory=RestorationConfig)
    "sizes of the generator"

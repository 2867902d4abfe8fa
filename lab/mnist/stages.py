"""The stages of `narrowcast lab mnist`, each run by the training loop of codec/training/trainer.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn import functional

from narrowcast.codec.training.batches import Prefetcher, StepGenerators
from narrowcast.codec.training.config import StageConfig
from narrowcast.codec.training.stage import TrainingStage
from narrowcast.lab.grids import digit_grid, pair_grid, write_grey
from narrowcast.lab.mnist.digits import LabelledDigits, to_bytes, to_unit
from narrowcast.lab.mnist.latent import QuantisedLatent
from narrowcast.lab.mnist.losses import Adversary, LossName, discriminator_steps
from narrowcast.lab.mnist.networks import DigitClassifier, DigitEncoder, DigitGenerator, tap_distance
from narrowcast.runtime.settings import PROGRAM_ONLY

CODEC_DISCRIMINATOR_RATE = 2e-4
"""The discriminator has learned already; beside the codec it only follows."""

SAMPLES = 100
"""Digits in a picture of samples: ten rows of ten."""


@dataclass(frozen=True, kw_only=True)
class DigitStageConfig(StageConfig):
    """What the stages of the lab are told beside what every stage is."""

    minutes: Annotated[float, PROGRAM_ONLY] = 600.0
    "no limit: the steps are the length"
    batch: Annotated[int, PROGRAM_ONLY] = 128
    "digits a step"
    warmup_steps: Annotated[int, PROGRAM_ONLY] = 20
    "steps of linear warm-up"
    ema_decay: Annotated[float, PROGRAM_ONLY] = 0.99
    "decay of the averaged weights"
    save_minutes: Annotated[float, PROGRAM_ONLY] = 0.5
    "wall clock between checkpoints and pictures"


@dataclass(frozen=True, kw_only=True)
class DigitBatch:
    """Digits and labels of a step."""

    pictures: Tensor
    "[B, 1, 28, 28] in [0, 1]"
    labels: Tensor
    "[B]"


def digit_batches(config: StageConfig, digits: LabelledDigits, times: int = 1) -> Prefetcher[DigitBatch]:
    """Draw `times` batches a step, one behind the other."""

    def make(generators: StepGenerators) -> DigitBatch:
        chosen = generators.step.integers(0, len(digits.pictures), times * config.batch)
        labels = torch.from_numpy(digits.labels[chosen]).long()
        return DigitBatch(pictures=to_unit(digits.pictures[chosen]), labels=labels)

    return Prefetcher(make, seed=config.seed, batch=config.batch)


class ClassifierStage(TrainingStage[DigitBatch]):
    """A classifier, by cross-entropy."""

    name = "classifier"

    def __init__(self, config: StageConfig, digits: LabelledDigits, classifier: DigitClassifier) -> None:
        self.models = nn.ModuleDict({"classifier": classifier})
        self.trained = list(classifier.parameters())
        self.batches = digit_batches(config, digits)
        self._classifier = classifier

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Classify a batch."""
        batch = self.batches.next()
        logits = self._classifier(batch.pictures)
        right = (logits.argmax(dim=1) == batch.labels).float().mean()
        return functional.cross_entropy(logits, batch.labels), {"accuracy": float(right)}


class GanStage(TrainingStage[DigitBatch]):
    """Generator against discriminator, from noise: first the discriminator's step, then the generator's."""

    name = "GAN"

    def __init__(self, config: StageConfig, digits: LabelledDigits, loss: LossName, dimensions: int) -> None:
        """Make both networks; z has so many dimensions."""
        self._batch, self._steps, self._dimensions = config.batch, discriminator_steps(loss), dimensions
        self.generator = DigitGenerator(dimensions)
        self.adversary = Adversary(loss)
        self.models = nn.ModuleDict(
            {"generator": self.generator, "discriminator": self.adversary.discriminator}
        )
        self.trained = list(self.generator.parameters())
        self.optimizers = {"discriminator": self.adversary.optimizer}
        self.batches = digit_batches(config, digits, self._steps)
        self._shown = torch.randn(SAMPLES, dimensions, generator=torch.Generator().manual_seed(config.seed))

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Take the discriminator's step or steps; return L_G."""
        figures: dict[str, float] = {}
        for real in torch.split(self.batches.next().pictures, self._batch):
            with torch.no_grad():
                fake = self.generator(torch.randn(len(real), self._dimensions))
            figures = self.adversary.step(real, fake)
        fake = self.generator(torch.randn(self._batch, self._dimensions))
        adversarial = self.adversary.generator_loss(fake)
        return adversarial, figures | {"L_G": float(adversarial.detach())}

    @torch.no_grad()
    def sample(self, path: Path) -> None:
        """Paint the same hundred z as ever."""
        self.generator.eval()
        write_grey(path, digit_grid(to_bytes(self.generator(self._shown)), columns=10))
        self.generator.train()


@dataclass(frozen=True, kw_only=True)
class CodecWeights:
    """What the codec's loss is made of."""

    distortion: float = 50.0
    "of the mean squared error of pixels in [0, 1]"
    adversarial: float = 0.02
    "of L_G: what the discriminator says of x_hat"
    perceptual: float = 2.0
    "of the distance of a classifier's features; 0: not computed"


class DigitCodecStage(TrainingStage[DigitBatch]):
    """The encoder that a GAN lacks: x -> E -> quantised z -> G -> x_hat, judged by the discriminator too."""

    name = "codec"

    def __init__(
        self,
        config: StageConfig,
        digits: LabelledDigits,
        latent: QuantisedLatent,
        loss: LossName,
        weights: CodecWeights,
        perceptual: DigitClassifier,
    ) -> None:
        """Make the encoder; generator and discriminator are to be loaded from the stage before."""
        self.generator, self.encoder = DigitGenerator(latent.dimensions), DigitEncoder(latent.dimensions)
        self.latent, self.weights = latent, weights
        self.adversary = Adversary(loss, CODEC_DISCRIMINATOR_RATE)
        self._perceptual = perceptual.requires_grad_(False)
        self.models = nn.ModuleDict(
            {
                "generator": self.generator,
                "encoder": self.encoder,
                "latent": latent,
                "discriminator": self.adversary.discriminator,
            }
        )
        self.trained = [
            *self.generator.parameters(),
            *self.encoder.parameters(),
            *latent.parameters(),
        ]
        self.optimizers = {"discriminator": self.adversary.optimizer}
        self.batches = digit_batches(config, digits)
        self._progress = 0.0
        self._pictures: tuple[Tensor, Tensor] | None = None

    def loss(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        """Code a batch; return distortion, the discriminator's judgement and what else there is, weighted."""
        self._progress, weights = progress, self.weights
        x = self.batches.next().pictures
        quantised = self.latent(self.encoder(x))
        x_hat = self.generator(quantised.z)
        self._pictures = x, x_hat.detach()
        figures = self.adversary.step(x, x_hat)
        mse, adversarial = functional.mse_loss(x_hat, x), self.adversary.generator_loss(x_hat)
        total = weights.distortion * mse + weights.adversarial * adversarial + quantised.loss
        figures |= {"mse": float(mse.detach()), "L_G": float(adversarial.detach())}
        if weights.perceptual:
            perceptual = tap_distance(self._perceptual.taps(x), self._perceptual.taps(x_hat))
            total = total + weights.perceptual * perceptual
            figures["perceptual"] = float(perceptual.detach())
        return total, figures

    def after_step(self) -> dict[str, float]:
        """Look after the codebook."""
        self.latent.after_step(self._progress)
        return {}

    def sample(self, path: Path) -> None:
        """Digits of the last batch above what became of them."""
        if self._pictures is not None:
            x, x_hat = (to_bytes(pictures[:30]) for pictures in self._pictures)
            write_grey(path, pair_grid(x, x_hat, columns=10))

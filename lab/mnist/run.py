"""One run of `narrowcast lab mnist`: classifiers, GAN, codec; each resumes where it stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from narrowcast.codec.training.checkpoints import CHECKPOINT, averaged_weights, load_checkpoint, part_of
from narrowcast.codec.training.processes import Processes
from narrowcast.codec.training.stage import TrainingStage
from narrowcast.codec.training.trainer import Trainer
from narrowcast.errors import LabError
from narrowcast.lab.mnist.coverage import SampleQuality, sample_quality
from narrowcast.lab.mnist.digits import DigitData, LabelledDigits, to_bytes, to_unit
from narrowcast.lab.mnist.latent import QuantisedLatent, make_latent
from narrowcast.lab.mnist.losses import GENERATOR_RATE, betas_of
from narrowcast.lab.mnist.networks import (
    DigitClassifier,
    DigitDiscriminator,
    DigitEncoder,
    DigitGenerator,
    judge_network,
    perceptual_network,
)
from narrowcast.lab.mnist.prior import Indices
from narrowcast.lab.mnist.settings import MnistSettings
from narrowcast.lab.mnist.stages import (
    ClassifierStage,
    CodecWeights,
    DigitCodecStage,
    DigitStageConfig,
    GanStage,
)

PLAN = "settings.json"
BATCH = 500
COVERED = 2000
"Real and generated digits between which coverage is measured."

_KEPT = (
    "loss",
    "perceptual",
    "vq",
    "latent_bits",
    "gan_steps",
    "codec_steps",
    "classifier_steps",
    "batch",
    "seed",
)
"Settings that a run cannot change when it goes on."


class StoppedError(LabError):
    """The run was stopped before its end; what it has is kept."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainedDigits:
    """The networks of a finished run, ready to be used."""

    judge: DigitClassifier
    first_generator: DigitGenerator
    "as the game left it, before there was an encoder"
    generator: DigitGenerator
    discriminator: DigitDiscriminator
    encoder: DigitEncoder
    latent: QuantisedLatent

    @torch.no_grad()
    def encode(self, pictures: np.ndarray[Any, np.dtype[np.uint8]]) -> Indices:
        """Map digits [N, 28, 28] to the symbols that are sent, [N, S]."""
        parts = [
            self.latent(self.encoder(to_unit(pictures[start : start + BATCH]))).indices
            for start in range(0, len(pictures), BATCH)
        ]
        return torch.cat(parts).numpy()

    @torch.no_grad()
    def decode(self, indices: Indices) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Paint digits [N, 28, 28] from symbols [N, S]."""
        whole = torch.from_numpy(indices)
        return np.concatenate(
            [to_bytes(self.generator(self.latent.values(part))) for part in torch.split(whole, BATCH)]
        )

    @torch.no_grad()
    def samples(self, count: int, seed: int) -> torch.Tensor:
        """Paint digits [N, 1, 28, 28] from noise, with the generator of the game."""
        z = torch.randn(count, self.latent.dimensions, generator=torch.Generator().manual_seed(seed))
        return torch.cat([self.first_generator(part) for part in torch.split(z, BATCH)])

    @torch.no_grad()
    def sample_quality(self, real: LabelledDigits, seed: int) -> SampleQuality:
        """Density and coverage of samples against real digits, in the judge's features."""
        wanted = to_unit(real.pictures[:COVERED])
        made = self.samples(len(wanted), seed)
        return sample_quality(
            self.judge.taps(wanted)[-1], self.judge.taps(made)[-1], self.judge(made).argmax(1)
        )


STAGES = ("judge", "perceptual", "gan", "codec")


def trained_minutes(folder: Path, *stages: str) -> float:
    """How long stages of a run have trained, up to a stop and behind it."""
    return sum(float(load_checkpoint(folder / stage)["elapsed_s"]) for stage in stages) / 60


class MnistRun:
    """The stages of one run, in a folder of its own each."""

    def __init__(self, settings: MnistSettings, data: DigitData) -> None:
        self._settings, self._data = settings, data

    def train(self) -> TrainedDigits:
        """Train what is not trained yet; StoppedError where somebody stopped it."""
        settings, folder = self._settings, self._settings.out
        torch.set_num_threads(settings.threads)
        self._check_plan()
        torch.manual_seed(settings.seed)
        judge, perceptual = judge_network(), perceptual_network()
        for name, network, seed in (("judge", judge, 1), ("perceptual", perceptual, 2)):
            config = self._config(
                name, steps=settings.classifier_steps, learning_rate=3e-3, seed=settings.seed + seed
            )
            self._run(config, lambda c, n=network: ClassifierStage(c, self._data.train, n))  # type: ignore[misc]
            network.load_state_dict(part_of(averaged_weights(folder / name), "classifier."))
        torch.manual_seed(settings.seed)
        latent = make_latent(settings.latent_bits, vq=settings.vq)
        self._run(
            self._game_config(),
            lambda config: GanStage(config, self._data.train, settings.loss, latent.dimensions),
        )
        game = averaged_weights(folder / "gan")
        self._run(
            self._config("codec", steps=settings.codec_steps, learning_rate=2e-3),
            lambda config: self._codec_stage(config, latent, perceptual, game),
        )
        return self._trained(judge, latent, game, averaged_weights(folder / "codec"))

    def _codec_stage(
        self,
        config: DigitStageConfig,
        latent: QuantisedLatent,
        perceptual: DigitClassifier,
        game: dict[str, Any],
    ) -> DigitCodecStage:
        """Make the second stage, with the players of the first."""
        weights = CodecWeights() if self._settings.perceptual else CodecWeights(perceptual=0.0)
        stage = DigitCodecStage(config, self._data.train, latent, self._settings.loss, weights, perceptual)
        stage.generator.load_state_dict(part_of(game, "generator."))
        stage.adversary.discriminator.load_state_dict(part_of(game, "discriminator."))
        return stage

    def _trained(
        self, judge: DigitClassifier, latent: QuantisedLatent, game: dict[str, Any], coded: dict[str, Any]
    ) -> TrainedDigits:
        def loaded(network: nn.Module, state: dict[str, Any], prefix: str) -> Any:
            network.load_state_dict(part_of(state, prefix))
            return network.eval().requires_grad_(False)

        return TrainedDigits(
            judge=judge.eval().requires_grad_(False),
            first_generator=loaded(DigitGenerator(latent.dimensions), game, "generator."),
            generator=loaded(DigitGenerator(latent.dimensions), coded, "generator."),
            discriminator=loaded(DigitDiscriminator(), coded, "discriminator."),
            encoder=loaded(DigitEncoder(latent.dimensions), coded, "encoder."),
            latent=loaded(latent, coded, "latent."),
        )

    def _game_config(self) -> DigitStageConfig:
        """The game's: the learning rate stays as it is, for neither player may stop before the other."""
        loss = self._settings.loss
        return self._config(
            "gan",
            steps=self._settings.gan_steps,
            learning_rate=GENERATOR_RATE[loss],
            betas=betas_of(loss),
            constant_share=0.999,
        )

    def _config(self, name: str, **known: Any) -> DigitStageConfig:
        folder = self._settings.out / name
        known = {"seed": self._settings.seed, "batch": self._settings.batch} | known
        return DigitStageConfig(run_dir=folder, cache_dir=folder, **known)

    def _run(self, config: DigitStageConfig, make: Callable[[DigitStageConfig], TrainingStage[Any]]) -> None:
        """Run a stage to its end, or go on with it."""
        torch.manual_seed(config.seed)
        stage = make(config)
        stage.name = config.run_dir.name
        for network in stage.models.values():
            network.train()
        trainer = Trainer(config, stage, Processes.join("cpu"))
        if self._settings.resume:
            trainer.resume()
        trainer.run()
        if not trainer.finished:
            raise StoppedError(
                f"stopped in the stage {config.run_dir.name} at step {trainer.step} of {config.steps}; "
                "the same command with --resume goes on"
            )

    def _check_plan(self) -> None:
        """Keep what the run was started with; LabError where it is now told something else."""
        folder, path = self._settings.out, self._settings.out / PLAN
        plan = {name: getattr(self._settings, name) for name in _KEPT}
        if self._settings.resume and path.exists():
            before = json.loads(path.read_text(encoding="utf-8"))
            changed = [name for name in _KEPT if before.get(name) != plan[name]]
            if changed:
                name = changed[0]
                raise LabError(
                    f"{folder} was begun with {name.replace('_', '-')} {before.get(name)}, not {plan[name]}; "
                    "go on with that, or name another --out"
                )
        elif not self._settings.resume and (old := next(folder.glob(f"*/{CHECKPOINT}"), None)):
            raise LabError(f"{old} is of an earlier run; go on with it with --resume, or name another --out")
        path.write_text(json.dumps(plan, indent=1) + "\n", encoding="utf-8")

"""`narrowcast train`: the command line of the training stages."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import cv2
import torch

from codec.hybrid.restoration import RestorationConfig
from codec.latent.config import ModelConfig
from codec.training.checkpoints import averaged_weights
from codec.training.coded_scenes import CODED, prepare_coded
from codec.training.config import (
    PredictorConfig,
    RestoreConfig,
    StageConfig,
    StillsConfig,
    SynthesisConfig,
)
from codec.training.data import FrameStore, prepare
from codec.training.export import export, export_realism, export_restoration
from codec.training.predictor import PredictorStage
from codec.training.processes import Processes
from codec.training.restore import RestoreStage
from codec.training.stage import TrainingStage
from codec.training.stills import StillsStage
from codec.training.synthesis import SynthesisStage
from codec.training.trainer import Trainer
from narrowcast.errors import ConfigError, NarrowcastError
from runtime.common_settings import POSITIVE
from runtime.settings import Setting, Settings, make_settings
from runtime.settings_parser import SettingsParser
from runtime.terminal import print_error

RUN = Setting(metavar="RUN")

EPILOG = """\
the stages, in order:
  narrowcast train stills    --data DIR --run runs/stills --weights WEIGHTS
  narrowcast train predictor --data DIR --run runs/predictor --stills runs/stills
  narrowcast train synthesis --data DIR --run runs/synthesis --stills runs/stills --predictor runs/predictor
                             --weights WEIGHTS
  narrowcast train restore   --data DIR --run runs/restore --weights WEIGHTS
  narrowcast train export    --out codec/weights --stills runs/stills --predictor runs/predictor
                             --synthesis runs/synthesis
several processes: torchrun --nproc-per-node 2 -m codec.training -- stills ...
"""


@dataclass(frozen=True, kw_only=True)
class TrainSettings(Settings):
    """What the command line says of every stage beside its config."""

    data: Annotated[Path, Setting(metavar="DIR")]
    "folder of pictures, clips or tar shards"
    cache: Annotated[Path | None, Setting(metavar="DIR")] = None
    "folder of the decoded data; by default cache beside the run"
    resume: bool = False
    "go on from the run's own checkpoint"
    threads: Annotated[int, POSITIVE] = 1
    "torch threads a process"


@dataclass(frozen=True, kw_only=True)
class PredictorSettings(TrainSettings):
    """What a stage that follows the stills needs."""

    stills: Annotated[Path, RUN]
    "run of the stills stage"


@dataclass(frozen=True, kw_only=True)
class SynthesisSettings(PredictorSettings):
    """What the synthesis stage starts from."""

    predictor: Annotated[Path | None, RUN] = None
    "run of the predictor stage"


@dataclass(frozen=True, kw_only=True)
class RestoreSettings(TrainSettings):
    """What the restore stage starts from."""

    start: Annotated[Path | None, RUN] = None
    "run of this stage to start from"


@dataclass(frozen=True, kw_only=True)
class ExportSettings(Settings):
    """Which runs become the weights files that ship."""

    out: Annotated[Path, Setting(metavar="DIR")]
    "folder to write"
    stills: Annotated[Path | None, RUN] = None
    "run of the stills stage"
    predictor: Annotated[Path | None, RUN] = None
    "run of the predictor stage"
    synthesis: Annotated[Path | None, RUN] = None
    "run of the synthesis stage"
    restore: Annotated[Path | None, RUN] = None
    "run of the restore stage"
    cache: Annotated[Path | None, Setting(metavar="DIR")] = None
    "decoded data: with --restore and --weights, scales the realism"
    weights: Annotated[Path | None, Setting(metavar="DIR")] = None
    "folder of frozen networks, for the realism score"


STAGES: dict[str, tuple[type[StageConfig], type[TrainSettings], str]] = {
    "stills": (StillsConfig, TrainSettings, "analysis, synthesis and keyframe prior, on stills"),
    "predictor": (PredictorConfig, PredictorSettings, "the exact predictor, on moving and still scenes"),
    "synthesis": (SynthesisConfig, SynthesisSettings, "synthesis, against a discriminator"),
    "restore": (
        RestoreConfig,
        RestoreSettings,
        "the hybrid codec's generator, against a discriminator; needs no stage before it",
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one stage, or export; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    arguments = make_parser().parse(argv)
    try:
        if arguments.stage == "export":
            return _export(make_settings(ExportSettings, arguments))
        return _train(config_from(arguments), settings_from(arguments))
    except NarrowcastError as error:
        return print_error(error.on_command_line())


def make_parser() -> SettingsParser:
    """The arguments of the command."""
    parser = SettingsParser(
        prog="narrowcast train",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stages = parser.add_subparsers(dest="stage", required=True)
    for name, (config, settings, text) in STAGES.items():
        stages.add_parser(name, help=text, settings=(settings, config))
    stages.add_parser("export", help="write the weights files that ship", settings=(ExportSettings,))
    return parser


def settings_from(arguments: argparse.Namespace) -> TrainSettings:
    """What the command line says beside the stage's config."""
    return make_settings(STAGES[arguments.stage][1], arguments)


def config_from(arguments: argparse.Namespace) -> StageConfig:
    """The config of the stage."""
    cache = settings_from(arguments).cache or Path(arguments.run_dir).parent / "cache"
    return make_settings(STAGES[arguments.stage][0], arguments, cache_dir=cache)


def _export(settings: ExportSettings) -> int:
    if not (settings.stills or settings.restore):
        raise ConfigError(
            "nothing to export; name a run: --stills (with --predictor, --synthesis), --restore"
        )
    if settings.stills:
        manifest = export(
            settings.out,
            ModelConfig(),
            stills=settings.stills,
            predictor=settings.predictor,
            synthesis=settings.synthesis,
        )
        print(f"wrote {settings.out}: model {manifest.model_id}")
    if settings.restore:
        export_restoration(settings.out, RestorationConfig(), settings.restore)
        print(f"wrote {settings.out}: restoration")
        if settings.cache and settings.weights:
            judge = export_realism(settings.out, settings.restore, settings.cache / CODED, settings.weights)
            logits = f"logits {judge.real_logit:.2f} real, {judge.coded_logit:.2f} coded"
            print(f"wrote {settings.out}: realism ({logits})")
    return 0


def _train(config: StageConfig, settings: TrainSettings) -> int:
    torch.set_num_threads(settings.threads)
    cv2.setNumThreads(1)
    processes = Processes.join(config.device)
    prepare(settings.data, config.cache_dir)
    torch.manual_seed(config.seed)  # every process starts from the same weights
    trainer = Trainer(config, _stage(config, settings, processes), processes)
    if settings.resume:
        trainer.resume()
    torch.manual_seed(config.seed * 1000 + processes.rank)  # but draws its own noise
    trainer.run()
    return 0


def _stage(config: StageConfig, settings: TrainSettings, processes: Processes) -> TrainingStage[Any]:
    """Make a stage, started from the stages before it."""
    model = ModelConfig()
    if isinstance(config, RestoreConfig) and isinstance(settings, RestoreSettings):
        coded = prepare_coded(FrameStore(config.cache_dir), config.cache_dir / CODED, scenes=config.scenes)
        restore = RestoreStage(config, processes, coded)
        if settings.start:
            restore.load(averaged_weights(settings.start))
        return restore
    if isinstance(config, PredictorConfig) and isinstance(settings, PredictorSettings):
        weights = averaged_weights(settings.stills)
        predictor = PredictorStage(config, model, processes)
        predictor.load(weights)
        return predictor
    if isinstance(config, SynthesisConfig) and isinstance(settings, SynthesisSettings):
        weights = averaged_weights(settings.stills)
        synthesis = SynthesisStage(config, model, processes)
        synthesis.load(weights, averaged_weights(settings.predictor) if settings.predictor else None)
        return synthesis
    assert isinstance(config, StillsConfig)
    return StillsStage(config, processes)


if __name__ == "__main__":
    sys.exit(main())

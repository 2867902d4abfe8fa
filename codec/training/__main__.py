"""`narrowcast train`: the command line of the training stages."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import cv2
import torch

from codec.hybrid.restoration import RestorationConfig
from codec.latent.config import ModelConfig
from codec.training.checkpoints import averaged_weights
from codec.training.coded_scenes import CODED, prepare_coded
from codec.training.config import (
    AdversarialConfig,
    PredictorConfig,
    RestoreConfig,
    StageConfig,
    StillsConfig,
    SynthesisConfig,
)
from codec.training.data import FrameStore, prepare
from codec.training.export import export, export_realism, export_restoration
from codec.training.losses import AdversarialKind
from codec.training.predictor import PredictorStage
from codec.training.processes import Processes
from codec.training.restore import RestoreStage
from codec.training.stage import TrainingStage
from codec.training.stills import StillsStage
from codec.training.synthesis import SynthesisStage
from codec.training.trainer import Trainer
from narrowcast.errors import ConfigError, NarrowcastError

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

STAGES: dict[str, tuple[type[StageConfig], str]] = {
    "stills": (StillsConfig, "analysis, synthesis and keyframe prior, on stills"),
    "predictor": (PredictorConfig, "the exact predictor, on moving and still scenes"),
    "synthesis": (SynthesisConfig, "synthesis, against a discriminator"),
    "restore": (
        RestoreConfig,
        "the hybrid codec's generator, against a discriminator; needs no stage before it",
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one stage, or export; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    arguments = _parser().parse_args(argv)
    try:
        return _export(arguments) if arguments.stage == "export" else _train(arguments)
    except NarrowcastError as error:
        print(f"narrowcast train: error: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="narrowcast train",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stages = parser.add_subparsers(dest="stage", required=True)
    for name, (config, text) in STAGES.items():
        # What is not given is not there: the defaults are those of the stage's config.
        stage = stages.add_parser(name, help=text, argument_default=argparse.SUPPRESS)
        _add_stage_arguments(stage, config)
    out = stages.add_parser("export", help="write the weights files that ship")
    out.add_argument("--out", type=Path, required=True, help="folder to write")
    for name in STAGES:
        out.add_argument(f"--{name}", type=Path, help=f"run of the {name} stage")
    out.add_argument(
        "--cache", type=Path, help="decoded data: with --restore and --weights, scales the realism"
    )
    out.add_argument("--weights", type=Path, help="folder of frozen networks, for the realism score")
    return parser


def _add_stage_arguments(parser: argparse.ArgumentParser, config: type[StageConfig]) -> None:
    """Add the settings of a stage under the names of its config's fields, and where its data come from."""
    add = parser.add_argument
    add("--data", type=Path, required=True, help="folder of pictures, clips or tar shards")
    add("--cache", dest="cache_dir", type=Path, help="decoded data (default: cache beside the run)")
    add("--run", dest="run_dir", type=Path, required=True, help="folder of its checkpoints and logs")
    add("--weights", dest="weights_dir", type=Path, help="folder of frozen networks for perceptual losses")
    if config in (PredictorConfig, SynthesisConfig):
        add("--stills", type=Path, required=True, help="run of the stills stage")
        add("--frames", type=int, help="length of the scenes, frames")
    if config is SynthesisConfig:
        add("--predictor", type=Path, default=None, help="run of the predictor stage")
    if config is RestoreConfig:
        add("--start", type=Path, default=None, help="run of this stage to start from")
        add("--scenes", type=int, help="scenes to code with the base layer's encoders")
    if issubclass(config, AdversarialConfig):
        add("--lpips-weight", type=float, help="of LPIPS through VGG16 in the loss; 0 leaves it out")
        add("--adversarial", choices=get_args(AdversarialKind), help="kind of adversarial loss")
    add("--minutes", type=float, help=f"wall clock; the learning rate follows it ({config.minutes:g})")
    add("--batch", type=int, help=f"samples a step and process ({config.batch})")
    add("--crop", type=int, help=f"pixels a side ({config.crop})")
    add("--learning-rate", type=float, help=f"peak, after warm-up ({config.learning_rate:g})")
    add("--resume", action="store_true", default=False, help="go on from the run's own checkpoint")
    add("--device", help=f"cpu or cuda ({config.device})")
    add("--bf16", action="store_true", help="autocast to bfloat16 (AMX or CUDA)")
    add("--threads", type=int, default=1, help="torch threads a process (1)")
    add("--seed", type=int, help="of data order and noise")


def _export(arguments: argparse.Namespace) -> int:
    if not (arguments.stills or arguments.restore):
        raise ConfigError(
            "nothing to export; name a run: --stills (with --predictor, --synthesis), --restore"
        )
    if arguments.stills:
        manifest = export(
            arguments.out,
            ModelConfig(),
            stills=arguments.stills,
            predictor=arguments.predictor,
            synthesis=arguments.synthesis,
        )
        print(f"wrote {arguments.out}: model {manifest.model_id}")
    if arguments.restore:
        export_restoration(arguments.out, RestorationConfig(), arguments.restore)
        print(f"wrote {arguments.out}: restoration")
        if arguments.cache and arguments.weights:
            judge = export_realism(
                arguments.out, arguments.restore, arguments.cache / CODED, arguments.weights
            )
            logits = f"logits {judge.real_logit:.2f} real, {judge.coded_logit:.2f} coded"
            print(f"wrote {arguments.out}: realism ({logits})")
    return 0


def _train(arguments: argparse.Namespace) -> int:
    torch.set_num_threads(arguments.threads)
    cv2.setNumThreads(1)
    config = _config(arguments)
    processes = Processes.join(config.device)
    prepare(arguments.data, config.cache_dir)
    torch.manual_seed(config.seed)  # every process starts from the same weights
    trainer = Trainer(config, _stage(config, arguments, processes), processes)
    if arguments.resume:
        trainer.resume()
    torch.manual_seed(config.seed * 1000 + processes.rank)  # but draws its own noise
    trainer.run()
    return 0


def _config(arguments: argparse.Namespace) -> StageConfig:
    """Make the stage's config from what was given."""
    kind, _ = STAGES[arguments.stage]
    given = {"cache_dir": arguments.run_dir.parent / "cache", **vars(arguments)}
    names = {field.name for field in fields(kind)}
    return kind(**{name: value for name, value in given.items() if name in names})


def _stage(config: StageConfig, arguments: argparse.Namespace, processes: Processes) -> TrainingStage[Any]:
    """Make a stage, started from the stages before it."""
    model = ModelConfig()
    if isinstance(config, RestoreConfig):
        coded = prepare_coded(FrameStore(config.cache_dir), config.cache_dir / CODED, scenes=config.scenes)
        restore = RestoreStage(config, processes, coded)
        if arguments.start:
            restore.load(averaged_weights(arguments.start))
        return restore
    if isinstance(config, PredictorConfig):
        weights = averaged_weights(arguments.stills)
        predictor = PredictorStage(config, model, processes)
        predictor.load(weights)
        return predictor
    if isinstance(config, SynthesisConfig):
        weights = averaged_weights(arguments.stills)
        synthesis = SynthesisStage(config, model, processes)
        synthesis.load(weights, averaged_weights(arguments.predictor) if arguments.predictor else None)
        return synthesis
    assert isinstance(config, StillsConfig)
    return StillsStage(config, processes)


if __name__ == "__main__":
    sys.exit(main())

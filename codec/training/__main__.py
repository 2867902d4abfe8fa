"""`narrowcast train`: the command line of the training stages."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import torch

from codec.hybrid.restoration import RestorationConfig
from codec.latent.config import ModelConfig
from codec.latent.integer import AccumulatorOverflowError
from codec.metrics.backbones import WeightsMissingError
from codec.training.coded_scenes import CODED, prepare_coded
from codec.training.config import (
    GanConfig,
    PastConfig,
    RestoreConfig,
    StageConfig,
    StillsConfig,
)
from codec.training.data import DataError, FrameStore, prepare
from codec.training.export import export, export_realism, export_restoration
from codec.training.gan import Gan
from codec.training.past import Past
from codec.training.processes import Processes
from codec.training.restore import Restore
from codec.training.stills import Stills
from codec.training.trainer import CheckpointError, Stage, Trainer, averaged_weights
from narrowcast.errors import ConfigError

EPILOG = """\
the stages, in order:
  narrowcast train stills --data DIR --run runs/stills --weights WEIGHTS
  narrowcast train past   --data DIR --run runs/past --stills runs/stills
  narrowcast train gan    --data DIR --run runs/gan --stills runs/stills --past runs/past --weights WEIGHTS
  narrowcast train restore --data DIR --run runs/restore --weights WEIGHTS
  narrowcast train export --out codec/weights --stills runs/stills --past runs/past --gan runs/gan
several processes: torchrun --nproc-per-node 2 -m codec.training -- stills ...
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one stage, or export; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    arguments = _parser().parse_args(argv)
    try:
        return _export(arguments) if arguments.stage == "export" else _train(arguments)
    except (
        ConfigError,
        DataError,
        WeightsMissingError,
        CheckpointError,
        AccumulatorOverflowError,
    ) as error:
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
    for name, text in (
        ("stills", "analysis, synthesis and keyframe prior, on stills"),
        ("past", "the exact predictor, on moving and still scenes"),
        ("gan", "synthesis against a discriminator"),
        ("restore", "the hybrid codec's generator, against a discriminator; needs no stage before it"),
    ):
        _add_stage_arguments(stages.add_parser(name, help=text), name)
    out = stages.add_parser("export", help="write the weights files that ship")
    out.add_argument("--out", type=Path, required=True, help="folder to write")
    for name in ("stills", "past", "gan", "restore"):
        out.add_argument(f"--{name}", type=Path, help=f"run of the {name} stage")
    out.add_argument(
        "--cache", type=Path, help="decoded data: with --restore and --weights, scales the realism"
    )
    out.add_argument("--weights", type=Path, help="folder of frozen networks, for the realism score")
    return parser


def _add_stage_arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder of pictures, clips or tar shards")
    parser.add_argument("--cache", type=Path, help="decoded data (default: cache beside the run)")
    parser.add_argument("--run", type=Path, required=True, help="folder of this stage's checkpoints and logs")
    parser.add_argument("--weights", type=Path, help="folder of frozen networks for the perceptual losses")
    if name in ("past", "gan"):
        parser.add_argument("--stills", type=Path, required=True, help="run of the stills stage")
    if name == "gan":
        parser.add_argument("--past", type=Path, help="run of the past stage")
    if name == "restore":
        parser.add_argument("--start", type=Path, help="run of this stage to start from")
        parser.add_argument("--scenes", type=int, help="scenes to code with the base layer's encoders")
    if name in ("gan", "restore"):
        parser.add_argument(
            "--lpips-weight", type=float, help="of LPIPS through VGG16 in the loss; 0 leaves it out"
        )
        parser.add_argument("--adversarial", choices=["hinge", "non_saturating", "wgan_gp"], default="hinge")
    if name in ("past", "gan"):
        parser.add_argument("--frames", type=int, help="length of the scenes, frames")
    parser.add_argument("--minutes", type=float, default=60.0, help="wall clock; the schedule follows it")
    parser.add_argument("--batch", type=int, default=8, help="samples a step and process")
    parser.add_argument("--crop", type=int, help="pixels a side (default 256; restore 128)")
    parser.add_argument("--learning-rate", type=float, help="peak, after warm-up")
    parser.add_argument("--resume", action="store_true", help="go on from the run's own checkpoint")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--bf16", action="store_true", help="autocast to bfloat16 (AMX or CUDA)")
    parser.add_argument("--threads", type=int, default=1, help="torch threads a process")
    parser.add_argument("--seed", type=int, default=0)


def _export(arguments: argparse.Namespace) -> int:
    if not (arguments.stills or arguments.restore):
        raise ConfigError("nothing to export; name a run: --stills (with --past, --gan), --restore")
    if arguments.stills:
        manifest = export(
            arguments.out, ModelConfig(), stills=arguments.stills, past=arguments.past, gan=arguments.gan
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
    processes = Processes.join(arguments.device)
    cache = arguments.cache or arguments.run.parent / "cache"
    prepare(arguments.data, cache)
    torch.manual_seed(arguments.seed)  # every process starts from the same weights
    stage, config = _stage(arguments, cache, processes)
    trainer = Trainer(config, stage, processes)
    if arguments.resume:
        trainer.resume()
    torch.manual_seed(arguments.seed * 1000 + processes.rank)  # but draws its own noise
    trainer.run()
    return 0


def _stage(arguments: argparse.Namespace, cache: Path, processes: Processes) -> tuple[Stage, StageConfig]:
    """Make the stage that was asked for, started from the stages before it."""
    common: dict[str, Any] = {
        "run_dir": arguments.run,
        "cache_dir": cache,
        "weights_dir": arguments.weights,
        "minutes": arguments.minutes,
        "batch": arguments.batch,
        "device": arguments.device,
        "bf16": arguments.bf16,
        "seed": arguments.seed,
    }
    for name in ("learning_rate", "crop", "frames", "scenes", "lpips_weight"):
        if getattr(arguments, name, None) is not None:
            common[name] = getattr(arguments, name)
    model = ModelConfig()
    if arguments.stage == "stills":
        stills = StillsConfig(**common, model=model)
        return Stills(stills, processes), stills
    if arguments.stage == "restore":
        restore = RestoreConfig(**common, adversarial=arguments.adversarial)
        coded = prepare_coded(FrameStore(cache), cache / CODED, scenes=restore.scenes)
        restoring = Restore(restore, processes, coded)
        if arguments.start:
            restoring.load(averaged_weights(arguments.start))
        return restoring, restore
    start = averaged_weights(arguments.stills)
    if arguments.stage == "past":
        past = PastConfig(**common)
        stage = Past(past, model, processes)
        stage.load(start)
        return stage, past
    gan = GanConfig(**common, adversarial=arguments.adversarial)
    game = Gan(gan, model, processes)
    game.load(start, averaged_weights(arguments.past) if arguments.past else None)
    return game, gan


if __name__ == "__main__":
    sys.exit(main())

"""`narrowcast train`: the command line of the training stages."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch

from narrowcast.codec.training.coded_scenes import CODED, INDEX, prepare_coded
from narrowcast.codec.training.config import (
    PredictorConfig,
    RestoreConfig,
    StageConfig,
    StillsConfig,
    SynthesisConfig,
)
from narrowcast.codec.training.convert import convert_for_receivers
from narrowcast.codec.training.data import FrameStore, prepare
from narrowcast.codec.training.export import export, export_realism, export_restoration
from narrowcast.codec.training.launch import StartFrom, train
from narrowcast.codec.training.onnx_export import export_onnx
from narrowcast.codec.training.pack import NETWORKS_FOLDER, pack, unpack
from narrowcast.codec.training.plan import Machine, PlanRun, make_plan, scenes_for
from narrowcast.errors import ConfigError, NarrowcastError
from narrowcast.runtime.common_settings import POSITIVE
from narrowcast.runtime.settings import Setting, Settings, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.terminal import print_error

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
all of them, fitted to a time, here or on a machine with a GPU (docs/training.md):
  narrowcast train pack --data DIR --weights WEIGHTS --out pack
  narrowcast train plan --minutes 25 --pack pack --run runs/plan
several processes: torchrun --nproc-per-node 2 -m narrowcast.codec.training -- stills ...
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
    "run of this stage to start from, or a folder of weights such as codec/weights"


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
    "decoded data: the generator is written in 8 bits too; with --restore and --weights, scales the realism"
    weights: Annotated[Path | None, Setting(metavar="DIR")] = None
    "folder of frozen networks, for the realism score"
    onnx: bool = False
    "write the generator in that folder as ONNX too, for browsers; alone, of the weights that are there"


@dataclass(frozen=True, kw_only=True)
class PlanSettings(Settings):
    """What a plan is made for; with a run it is run."""

    minutes: Annotated[float, POSITIVE]
    "of wall time for everything"
    machine: Machine | None = None
    "what trains; by default cuda where there is one, else cpu; rehearsal: tiny networks, two steps each"
    run: Annotated[Path | None, RUN] = None
    "folder to run the plan in, or to go on in; without it the plan is printed"
    pack: Annotated[Path | None, Setting(metavar="DIR")] = None
    "what `narrowcast train pack` has written, or as much of it as has arrived"
    data: Annotated[Path | None, Setting(metavar="DIR")] = None
    "instead of a pack: folder of pictures, clips or tar shards"
    weights: Annotated[Path | None, Setting(metavar="DIR")] = None
    "folder of frozen networks; by default the pack's"
    threads: Annotated[int, POSITIVE] = 1
    "torch threads"


@dataclass(frozen=True, kw_only=True)
class PackSettings(Settings):
    """What travels to a machine that only trains."""

    data: Annotated[Path, Setting(metavar="DIR")]
    "folder of pictures, clips or tar shards"
    weights: Annotated[Path, Setting(metavar="DIR")]
    "folder of frozen networks"
    out: Annotated[Path, Setting(metavar="DIR")]
    "folder to write the pieces into"
    cache: Annotated[Path, Setting(metavar="DIR")] = Path("runs/cache")
    "folder of the decoded data and the coded scenes"
    scenes: Annotated[int, POSITIVE] = RestoreConfig.scenes
    "coded scenes to make and to pack"
    latent: bool = False
    "pack the pictures that the latent codec is trained on too"
    piece_mb: Annotated[float, Setting(above=0, maximum=60)] = 45.0
    "megabytes of a piece at most: what a machine takes at a time, with this project's files beside it"


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
        if arguments.stage in OTHERS:
            settings, command, _ = OTHERS[arguments.stage]
            return command(make_settings(settings, arguments))
        stage = settings_from(arguments)
        train(config_from(arguments), _start_from(stage), threads=stage.threads)
        return 0
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
    for name, (other, _, text) in OTHERS.items():
        stages.add_parser(name, help=text, settings=(other,))
    return parser


def settings_from(arguments: argparse.Namespace) -> TrainSettings:
    """What the command line says beside the stage's config."""
    return make_settings(STAGES[arguments.stage][1], arguments)


def config_from(arguments: argparse.Namespace) -> StageConfig:
    """The config of the stage."""
    cache = settings_from(arguments).cache or Path(arguments.run_dir).parent / "cache"
    return make_settings(STAGES[arguments.stage][0], arguments, cache_dir=cache)


def _start_from(settings: TrainSettings) -> StartFrom:
    """Return what the command line says of a stage's start."""
    return StartFrom(
        data=settings.data,
        stills=settings.stills if isinstance(settings, PredictorSettings) else None,
        predictor=settings.predictor if isinstance(settings, SynthesisSettings) else None,
        start=settings.start if isinstance(settings, RestoreSettings) else None,
        resume=settings.resume,
    )


def _export(settings: ExportSettings) -> int:
    if not (settings.stills or settings.restore or settings.cache or settings.onnx):
        raise ConfigError("name what to export: --stills (with --predictor, --synthesis), --restore, --onnx")
    if settings.stills:
        manifest = export(
            settings.out,
            stills=settings.stills,
            predictor=settings.predictor,
            synthesis=settings.synthesis,
        )
        print(f"wrote {settings.out}: model {manifest.model_id}")
    if settings.restore:
        export_restoration(settings.out, settings.restore)
        print(f"wrote {settings.out}: restoration")
        if settings.cache and settings.weights:
            judge = export_realism(settings.out, settings.restore, settings.cache / CODED, settings.weights)
            logits = f"logits {judge.real_logit:.2f} real, {judge.coded_logit:.2f} coded"
            print(f"wrote {settings.out}: realism ({logits})")
    if settings.restore or settings.cache:
        print(convert_for_receivers(settings.out, settings.cache))
    if settings.onnx:
        print(f"wrote {export_onnx(settings.out)}")
    return 0


def _plan(settings: PlanSettings) -> int:
    """Print a plan; with --run unpack, and run it."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError("a plan runs in one process; give it --threads 2 instead of torchrun")
    started_s = time.monotonic()
    machine: Machine = settings.machine or ("cuda" if torch.cuda.is_available() else "cpu")
    if settings.run is None:
        print(*make_plan(settings.minutes, machine).lines(), sep="\n")
        return 0
    if (settings.pack is None) == (settings.data is None):
        raise ConfigError("name what to train from: either --pack or --data")
    cache = settings.run / "cache"
    weights = settings.weights
    if settings.pack is not None:
        unpack(settings.pack, cache, workers=os.cpu_count() or 1)
        weights = weights or cache / NETWORKS_FOLDER
    elif settings.data is not None:
        prepare(settings.data, cache)
        prepare_coded(FrameStore(cache), cache / CODED, scenes=scenes_for(machine))
    plan = make_plan(settings.minutes, machine, latent=(cache / INDEX).exists())
    print(*plan.lines(), sep="\n", flush=True)
    run = PlanRun(plan, settings.run, started_s=started_s)
    if run.run(cache=cache, weights=weights, threads=settings.threads):
        print(f"finished; the weights are in {settings.run / 'weights'}")
    else:
        print("stopped; the same command goes on")
    return 0


def _pack(settings: PackSettings) -> int:
    """Code the scenes, and write what travels."""
    prepare(settings.data, settings.cache)
    coded = prepare_coded(FrameStore(settings.cache), settings.cache / CODED, scenes=settings.scenes)
    pieces = pack(
        settings.out,
        coded=coded,
        data=settings.data if settings.latent else None,
        weights=settings.weights,
        piece_bytes=round(settings.piece_mb * 1_000_000),
    )
    for piece in pieces:
        print(f"{piece}: {piece.stat().st_size / 1e6:.1f} MB")
    return 0


OTHERS: dict[str, tuple[type[Settings], Callable[[Any], int], str]] = {
    "export": (ExportSettings, _export, "write the weights files that ship"),
    "plan": (PlanSettings, _plan, "fit all stages to a time, and run them"),
    "pack": (PackSettings, _pack, "write what must travel to a machine that only trains"),
}
"""What is no stage: its settings, what runs it, and what it does."""


if __name__ == "__main__":
    sys.exit(main())

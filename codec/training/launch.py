"""From a stage's config to its run: data prepared once, a start from the stages before, the loop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import torch

from narrowcast.codec.hybrid.weights import MANIFEST, load_restoration
from narrowcast.codec.latent.config import ModelConfig
from narrowcast.codec.training.checkpoints import averaged_weights, sizes_of
from narrowcast.codec.training.coded_scenes import CODED, prepare_coded
from narrowcast.codec.training.config import (
    PredictorConfig,
    RestoreConfig,
    StageConfig,
    StillsConfig,
    SynthesisConfig,
)
from narrowcast.codec.training.data import FrameStore, prepare
from narrowcast.codec.training.predictor import PredictorStage
from narrowcast.codec.training.processes import Processes
from narrowcast.codec.training.restore import RestoreStage
from narrowcast.codec.training.stage import TrainingStage
from narrowcast.codec.training.stills import StillsStage
from narrowcast.codec.training.synthesis import SynthesisStage
from narrowcast.codec.training.trainer import Trainer
from narrowcast.errors import TrainingError


@dataclass(frozen=True, kw_only=True)
class StartFrom:
    """What a stage starts from; None where it needs nothing of it."""

    data: Path | None = None
    "folder of pictures, clips or tar shards; None where the cache is complete"
    stills: Path | None = None
    "run of the stills stage"
    predictor: Path | None = None
    "run of the predictor stage"
    start: Path | None = None
    "run of the restore stage, or a folder of weights that ship"
    resume: bool = False
    "go on from the run's own checkpoint"


def train(config: StageConfig, start: StartFrom, *, threads: int = 1) -> bool:
    """Run a stage; return whether it had all its minutes or steps, and was not stopped before."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(1)
    if config.device == "cuda":
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True
    processes = Processes.join(config.device)
    processes.first_alone(lambda: _prepare(config, start.data))
    torch.manual_seed(config.seed)  # every process starts from the same weights
    trainer = Trainer(config, _stage(config, start, processes), processes)
    if start.resume:
        trainer.resume()
    trainer.run()
    return trainer.finished


def _prepare(config: StageConfig, data: Path | None) -> None:
    """Decode the data and code the scenes, unless that has been done."""
    if data is not None:
        prepare(data, config.cache_dir)
        if isinstance(config, RestoreConfig):
            prepare_coded(FrameStore(config.cache_dir), config.cache_dir / CODED, scenes=config.scenes)


def _stage(config: StageConfig, start: StartFrom, processes: Processes) -> TrainingStage[Any]:
    """Make a stage, started from the stages before it."""
    if isinstance(config, RestoreConfig):
        restore = RestoreStage(config, processes, config.cache_dir / CODED)
        if start.start is not None:
            _load_start(restore, start.start)
        return restore
    if isinstance(config, StillsConfig):
        return StillsStage(config, processes)
    assert start.stills is not None
    model, weights = ModelConfig(**sizes_of(start.stills)), averaged_weights(start.stills)
    if isinstance(config, PredictorConfig):
        predictor = PredictorStage(config, model, processes)
        predictor.load(weights)
        return predictor
    assert isinstance(config, SynthesisConfig)
    synthesis = SynthesisStage(config, model, processes)
    synthesis.load(weights, averaged_weights(start.predictor) if start.predictor else None)
    return synthesis


def _load_start(stage: RestoreStage, start: Path) -> None:
    """Load the generator of weights that ship, or generator and discriminator of a run."""
    ships = (start / MANIFEST).exists()
    weights = load_restoration(start).state_dict() if ships else averaged_weights(start)
    try:
        if ships:
            stage.restoration.load_state_dict(weights)
        else:
            stage.load(weights)
    except RuntimeError as error:
        sizes = ", ".join(f"{name} {size}" for name, size in stage.sizes.items())
        raise TrainingError(
            f"the generator in {start} has other sizes than the one to train ({sizes}); choose its --size"
        ) from error

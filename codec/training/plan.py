"""A whole training planned for a given time: which networks, how large, how long; and its run, in pieces."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from narrowcast.codec.hybrid.restoration import RestorationConfig
from narrowcast.codec.latent.config import ModelConfig
from narrowcast.codec.training.config import (
    PredictorConfig,
    RestoreConfig,
    StageConfig,
    StillsConfig,
    SynthesisConfig,
)
from narrowcast.codec.training.export import export, export_restoration
from narrowcast.codec.training.launch import StartFrom, train
from narrowcast.codec.weights_file import SHIPPED
from narrowcast.errors import ConfigError

logger = logging.getLogger(__name__)

Machine = Literal["cuda", "cpu", "rehearsal"]

PREPARATION_SHARE, PREPARATION_MINUTES = 0.15, 3.0
"""Of the time, and at most: for unpacking and exporting; what it takes beyond is taken off every stage."""

SAVE_MINUTES = 1.0
"""Between checkpoints: what a machine that is taken away loses at most."""

LATENT_35 = ModelConfig(
    wide_channels=384,
    fine_channels=192,
    detail_channels=64,
    analysis_fine_blocks=3,
    analysis_wide_blocks=6,
    synthesis_wide_blocks=4,
    synthesis_fine_blocks=4,
)
"""A latent codec of 33 and 35 thousand multiply-adds a pixel in analysis and synthesis."""

TINY_GENERATOR = RestorationConfig(fine_channels=8, middle_channels=8, wide_channels=16, wide_blocks=1)
TINY_LATENT = ModelConfig(
    latent_channels=8,
    wide_channels=16,
    fine_channels=8,
    detail_channels=4,
    analysis_wide_blocks=1,
    synthesis_wide_blocks=1,
    synthesis_fine_blocks=1,
    predictor_channels=8,
)


@dataclass(frozen=True, kw_only=True)
class PlannedStage:
    """One stage of a plan."""

    name: str
    "of its run's folder"
    config: type[StageConfig]
    "of the stage"
    share: float
    "of the plan's minutes, beside those of the others"
    settings: Mapping[str, Any] = field(default_factory=dict)
    "of the config, beside those that all stages of the machine have"


@dataclass(frozen=True, kw_only=True)
class StageGroup:
    """Stages that are of use only together."""

    stages: tuple[PlannedStage, ...]
    least_minutes: float
    "in less it learns too little: it is left out"


def _restore(size: str, share: float, **settings: Any) -> PlannedStage:
    """Plan one of the hybrid codec's generators."""
    return PlannedStage(
        name=f"restore-{size}", config=RestoreConfig, share=share, settings={"size": size, **settings}
    )


def _latent(model: ModelConfig, **settings: Any) -> tuple[PlannedStage, ...]:
    """Plan the latent codec's three stages."""
    return (
        PlannedStage(name="stills", config=StillsConfig, share=0.12, settings={"model": model, **settings}),
        PlannedStage(name="predictor", config=PredictorConfig, share=0.14, settings=settings),
        PlannedStage(name="synthesis", config=SynthesisConfig, share=0.14, settings=settings),
    )


GROUPS: Mapping[Machine, tuple[StageGroup, ...]] = {
    # In the order of what they are worth: the last are left out first.
    "cuda": (
        StageGroup(stages=(_restore("large", 0.3, batch=24, lpips_pictures=12),), least_minutes=4),
        StageGroup(stages=(_restore("wide", 0.25, batch=32, lpips_pictures=16),), least_minutes=4),
        StageGroup(stages=(_restore("base", 0.25, batch=32, lpips_pictures=16),), least_minutes=4),
        StageGroup(stages=_latent(LATENT_35, batch=16), least_minutes=12),
    ),
    "cpu": (
        StageGroup(stages=(_restore("base", 0.7),), least_minutes=10),
        StageGroup(stages=(_restore("wide", 0.3),), least_minutes=360),
    ),
    "rehearsal": (
        StageGroup(stages=(_restore("large", 0.3, model=TINY_GENERATOR),), least_minutes=0),
        StageGroup(stages=(_restore("base", 0.3, model=TINY_GENERATOR),), least_minutes=0),
        StageGroup(stages=_latent(TINY_LATENT), least_minutes=0),
    ),
}

OF_MACHINE: Mapping[Machine, Mapping[str, Any]] = {
    "cuda": {"device": "cuda", "bf16": True, "workers": 12, "save_minutes": SAVE_MINUTES},
    "cpu": {"save_minutes": SAVE_MINUTES},
    "rehearsal": {"batch": 1, "crop": 64, "steps": 2, "frames": 3, "warmup_steps": 1, "scenes": 2},
}
"""Settings of every stage on such a machine; those that a stage's config lacks are left out."""


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """Stages and their times."""

    machine: Machine
    minutes: float
    "of all"
    preparation_minutes: float
    "that are kept for what is no training"
    stages: tuple[tuple[PlannedStage, float], ...]
    "each with its minutes"

    def lines(self) -> list[str]:
        """Return the plan in words, a line a stage."""
        first = (
            f"{self.minutes:g} minutes on {self.machine}, {self.preparation_minutes:.1f} of them to prepare"
        )
        return [first, *(self._line(stage, minutes) for stage, minutes in self.stages)]

    def _line(self, stage: PlannedStage, minutes: float) -> str:
        config = config_of(stage, self.machine, minutes, run_dir=Path(), cache=Path(), weights=None)
        sizes = config.generator if isinstance(config, RestoreConfig) else None
        channels = (
            f" of {sizes.fine_channels}, {sizes.middle_channels}, {sizes.wide_channels} channels"
            if sizes
            else ""
        )
        length = f"{config.steps} steps" if config.steps else f"{minutes:.1f} minutes"
        constant = f"constant for {config.constant_share:.0%} of it, then " if config.constant_share else ""
        return (
            f"{stage.name:<15} {length:>13}{channels}, batch {config.batch} of {config.crop}x{config.crop}, "
            f"learning rate {config.learning_rate:g}, {constant}falling to 0"
        )


def make_plan(minutes: float, machine: Machine, *, latent: bool = True) -> TrainingPlan:
    """Fit the stages of a machine to the minutes.

    Args:
        minutes: of wall time, everything included.
        machine: what trains; "rehearsal" runs every kind of stage, tiny, for two steps.
        latent: the pictures that the latent codec is trained on are there.
    """
    kept = [group for group in GROUPS[machine] if latent or not _is_latent(group)]
    preparation = min(PREPARATION_SHARE * minutes, PREPARATION_MINUTES)
    while True:
        shares = [stage.share for group in kept for stage in group.stages]
        a_share = (minutes - preparation) / sum(shares)
        times = [sum(stage.share for stage in group.stages) * a_share for group in kept]
        if len(kept) == 1 or all(
            each >= group.least_minutes for each, group in zip(times, kept, strict=True)
        ):
            break
        kept.pop()
    stages = tuple((stage, stage.share * a_share) for group in kept for stage in group.stages)
    return TrainingPlan(machine=machine, minutes=minutes, preparation_minutes=preparation, stages=stages)


def scenes_for(machine: Machine) -> int:
    """Return how many coded scenes a machine trains on."""
    scenes: int = OF_MACHINE[machine].get("scenes", RestoreConfig.scenes)
    return scenes


def _is_latent(group: StageGroup) -> bool:
    return any(stage.config is StillsConfig for stage in group.stages)


def config_of(
    stage: PlannedStage, machine: Machine, minutes: float, *, run_dir: Path, cache: Path, weights: Path | None
) -> StageConfig:
    """Make the config of a planned stage."""
    known = {name: value for name, value in OF_MACHINE[machine].items() if hasattr(stage.config, name)}
    settings: dict[str, Any] = {**known, **stage.settings}
    return stage.config(
        run_dir=run_dir / stage.name, cache_dir=cache, weights_dir=weights, minutes=minutes, **settings
    )


STATE = "plan.json"
"""What a plan's run remembers from one call to the next."""


class PlanRun:
    """A plan at work in a folder; a call after an interrupted one goes on where that one stopped."""

    def __init__(self, plan: TrainingPlan, folder: Path, *, started_s: float) -> None:
        """Begin, or go on; ConfigError where the folder holds another plan.

        Args:
            plan: to run.
            folder: of the runs, of what they train from, and of the weights that come of them.
            started_s: time.monotonic() before anything was prepared.
        """
        self._plan, self._folder = plan, folder
        folder.mkdir(parents=True, exist_ok=True)
        known = {"machine": plan.machine, "minutes": plan.minutes}
        if (folder / STATE).exists():
            self._state = json.loads((folder / STATE).read_text())
            if {name: self._state.get(name) for name in known} != known:
                raise ConfigError(
                    f"{folder} holds a plan of {self._state.get('minutes')} minutes on "
                    f"{self._state.get('machine')}; run that, or name another --run"
                )
            return
        late = max(0.0, (time.monotonic() - started_s) / 60 - plan.preparation_minutes)
        planned = sum(minutes for _, minutes in plan.stages)
        left = max(0.1, 1 - late / planned)
        minutes = {stage.name: each * left for stage, each in plan.stages}
        self._state = {**known, "stages": minutes, "finished": []}
        self._save()

    def run(self, *, cache: Path, weights: Path | None, threads: int) -> bool:
        """Run what is left of the plan; False where it was stopped before its end."""
        stages = {stage.name: stage for group in GROUPS[self._plan.machine] for stage in group.stages}
        for name, minutes in self._state["stages"].items():
            if name in self._state["finished"]:
                continue
            logger.info("%s: %.1f minutes", name, minutes)
            config = config_of(
                stages[name], self._plan.machine, minutes, run_dir=self._folder, cache=cache, weights=weights
            )
            if not train(config, self._start(config), threads=threads):
                return False
            self._export(config)
            self._state["finished"].append(name)
            self._save()
        return True

    def _start(self, config: StageConfig) -> StartFrom:
        """Say what a stage starts from: what ships, or the stages before it."""
        ships = isinstance(config, RestoreConfig) and config.size == "base" and config.model is None
        return StartFrom(
            stills=self._folder / "stills",
            predictor=self._folder / "predictor",
            start=SHIPPED if ships else None,
            resume=True,
        )

    def _export(self, config: StageConfig) -> None:
        """Write the weights that a stage, or the last of several, has given."""
        out = self._folder / "weights"
        if isinstance(config, RestoreConfig):
            export_restoration(out / config.run_dir.name, config.run_dir)
        elif isinstance(config, SynthesisConfig):
            runs = {name: self._folder / name for name in ("stills", "predictor", "synthesis")}
            export(out / "latent", **runs)

    def _save(self) -> None:
        unfinished = self._folder / f"{STATE}.tmp"
        unfinished.write_text(json.dumps(self._state, indent=2) + "\n")
        unfinished.replace(self._folder / STATE)

"""Reading what a run has left: its checkpoint, and the averaged weights in it."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from narrowcast.errors import TrainingError

CHECKPOINT = "checkpoint.pt"


class CheckpointError(TrainingError):
    """A checkpoint is missing or unreadable; the text says what to do."""


def load_checkpoint(run_dir: Path) -> dict[str, Any]:
    """Read what `Trainer.save` wrote into a run's folder; CheckpointError where it is not there or broken."""
    path = run_dir / CHECKPOINT
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise CheckpointError(
            f"no checkpoint in {run_dir}; name the folder that was --run of that stage"
        ) from error
    except (RuntimeError, pickle.UnpicklingError, EOFError) as error:
        raise CheckpointError(f"{path} is damaged; train that stage again") from error
    if "optimizers" not in state:
        raise CheckpointError(f"{path} is of another version; train that stage again")
    return state


def sizes_of(run_dir: Path) -> dict[str, int]:
    """Return the sizes of the network that a run has trained, as the fields of its config."""
    sizes: dict[str, int] = load_checkpoint(run_dir)["sizes"]
    return sizes


def averaged_weights(run_dir: Path) -> dict[str, Tensor]:
    """Return the averaged weights of a run, which are the ones to use."""
    weights: dict[str, Tensor] = load_checkpoint(run_dir)["averaged"]
    return weights


def part_of(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the entries under a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}

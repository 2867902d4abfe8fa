"""What a run has left: found, damaged, or not there; and parts of its weights."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from narrowcast.codec.training.checkpoints import (
    CheckpointError,
    averaged_weights,
    load_checkpoint,
    part_of,
    sizes_of,
)


def test_missing_and_damaged_checkpoints_are_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint"):
        load_checkpoint(tmp_path)
    (tmp_path / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(tmp_path)


def test_the_averaged_weights_are_those_to_use(tmp_path: Path) -> None:
    state = {
        "models": {"w": torch.zeros(1)},
        "averaged": {"w": torch.ones(1)},
        "optimizers": {},
        "sizes": {"w": 1},
    }
    torch.save(state, tmp_path / "checkpoint.pt")
    assert averaged_weights(tmp_path)["w"].item() == 1.0
    assert sizes_of(tmp_path) == {"w": 1}


def test_a_checkpoint_of_another_version_is_named(tmp_path: Path) -> None:
    torch.save({"models": {}, "averaged": {}}, tmp_path / "checkpoint.pt")
    with pytest.raises(CheckpointError, match="another version; train that stage again"):
        load_checkpoint(tmp_path)


def test_a_part_has_names_without_the_prefix() -> None:
    state = {"coder.steps": torch.zeros(1), "coder.predictor.w": torch.ones(1), "analysis.w": torch.ones(2)}
    assert part_of(state, "coder.").keys() == {"steps", "predictor.w"}

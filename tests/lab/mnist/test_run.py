"""Tests of lab/mnist/run.py: a run that was stopped goes on exactly, and refuses to become another run."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
import torch

from narrowcast.codec.training.checkpoints import averaged_weights
from narrowcast.errors import LabError
from narrowcast.lab.mnist.digits import load_digits
from narrowcast.lab.mnist.run import MnistRun, StoppedError
from narrowcast.lab.mnist.stages import DigitCodecStage, GanStage
from tests.lab.drawn_digits import drawn
from tests.lab.small_run import small_settings


@pytest.mark.parametrize(("stage", "name"), [(GanStage, "gan"), (DigitCodecStage, "codec")])
def test_a_stopped_run_goes_on_exactly(
    stage: type[GanStage], name: str, finished_run: Path, mnist_folder: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    settings, data = small_settings(mnist_folder, tmp_path), load_digits(mnist_folder)
    calls = []
    loss = stage.loss

    def stopping(self: GanStage, progress: float) -> object:
        calls.append(progress)
        if len(calls) == 7:
            os.kill(os.getpid(), signal.SIGINT)
        return loss(self, progress)

    monkeypatch.setattr(stage, "loss", stopping)
    with pytest.raises(StoppedError, match=rf"stopped in the stage {name} at step 7 .*--resume goes on"):
        MnistRun(settings, data).train()
    monkeypatch.undo()
    torch.set_num_threads(1)
    trained = MnistRun(small_settings(mnist_folder, tmp_path, resume=True), data).train()
    for part in ("gan", "codec"):
        wanted, found = averaged_weights(finished_run / part), averaged_weights(tmp_path / part)
        assert wanted.keys() == found.keys()
        assert all(torch.equal(wanted[key], found[key]) for key in wanted)
    digits = drawn(5, 3).pictures
    indices = trained.encode(digits)
    assert indices.shape == (5, 12) and trained.decode(indices).shape == digits.shape
    np.testing.assert_array_equal(trained.decode(indices), trained.decode(indices[[0, 1, 2, 3, 4]]))


def test_a_folder_of_another_run_is_left_alone(finished_run: Path, mnist_folder: Path) -> None:
    data = load_digits(mnist_folder)
    with pytest.raises(LabError, match="is of an earlier run; go on with it with --resume, or name another"):
        MnistRun(small_settings(mnist_folder, finished_run), data).train()
    with pytest.raises(LabError, match="was begun with latent-bits 24, not 8"):
        MnistRun(small_settings(mnist_folder, finished_run, resume=True, latent_bits=8), data).train()

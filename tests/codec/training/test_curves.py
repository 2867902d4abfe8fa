"""The curves of a run's log."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from narrowcast.codec.training.curves import CURVES, LOG, draw_curves, read_log


def write_log(run_dir: Path, records: int) -> None:
    lines = [json.dumps({"step": 20 * i, "elapsed_s": 2.0 * i, "loss": 1 / (i + 1)}) for i in range(records)]
    (run_dir / LOG).write_text("\n".join(lines) + '\n{"step": 9')


def test_a_log_is_read_up_to_the_line_that_was_cut_off(tmp_path: Path) -> None:
    write_log(tmp_path, 3)
    assert read_log(tmp_path) == {
        "step": [0.0, 20.0, 40.0],
        "elapsed_s": [0.0, 2.0, 4.0],
        "loss": [1.0, 0.5, pytest.approx(1 / 3)],
    }


def test_curves_are_drawn_where_matplotlib_is_there(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    write_log(tmp_path, 30)
    assert draw_curves(tmp_path)
    picture = cv2.imread(str(tmp_path / CURVES))
    assert picture is not None and picture.std() > 0


def test_nothing_is_drawn_of_an_empty_run(tmp_path: Path) -> None:
    assert not draw_curves(tmp_path)
    assert not (tmp_path / CURVES).exists()

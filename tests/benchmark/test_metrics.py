"""Every metric as it is loaded: the published example values, where the weights are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from narrowcast.benchmark.metrics import METRICS, load_metrics
from narrowcast.benchmark.settings import WEIGHTS_VARIABLE
from narrowcast.codec import Rgb

CPU = torch.device("cpu")


def weights_folder() -> Path:
    folder = os.environ.get(WEIGHTS_VARIABLE)
    if not folder:
        pytest.skip(f"{WEIGHTS_VARIABLE} names no folder with the metrics' weights")
    return Path(folder)


def example(name: str) -> Rgb:
    bgr = cv2.imread(str(weights_folder() / "examples" / name))
    if bgr is None:
        pytest.skip(f"no examples/{name} in the folder of weights")
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # As the authors of LPIPS print for the example pictures that come with it.
        ("lpips_alex", (0.722, 0.138)),
        ("lpips_vgg", (0.569, 0.422)),
        # From the module that the authors of DISTS publish, on the same pictures and weights.
        ("dists", (0.3879, 0.2250)),
    ],
)
def test_published_values(name: str, expected: tuple[float, float]) -> None:
    metric = METRICS[name].load(weights_folder(), CPU)
    scores = metric(example("ex_ref.png"), [example("ex_p0.png"), example("ex_p1.png")])
    assert scores == pytest.approx(expected, abs=1e-3)


def test_what_cannot_be_loaded_gets_a_line() -> None:
    lines: list[str] = []
    assert list(load_metrics(["psnr", "dists"], None, CPU, lines.append)) == ["psnr"]
    assert len(lines) == 1 and lines[0].startswith("DISTS left out: ")

"""What a plot looks like, as a picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from narrowcast.benchmark.plots import Plot, draw_plot
from narrowcast.codec import Rgb


def drawn(plot: Plot, folder: Path) -> Rgb:
    """Draw a plot, which has to have colours in it; skips the test without matplotlib."""
    pytest.importorskip("matplotlib", reason="matplotlib comes with the bench extra")
    draw_plot(plot, folder / "plot.png")
    picture = cv2.imread(str(folder / "plot.png"))
    assert picture is not None
    assert len({tuple(colour) for colour in picture.reshape(-1, 3)[::7]}) > 10, "in colour"
    return np.asarray(picture, np.uint8)

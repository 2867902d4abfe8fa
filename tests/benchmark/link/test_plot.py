"""The curves of a link measurement."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from benchmark.errors import PlotError
from benchmark.link.plot import plot_link
from tests.benchmark.link.samples import link_results

pytest.importorskip("matplotlib")


def test_three_panels_are_drawn(tmp_path: Path) -> None:
    plot_link(link_results(), tmp_path / "link.png")
    picture = cv2.imread(str(tmp_path / "link.png"))
    assert picture is not None
    height, width = picture.shape[:2]
    assert width > 2 * height
    assert picture.std() > 5


def test_a_file_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(PlotError, match="--plot"):
        plot_link(link_results(), tmp_path / "nowhere" / "link.png")

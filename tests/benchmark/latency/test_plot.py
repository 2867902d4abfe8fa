"""The plot of a latency run."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from benchmark.latency.plot import plot_latency
from tests.benchmark.latency.samples import frame_latency, latency_row


@pytest.mark.parametrize("codecs", [("gan",), ("gan", "jpeg")])
def test_it_has_a_panel_for_each_codec_and_one_for_the_stages(
    tmp_path: Path, codecs: tuple[str, ...]
) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib comes with the bench extra")
    frames = [frame_latency(40 + value, 39 + value if value else None) for value in range(20)]
    plot_latency([latency_row(*frames, codec=codec) for codec in codecs], tmp_path / "plot.png")
    drawn = cv2.imread(str(tmp_path / "plot.png"))
    assert drawn is not None
    assert drawn.shape[0] == pytest.approx((len(codecs) + 1) * 2.6 * 110, abs=2)
    assert len({tuple(colour) for colour in drawn.reshape(-1, 3)[::7]}) > 10, "bars in colour"

"""Which constant rate factor would look like what an encoder chose by itself."""

from __future__ import annotations

import pytest

from codec.hybrid.base_layer import BASE_FORMATS, H264, BaseFormat
from codec.hybrid.quantiser_meter import QuantiserMeter


@pytest.mark.parametrize("base", BASE_FORMATS, ids=lambda base: base.name)
def test_the_meter_settles_on_a_steady_quantiser_and_starts_anew_at_a_keyframe(base: BaseFormat) -> None:
    meter = QuantiserMeter(base)
    for _ in range(40):
        settled = meter.coded(40, keyframe=False)
    assert abs(settled - 41.5) <= 1.5
    assert meter.coded(15, keyframe=True) < settled - 3


def test_the_meter_stays_on_the_ladder() -> None:
    meter = QuantiserMeter(H264)
    assert meter.coded(0, keyframe=True) == H264.crf_best
    assert [meter.coded(51, keyframe=False) for _ in range(50)][-1] == H264.crf_worst

"""How coarse the frames are of a base encoder that chooses its quantiser by itself."""

from __future__ import annotations

import numpy as np

from codec.hybrid.base_layer import AV1, BaseFormat

KEYFRAME_QP = (5, 11, 24, 30, 39, 45, 49, 55)
KEYFRAME_CRF = (24, 35, 45, 50, 58, 63, 66, 70)
"""SVT-AV1's quantiser of a keyframe at these constant rate factors (preset 8, low delay)."""

INTER_CRF_ABOVE_QP = 3
"""SVT-AV1's inter frames have a quantiser that much below the rate factor, on average."""

QUANTISER_SMOOTHING = 0.25
"""Weight of the newest quantiser: neighbours differ by ten, and skipped blocks keep an older one."""


class QuantiserMeter:
    """Follows a base encoder that holds a bitrate: which constant rate factor would look about the same."""

    def __init__(self, base: BaseFormat) -> None:
        self._base = base
        self._crf: float | None = None

    def coded(self, quantiser: float, *, keyframe: bool) -> int:
        """Take the quantiser of a coded frame; return the rate factor."""
        crf = self._keyframe_crf(quantiser) if keyframe else self._inter_crf(quantiser)
        if self._crf is None or keyframe:
            self._crf = crf
        self._crf += QUANTISER_SMOOTHING * (crf - self._crf)
        return round(min(max(self._crf, self._base.crf_best), self._base.crf_worst))

    def _keyframe_crf(self, quantiser: float) -> float:
        if self._base is AV1:
            return float(np.interp(quantiser, KEYFRAME_QP, KEYFRAME_CRF))
        return quantiser + INTER_CRF_ABOVE_QP

    def _inter_crf(self, quantiser: float) -> float:
        return quantiser + (INTER_CRF_ABOVE_QP if self._base is AV1 else 0)

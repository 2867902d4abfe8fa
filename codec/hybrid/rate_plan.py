"""The base layer's rate: what its encoder is opened with and for how long, and how coarse its frames are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from narrowcast.codec.api import BitBudget
from narrowcast.codec.hybrid.base_format import AV1, THIN_QUALITY, BaseFormat
from narrowcast.codec.hybrid.base_layer import NOMINAL_FPS

RUNGS = 16
"""Steps of the quality ladder; the base encoders change their quantiser only with a keyframe."""

HOLD_FRAMES, HOLD_FRAMES_BELOW = 30, 75
"""Frames for which a rung is kept at least before the quality falls (30) or rises (75). Each change costs a
keyframe, and frames that are too large for the link are more urgent than pictures that could look better."""

NEAR_RUNGS = 1
"""The rung in use also serves qualities that are no further from it than this."""

FAR_RUNGS = 5
"""A quality that is this far below the rung in use changes it at once."""

GENEROUS_BITS_A_PIXEL = 0.4
"""With a budget from here on, the quality alone decides: no rung of the ladder needs more bits for long."""

BUDGET_SHARE = 0.9
"""The encoder is to hold this share of the budget: it overshoots where a scene begins to move."""

LOWER_RATE, HIGHER_RATE, MUCH_HIGHER_RATE = 0.7, 1.35, 1.9
"""The bitrate is changed where the budget, as a share of it, is below the first or above one of the others;
smaller changes are not followed, since estimates of a link waver."""

HOLD_LOWER, HOLD_HIGHER, HOLD_MUCH_HIGHER = 30, 225, 45
"""Frames for which a bitrate is held at least before it is changed in these ways. Until then a link whose
capacity has fallen gets fewer frames, each as large as before."""

FAILED_FRAMES, PATIENCE, MAX_HOLD = 300, 4, 3600
"""A rise that is taken back within 300 frames makes the next wait 4 times as long, at most 3,600."""

FREE_SMOOTHING, FREE_STEP = 0.06, 0.08
"""Where the encoder changes its bitrate without a keyframe: weight of the newest budget, and the share by
which it has to differ. Quicker ones waver with the estimate of the link (docs/experiments.md)."""

MIN_BPS = 2_000
"""The encoders cannot hold a lower bitrate."""

USED_SHARE = 0.75
"""A scene that takes less than this share of the held bitrate needs no higher one."""

SMOOTHING = 0.04
"""Weight of the newest frame in the mean budget and the mean size of frames: about two seconds count."""


KEYFRAME_QP = (5, 11, 24, 30, 39, 45, 49, 55)
KEYFRAME_CRF = (24, 35, 45, 50, 58, 63, 66, 70)
"""SVT-AV1's quantiser of a keyframe at these constant rate factors (preset 8, low delay)."""

INTER_CRF_ABOVE_QP = 3
"""SVT-AV1's inter frames have a quantiser that much below the rate factor, on average."""

QUANTISER_SMOOTHING = 0.25
"""Weight of the newest frame's quantiser in the mean: those of neighbouring frames differ by ten, and
skipped blocks keep an older one."""


@dataclass(frozen=True, kw_only=True)
class RatePlan:
    """What a base encoder is told."""

    crf: int
    "constant rate factor; with a bitrate the finest that is worth sending"
    bitrate_bps: int | None = None
    "held by the encoder itself, at NOMINAL_FPS; None spends what the rate factor takes"


def crf_of(base: BaseFormat, quality: float) -> int:
    """Return the constant rate factor of a quality, 0 (fewest bits) to 1."""
    return round(float(np.interp(quality, (0.0, THIN_QUALITY, 1.0), _ladder(base))))


def quality_of(base: BaseFormat, crf: float) -> float:
    """Return the quality, 0 to 1, that a constant rate factor gives."""
    finest_first = _ladder(base)[::-1]
    return float(np.interp(crf, finest_first, (1.0, THIN_QUALITY, 0.0)))


def _ladder(base: BaseFormat) -> tuple[int, int, int]:
    return base.crf_worst, base.crf_thin, base.crf_best


class RatePlanner:
    """Holds a rung of quality where nothing limits the bits, and a bitrate where a budget does."""

    def __init__(self, base: BaseFormat, *, pixels: int) -> None:
        """Plan for pictures of so many pixels."""
        self._base = base
        self._generous_bytes = GENEROUS_BITS_A_PIXEL * pixels / 8
        self.plan: RatePlan | None = None
        "what the encoder in use follows; None before the first"
        self.changes_are_free = False
        "whether the encoder in use changes its bitrate without a keyframe"
        self._rung = 0
        self._held = 0  # frames since the plan changed
        self._rose = False  # by the last change
        self._hold_higher = HOLD_HIGHER
        self._budget_bytes = 0.0  # smoothed
        self._coded_bytes = 0.0  # smoothed

    def next(self, quality: float, budget: BitBudget | None, *, keyframe: bool) -> RatePlan | None:
        """Return the plan to open an encoder with, or None where the open one goes on and follows `plan`.

        Args:
            quality: 0 to 1, asked for; matters where no budget does.
            budget: what frames may take in the long run.
            keyframe: one is due anyway, so that a change costs nothing.
        """
        if budget is None or budget.bytes_a_frame >= self._generous_bytes:
            plan = self._next_rung(quality, keyframe=keyframe)
        else:
            plan = self._next_bitrate(budget, keyframe=keyframe)
        if plan is not None:
            self.plan, self._held, self._coded_bytes = plan, 0, 0.0
        self._held += 1
        return plan

    def coded(self, packet_bytes: int) -> None:
        """Count the bytes of a coded frame."""
        if self._coded_bytes == 0.0:
            self._coded_bytes = float(packet_bytes)
        self._coded_bytes += SMOOTHING * (packet_bytes - self._coded_bytes)

    def _next_rung(self, quality: float, *, keyframe: bool) -> RatePlan | None:
        wanted = round(min(max(quality, 0.0), 1.0) * (RUNGS - 1))
        if self.plan is None:
            pays = True
        elif self.plan.bitrate_bps is not None:
            pays = keyframe or self._held >= self._hold(much_higher=True)
            self._rose = self._rose or pays
        else:
            pays = wanted != self._rung and (keyframe or self._worth_a_keyframe(wanted))
        if not pays:
            return None
        self._rung = wanted
        return RatePlan(crf=crf_of(self._base, wanted / (RUNGS - 1)))

    def _worth_a_keyframe(self, wanted: int) -> bool:
        below = self._rung - wanted
        if below > 0:
            return below >= FAR_RUNGS or (below > NEAR_RUNGS and self._held >= HOLD_FRAMES)
        return -below > NEAR_RUNGS and self._held >= HOLD_FRAMES_BELOW

    def _next_bitrate(self, budget: BitBudget, *, keyframe: bool) -> RatePlan | None:
        held_bps = None if self.plan is None else self.plan.bitrate_bps
        if held_bps is None:
            self._budget_bytes = budget.bytes_a_frame
        smoothing = FREE_SMOOTHING if self.changes_are_free else SMOOTHING
        self._budget_bytes += smoothing * (budget.bytes_a_frame - self._budget_bytes)
        if keyframe:  # it costs nothing to begin lower, and one made for a better link would take seconds
            self._budget_bytes = min(self._budget_bytes, budget.bytes_a_frame)
        wanted_bps = round(BUDGET_SHARE * 8 * NOMINAL_FPS * self._budget_bytes)
        plan = RatePlan(crf=crf_of(self._base, budget.best_quality), bitrate_bps=max(wanted_bps, MIN_BPS))
        if self.plan is None:
            return plan
        if held_bps is None:
            return self._lowered(plan)
        if self.changes_are_free and plan.crf == self.plan.crf:
            if abs(wanted_bps - held_bps) > FREE_STEP * held_bps:
                self.plan = plan
            return None
        lower, higher = wanted_bps < LOWER_RATE * held_bps, wanted_bps > HIGHER_RATE * held_bps
        if plan.crf != self.plan.crf or (keyframe and (lower or higher)):
            return plan
        if lower:
            return self._lowered(plan) if self._held >= HOLD_LOWER else None
        used = self._coded_bytes > USED_SHARE * held_bps / (8 * NOMINAL_FPS)
        hold = self._hold(much_higher=wanted_bps > MUCH_HIGHER_RATE * held_bps)
        if not (higher and used and self._held >= hold):
            return None
        self._rose = True
        return plan

    def _hold(self, *, much_higher: bool) -> int:
        """Return for how many frames a bitrate is held before it rises: long where the last rise failed."""
        return HOLD_MUCH_HIGHER if much_higher and self._hold_higher == HOLD_HIGHER else self._hold_higher

    def _lowered(self, plan: RatePlan) -> RatePlan:
        """Take the lower bitrate; wait longer before the next rise where the last one did not last."""
        if self._rose and self._held < FAILED_FRAMES:
            self._hold_higher = min(PATIENCE * self._hold_higher, MAX_HOLD)
        else:
            self._hold_higher = HOLD_HIGHER
        self._rose = False
        return plan


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

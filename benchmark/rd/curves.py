"""Rate-distortion curves: of each clip, of the mean of all clips, and compared with each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from narrowcast.benchmark.metrics import METRICS
from narrowcast.benchmark.peers.catalogue import LEARNED_PEERS
from narrowcast.benchmark.rd.bd_rate import BdRate, RateCurve, bd_rate

MEAN = "mean"
"""The name of the clip that stands for all."""


@dataclass(frozen=True, kw_only=True)
class RdPoint:
    """One clip after one codec at one setting: a row of the table."""

    clip: str
    "name of the clip"
    codec: str
    "as on the command line"
    setting: str
    'as the codec calls it, for example "crf 31"'
    setting_value: float
    "the same as a number"
    width: int
    "pixels"
    height: int
    "pixels"
    fps: float
    "frames a second that the rates are for"
    frames: int
    "frames that were coded, the first as a keyframe"
    kbps: float
    "kbit/s of all frames, the keyframe counted"
    bpp: float
    "bits a pixel of all frames, the keyframe counted"
    keyframe_bytes: int
    "size of the first frame"
    inter_kbps: float | None
    "kbit/s of the frames behind the first; None for one picture"
    flicker: float | None
    "change between frames where the source stands still, over the source's own; None if unknown"
    temporal_lpips: float | None
    "change by LPIPS where the source stands still, over the source's own; None if unknown or not asked for"
    scores: Mapping[str, float]
    "mean over the scored frames, by name of the metric"


@dataclass(frozen=True, kw_only=True)
class BdComparison:
    """One codec's rate against another's at equal quality by one metric."""

    test: str
    "the codec whose rate is given"
    anchor: str
    "the codec whose rate is 100%"
    metric: str
    "by which quality is equal"
    clip: str
    'name of the clip, or "mean"'
    percent: float | None
    "negative where the test needs fewer bits; for the mean: over the clips that could be compared"
    clips: int
    "how many clips that figure stands on"
    reason: str = ""
    "why there is no figure"

    def text(self, all_clips: int) -> str:
        """Write "-31%", with the number of clips where some do not compare, or why there is no figure."""
        if self.percent is None:
            return self.reason
        share = "" if self.clips == all_clips else f" ({self.clips} of {all_clips} clips)"
        return f"{self.percent:+.0f}%{share}"


@dataclass(frozen=True, kw_only=True)
class RdCurves:
    """The points of a run, clip by clip and codec by codec."""

    codecs: Sequence[str]
    "in the order of the tables"
    metrics: Sequence[str]
    "in the order of the tables"
    points: Sequence[RdPoint]
    "in the order in which they were measured"

    def clips(self) -> list[str]:
        """Return the names of the clips that have rows, in their order."""
        return list(dict.fromkeys(point.clip for point in self.points))

    def clips_and_mean(self) -> list[str]:
        """Return the clips, and what stands for all of them where there are several."""
        clips = self.clips()
        return [*clips, MEAN] if len(clips) > 1 else clips

    def points_of(self, clip: str, codec: str) -> list[RdPoint]:
        """Return a curve, from fewest bits to most; `mean` averages the clips setting by setting."""
        if clip == MEAN:
            return self._mean_points(codec)
        return [point for point in self.points if (point.clip, point.codec) == (clip, codec)]

    def _mean_points(self, codec: str) -> list[RdPoint]:
        """Average over the clips, where the codec has a row for each of them."""
        by_setting: dict[str, list[RdPoint]] = {}
        for point in self.points:
            if point.codec == codec:
                by_setting.setdefault(point.setting, []).append(point)
        clips = len(self.clips())
        return [_mean_point(points) for points in by_setting.values() if len(points) == clips]

    def comparisons(self) -> list[BdComparison]:
        """Compare our codecs (or the first) with the others by each metric: by clip, then the mean."""
        found: list[BdComparison] = []
        for test in self.tests():
            for anchor in self.codecs:
                if anchor == test:
                    continue
                for metric in self.metrics:
                    by_clip = [self._compare(clip, test, anchor, metric) for clip in self.clips()]
                    found += [*by_clip, _mean_comparison(by_clip)] if by_clip else []
        return found

    def tests(self) -> tuple[str, ...]:
        """Return the codecs that are compared with the others."""
        ours = tuple(codec for codec in self.codecs if codec in LEARNED_PEERS)
        return ours or (self.codecs[0],)

    def _compare(self, clip: str, test: str, anchor: str, metric: str) -> BdComparison:
        anchor_curve, test_curve = (self._curve(clip, codec, metric) for codec in (anchor, test))
        if anchor_curve.rates and test_curve.rates:
            rate = bd_rate(anchor_curve, test_curve, higher_is_better=METRICS[metric].higher_is_better)
        else:
            rate = BdRate(percent=None, reason="not measured")
        return BdComparison(
            test=test,
            anchor=anchor,
            metric=metric,
            clip=clip,
            percent=rate.percent,
            clips=int(rate.percent is not None),
            reason=rate.reason,
        )

    def _curve(self, clip: str, codec: str, metric: str) -> RateCurve:
        points = self.points_of(clip, codec)
        return RateCurve(
            rates=[point.bpp for point in points], scores=[point.scores[metric] for point in points]
        )


def _mean_point(points: Sequence[RdPoint]) -> RdPoint:
    return replace(
        points[0],
        clip=MEAN,
        frames=sum(point.frames for point in points),
        kbps=fmean(point.kbps for point in points),
        bpp=fmean(point.bpp for point in points),
        keyframe_bytes=round(fmean(point.keyframe_bytes for point in points)),
        inter_kbps=_mean_known(point.inter_kbps for point in points),
        flicker=_mean_known(point.flicker for point in points),
        temporal_lpips=_mean_known(point.temporal_lpips for point in points),
        scores={name: fmean(point.scores[name] for point in points) for name in points[0].scores},
    )


def _mean_known(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _mean_comparison(by_clip: Sequence[BdComparison]) -> BdComparison:
    """Average the clips whose curves overlap."""
    known = [comparison.percent for comparison in by_clip if comparison.percent is not None]
    return replace(
        by_clip[0],
        clip=MEAN,
        percent=fmean(known) if known else None,
        clips=len(known),
        reason="" if known else " / ".join(sorted({comparison.reason for comparison in by_clip})),
    )


def kbps_of(frame_bytes: Sequence[int], fps: float) -> float:
    """Return the mean rate of frames that follow each other at a pace."""
    return 8 * sum(frame_bytes) / len(frame_bytes) * fps / 1000

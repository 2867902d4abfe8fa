"""Colours that a usual screen cannot show, brought to BT.709: HDR tone-mapped, wide gamuts converted.

Transfer functions of PQ and HLG, and the gamma of HLG's display: ITU-R BT.2100-2. White of 203 nits: ITU-R
BT.2408. The conversion is computed once, for a grid of colours; FFmpeg's haldclut filter interpolates between
them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from narrowcast.sender.sources.fit import Picture

PQ, HLG = 16, 18
"Transfer characteristics as ITU-T H.273 numbers them."

BT2020, P3_D65 = 9, 12
"Primaries wider than those of BT.709, as ITU-T H.273 numbers them."

WHITE_NITS = 203.0
"Becomes the white of the usual screen."

PEAK_NITS = 1000.0
"The brightest that is told apart from what is brighter still."

LINEAR_UP_TO = 0.6
"Of white: darker tones stay as they are, brighter ones make room for the highlights."

HLG_GAMMA = 1.2
"From scene to display at PEAK_NITS."

SCREEN_GAMMA = 2.4
"Of a screen that shows BT.709 (ITU-R BT.1886)."

DEEP_FORMAT = "rgb48le"
"What a frame is converted to first: 16 bits a channel, full range, its own primaries."

_LEVEL = 6
"The grid has _LEVEL ** 2 steps in each colour: few pixels are more than one of 255 levels off."

_TICK = Fraction(1, 1000)

_TO_BT709 = {
    BT2020: np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]),
    P3_D65: np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]]),
}
_BT2020_LUMA = np.array([0.2627, 0.6780, 0.0593])


@dataclass(frozen=True, kw_only=True)
class Colors:
    """How a video's numbers are to be read, by ITU-T H.273."""

    transfer: int
    primaries: int

    @property
    def are_usual(self) -> bool:
        """Whether a usual screen shows them as they are."""
        return self.transfer not in (PQ, HLG) and self.primaries not in _TO_BT709


def colors_of(frame: VideoFrame) -> Colors:
    """What a frame says of its colours; HDR without primaries is BT.2020."""
    primaries = int(frame.color_primaries)
    transfer = int(frame.color_trc)
    if transfer in (PQ, HLG) and primaries not in _TO_BT709:
        primaries = BT2020
    return Colors(transfer=transfer, primaries=primaries)


class ColorMap:
    """Converts the frames of one size and kind of colours; making it takes about a millisecond."""

    def __init__(self, colors: Colors, width: int, height: int) -> None:
        self.kind = colors, width, height
        self._graph = Graph()
        side = _LEVEL**3
        deep = av.VideoFormat(DEEP_FORMAT)
        self._source = self._graph.add_buffer(width=width, height=height, format=deep, time_base=_TICK)
        table = self._graph.add_buffer(width=side, height=side, format=deep, time_base=_TICK)
        mapping = self._graph.add("haldclut", "clut=first:interp=tetrahedral")
        self._sink = self._graph.add("buffersink")
        self._source.link_to(mapping, 0, 0)
        table.link_to(mapping, 0, 1)
        mapping.link_to(self._sink)
        self._graph.configure()
        grid = av.VideoFrame.from_ndarray(_table(colors), DEEP_FORMAT)
        grid.pts, grid.time_base = 0, _TICK
        table.push(grid)
        table.push(None)
        self._count = 0

    def mapped(self, frame: VideoFrame) -> Picture:
        """Map a frame in DEEP_FORMAT to uint8 RGB [H, W, 3] in BT.709."""
        frame.pts, frame.time_base = self._count, _TICK
        self._count += 1
        self._source.push(frame)
        result = self._sink.pull()
        assert isinstance(result, VideoFrame)
        return np.asarray(result.reformat(format="rgb24", threads=1).to_ndarray(), np.uint8)


@cache
def _table(colors: Colors) -> NDArray[np.uint16]:
    """Return the colours of the grid as haldclut reads them: [_LEVEL ** 3, _LEVEL ** 3, 3], red fastest."""
    steps, side = np.linspace(0, 1, _LEVEL**2), _LEVEL**3
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    mapped = to_bt709(np.stack([red, green, blue], axis=-1).reshape(-1, 3), colors)
    return np.round(mapped * 65535).astype(np.uint16).reshape(side, side, 3)


def to_bt709(signal: NDArray[np.float64], colors: Colors) -> NDArray[np.float64]:
    """Map RGB signals [N, 3] from 0 to 1 in `colors` to what shows them in BT.709, from 0 to 1."""
    matrix = _TO_BT709.get(colors.primaries, np.eye(3))
    if colors.transfer not in (PQ, HLG):
        light = np.clip(signal**SCREEN_GAMMA @ matrix.T, 0, 1)
        return np.asarray(light ** (1 / SCREEN_GAMMA))
    light = _light(signal, colors.transfer)
    if colors.transfer == HLG:
        luma = light @ _BT2020_LUMA * (WHITE_NITS / PEAK_NITS)
        light = light * np.maximum(luma, 1e-6)[:, None] ** (HLG_GAMMA - 1)
    light = np.maximum(light @ matrix.T, 0)
    brightest = np.maximum(light.max(axis=1, keepdims=True), 1e-6)
    return _srgb(light * (_compressed(brightest) / brightest))


def _light(signal: NDArray[np.float64], transfer: int) -> NDArray[np.float64]:
    """Return the light of a signal; white is 1. For HLG the scene's light, so scaled."""
    if transfer == PQ:
        power = signal ** (1 / 78.84375)
        share = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
        return np.asarray(10_000 * share ** (1 / 0.1593017578125) / WHITE_NITS)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    return np.asarray(scene * PEAK_NITS / WHITE_NITS)


def _compressed(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bend what is brighter than LINEAR_UP_TO so that the peak becomes white (the curve known as Mobius)."""
    peak, start = PEAK_NITS / WHITE_NITS, LINEAR_UP_TO
    a = -(start**2) * (peak - 1) / (start**2 - 2 * start + peak)
    b = (start**2 - 2 * start * peak + peak) / (peak - 1)
    bent = (b**2 + 2 * b * start + start**2) / (b - a) * (light + a) / (light + b)
    return np.asarray(np.where(light <= start, light, np.minimum(bent, 1)))


def _srgb(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sRGB signal of linear light, both from 0 to 1."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)

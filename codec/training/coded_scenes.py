"""Scenes beside what the base layer's real encoders made of them, coded once and memory-mapped."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from narrowcast.codec.hybrid.base_format import AV1, BASE_FORMATS, FULL_SIZE, H264, BaseFormat
from narrowcast.codec.hybrid.base_layer import NOMINAL_FPS, BaseDecoder, BaseEncoder
from narrowcast.codec.hybrid.conditions import conditions, quantiser_of
from narrowcast.codec.hybrid.encoder import fine_detail
from narrowcast.codec.hybrid.rate_plan import QuantiserMeter
from narrowcast.codec.training.data import DataError, FrameStore
from narrowcast.codec.training.scenes import sample_scene

logger = logging.getLogger(__name__)

SIDE = 256
"""Pixels a side of the coded scenes."""

FRAMES = 16
"""Pictures that are kept of a scene: room for several windows."""

LONGEST_LEAD = 24
"""A stream may have run for so many pictures before those that are kept; in half of the scenes for none."""

H264_SHARE = 0.1
"""Of the scenes; the rest is AV1, which nearly every machine has."""

CLIP_SHARE = 2 / 3
"""Of the scenes: cut from real clips, twice as often as made up."""

PRESETS = (4, 5, 6, 7, 8)
"""Of SVT-AV1, drawn equally often: those that machines with the time for them take."""

HELD_SHARE = 0.5
"""Of the scenes: the encoder holds a bitrate, as on every link that limits it."""

HELD_BITS_A_PIXEL = 0.003, 0.04
"""Range of held bitrates, drawn evenly over its logarithm: 10 to 140 kbit/s at 640x360 and 15 fps."""

CROP_GRID = 4
"""Crops start on the generator's finest grid, as whole pictures do."""

INDEX = "index.json"
CODED = "coded"
"""Folder of the coded scenes within the cache."""


@dataclass(frozen=True, kw_only=True)
class CodedScene:
    """One scene: FRAMES pictures in source.bin and in base.bin, at the same place."""

    number: int
    "position in the files, in scenes"
    base: str
    "name of the format"
    crfs: list[int]
    "constant rate factor of each picture, or the one that looks about as the held bitrate did"
    lead: int
    "pictures of the stream before the first that is kept"
    detail: float
    "fine detail of the stream's first source picture, as the sender measures it"

    @property
    def format(self) -> BaseFormat:
        """The format that coded the scene."""
        return next(f for f in BASE_FORMATS if f.name == self.base)

    @property
    def quantiser(self) -> float:
        """How coarsely it was coded, from 0 to 1, on average."""
        return float(np.mean([quantiser_of(self.format, crf) for crf in self.crfs]))

    def conditions(self, index: int) -> list[float]:
        """Return what the generator is told of one of the pictures."""
        keyframe = self.lead + index == 0
        return conditions(self.format, self.crfs[index], FULL_SIZE, keyframe=keyframe, detail=self.detail)


def prepare_coded(store: FrameStore, folder: Path, *, scenes: int, seed: int = 0) -> Path:
    """Code `scenes` random scenes into folder, once; what an interrupted call wrote is kept.

    Needs PyAV with the base encoders; a machine without them takes a folder made elsewhere (pack.py).
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = read_index(folder)
    rng = np.random.default_rng([seed, len(done)])
    with SceneWriter(folder, done) as writer:
        for number in tqdm(range(len(done), scenes), desc="coding scenes", unit="scene", disable=None):
            writer.add(*_code_one(store, number, rng))
    return folder


class SceneWriter:
    """Appends scenes to a folder; the index follows the pictures, so that what it names is whole."""

    def __init__(self, folder: Path, done: list[CodedScene]) -> None:
        """Go on after the scenes `done`; an unfinished scene behind them is removed from the files."""
        self._folder, self._done = folder, done
        self._outs = [(folder / name).open("ab") for name in ("source.bin", "base.bin")]
        for out in self._outs:
            out.truncate(len(done) * scene_bytes())

    def __enter__(self) -> SceneWriter:
        return self

    def __exit__(self, *_: object) -> None:
        for out in self._outs:
            out.close()
        self._write_index()

    def add(self, scene: CodedScene, source: NDArray[np.uint8], base: NDArray[np.uint8]) -> None:
        """Append one scene, uint8 [FRAMES, SIDE, SIDE, 3] each."""
        for out, frames in zip(self._outs, (source, base), strict=True):
            out.write(np.ascontiguousarray(frames).data)
            out.flush()
        self._done.append(scene)
        if len(self._done) % 50 == 0:
            self._write_index()

    def _write_index(self) -> None:
        unfinished = self._folder / "index.tmp"
        unfinished.write_text(json.dumps([asdict(entry) for entry in self._done]))
        unfinished.replace(self._folder / INDEX)


def read_index(folder: Path) -> list[CodedScene]:
    """Return the scenes of a folder, or none; DataError where another version has coded them."""
    path = folder / INDEX
    if not path.exists():
        return []
    try:
        return [CodedScene(**entry) for entry in json.loads(path.read_text())]
    except (TypeError, ValueError) as error:
        raise DataError(f"{folder} is of another version; remove it, and it will be made anew") from error


def scene_bytes() -> int:
    """Return how much one scene takes in each file."""
    return FRAMES * SIDE * SIDE * 3


def _code_one(
    store: FrameStore, number: int, rng: np.random.Generator
) -> tuple[CodedScene, NDArray[np.uint8], NDArray[np.uint8]]:
    base = H264 if rng.random() < H264_SHARE else AV1
    lead = int(rng.integers(1, LONGEST_LEAD + 1)) if rng.random() < 0.5 else 0
    source = sample_scene(store, SIDE, lead + FRAMES, rng, clip_share=CLIP_SHARE)
    bitrate_bps = None
    # Thin links are the point: coarse quantisers twice as often as fine ones.
    position = 1 - rng.random() ** 1.5
    crf = round(base.crf_best + position * (base.crf_worst - base.crf_best))
    if rng.random() < HELD_SHARE:
        bits_a_pixel = np.exp(rng.uniform(*np.log(HELD_BITS_A_PIXEL)))
        crf, bitrate_bps = base.crf_best, round(float(bits_a_pixel) * SIDE * SIDE * NOMINAL_FPS)
    preset = int(rng.choice(PRESETS))
    coded, crfs = code_scene(source, base, crf=crf, preset=preset, bitrate_bps=bitrate_bps)
    scene = CodedScene(
        number=number,
        base=base.name,
        crfs=crfs[lead:],
        lead=lead,
        detail=fine_detail(np.ascontiguousarray(source[0])),
    )
    return scene, source[lead:], coded[lead:]


def code_scene(
    source: NDArray[np.uint8], base: BaseFormat, *, crf: int, preset: int, bitrate_bps: int | None = None
) -> tuple[NDArray[np.uint8], list[int]]:
    """Encode and decode pictures [T, H, W, 3]; return them as the generator gets them, and rate factors.

    Args:
        source: the pictures, the first a keyframe.
        base: format.
        crf: constant rate factor; with a bitrate the finest.
        preset: of SVT-AV1.
        bitrate_bps: to hold; None spends what the rate factor takes.
    """
    height, width = source.shape[1:3]
    encoder = BaseEncoder(
        base, width, height, crf=crf, scale=FULL_SIZE, preset=preset, bitrate_bps=bitrate_bps
    )
    decoder, meter = BaseDecoder(base, (width, height)), QuantiserMeter(base)
    pictures: list[NDArray[np.uint8]] = []
    crfs: list[int] = []
    for index, rgb in enumerate(source):
        packet = encoder.encode(np.ascontiguousarray(rgb), keyframe=index == 0)
        pictures.append(decoder.decode(packet, (width, height)))
        held = bitrate_bps is not None and encoder.quantiser is not None
        crfs.append(meter.coded(encoder.quantiser or 0.0, keyframe=index == 0) if held else crf)
    return np.stack(pictures), crfs


BASE_WEIGHT = 0.25
"""A scene is drawn so often, and more by its quantiser: where it is coarse the generator has most to do."""


class CodedStore:
    """Read-only view of what `prepare_coded` wrote."""

    def __init__(self, folder: Path) -> None:
        self.scenes = read_index(folder)
        if not self.scenes:
            raise DataError(f"no coded scenes in {folder}; they are made on a machine with PyAV")
        weights = np.array([BASE_WEIGHT + scene.quantiser for scene in self.scenes])
        self._shares = weights / weights.sum()
        shape = len(self.scenes), FRAMES, SIDE, SIDE, 3
        self._sources = np.memmap(folder / "source.bin", dtype=np.uint8, mode="r", shape=shape)
        self._bases = np.memmap(folder / "base.bin", dtype=np.uint8, mode="r", shape=shape)

    def draw(self, rng: np.random.Generator) -> CodedScene:
        """Draw a scene, coarsely quantised ones more often: there the generator has most to do."""
        return self.scenes[int(rng.choice(len(self.scenes), p=self._shares))]

    def scene(self, scene: CodedScene) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return all pictures of source and base, uint8 [FRAMES, SIDE, SIDE, 3], without copying."""
        return self._sources[scene.number], self._bases[scene.number]

    def window(
        self, scene: CodedScene, start: int, frames: int, crop: int, rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Cut one window of source and base alike: uint8 [2, frames, crop, crop, 3]; mirrored at times."""
        top, left = (int(rng.integers((SIDE - crop) // CROP_GRID + 1)) * CROP_GRID for _ in range(2))
        place = np.s_[scene.number, start : start + frames, top : top + crop, left : left + crop]
        both = np.stack([self._sources[place], self._bases[place]])
        return both[:, :, :, ::-1] if rng.random() < 0.5 else both

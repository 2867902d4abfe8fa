"""Scenes beside what the base layer's real encoders made of them, coded once and memory-mapped."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from codec.hybrid.base_format import AV1, BASE_FORMATS, H264, SCALES, BaseFormat, scaled_size
from codec.hybrid.base_layer import BaseDecoder, BaseEncoder
from codec.hybrid.encoder import fine_detail
from codec.hybrid.restoration import quantiser_of
from codec.training.data import DataError, FrameStore
from codec.training.scenes import sample_scene

logger = logging.getLogger(__name__)

SIDE = 256
"""Pixels a side of the coded scenes."""

FRAMES = 16
"""Pictures a scene: a keyframe, and enough inter frames for their artefacts to build up."""

FORMAT_SHARES = {AV1.name: 0.75, H264.name: 0.25}
SCALE_SHARES = (0.9, 0.05, 0.05)
"""Of the sizes in SCALES."""

SPEEDS = (8, 10)
"""Presets of SVT-AV1, drawn equally often."""

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
    crf: int
    "constant rate factor"
    scale: int
    "index into SCALES"

    @property
    def format(self) -> BaseFormat:
        """The format that coded the scene."""
        return next(f for f in BASE_FORMATS if f.name == self.base)


def prepare_coded(store: FrameStore, folder: Path, *, scenes: int, seed: int = 0) -> Path:
    """Code `scenes` random scenes into folder, once; what an interrupted call wrote is kept.

    Needs PyAV with the base encoders; a machine without them takes a folder made elsewhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = _index(folder)
    rng = np.random.default_rng([seed, len(done)])
    with (folder / "source.bin").open("ab") as sources, (folder / "base.bin").open("ab") as bases:
        for out in (sources, bases):
            out.truncate(len(done) * scene_bytes())
        for number in tqdm(range(len(done), scenes), desc="coding scenes", unit="scene", disable=None):
            scene, source, coded = _code_one(store, number, rng)
            for out, frames in ((sources, source), (bases, coded)):
                out.write(np.ascontiguousarray(frames).data)
                out.flush()
            done.append(scene)
            if len(done) % 50 == 0 or len(done) == scenes:
                (folder / INDEX).write_text(json.dumps([asdict(entry) for entry in done]))
    return folder


def _index(folder: Path) -> list[CodedScene]:
    path = folder / INDEX
    return [CodedScene(**entry) for entry in json.loads(path.read_text())] if path.exists() else []


def scene_bytes() -> int:
    """Return how much one scene takes in each file."""
    return FRAMES * SIDE * SIDE * 3


def _code_one(
    store: FrameStore, number: int, rng: np.random.Generator
) -> tuple[CodedScene, NDArray[np.uint8], NDArray[np.uint8]]:
    source = sample_scene(store, SIDE, FRAMES, rng)
    base = AV1 if rng.random() < FORMAT_SHARES[AV1.name] else H264
    scale = int(rng.choice(len(SCALES), p=SCALE_SHARES))
    # Thin links are the point: coarse quantisers twice as often as fine ones.
    position = 1 - rng.random() ** 1.5
    crf = round(base.crf_best + position * (base.crf_worst - base.crf_best))
    coded = code_scene(source, base, crf=crf, scale=scale, speed=int(rng.choice(SPEEDS)))
    return CodedScene(number=number, base=base.name, crf=crf, scale=scale), source, coded


def code_scene(
    source: NDArray[np.uint8], base: BaseFormat, *, crf: int, scale: int, speed: int
) -> NDArray[np.uint8]:
    """Encode and decode pictures [T, H, W, 3]; return them as the receiver's generator gets them."""
    height, width = source.shape[1:3]
    encoder = BaseEncoder(base, width, height, crf=crf, scale=scale, preset=speed)
    decoder = BaseDecoder(base, scaled_size(width, height, scale))
    pictures = [
        decoder.decode(encoder.encode(np.ascontiguousarray(rgb), keyframe=index == 0), (width, height))
        for index, rgb in enumerate(source)
    ]
    return np.stack(pictures)


def _weight(scene: CodedScene) -> float:
    """Count a scene by its quantiser, and less where the picture was shrunk, which the encoder never does."""
    return (0.2 + quantiser_of(scene.format, scene.crf)) * (1.0 if scene.scale == 0 else 0.2)


class CodedStore:
    """Read-only view of what `prepare_coded` wrote."""

    def __init__(self, folder: Path) -> None:
        self.scenes = _index(folder)
        if not self.scenes:
            raise DataError(f"no coded scenes in {folder}; they are made on a machine with PyAV")
        weights = np.array([_weight(scene) for scene in self.scenes])
        self._shares = weights / weights.sum()
        shape = len(self.scenes), FRAMES, SIDE, SIDE, 3
        self._sources = np.memmap(folder / "source.bin", dtype=np.uint8, mode="r", shape=shape)
        self._bases = np.memmap(folder / "base.bin", dtype=np.uint8, mode="r", shape=shape)

    def draw(self, rng: np.random.Generator) -> CodedScene:
        """Draw a scene, coarsely quantised ones more often: there the generator has most to do."""
        return self.scenes[int(rng.choice(len(self.scenes), p=self._shares))]

    def window(
        self, scene: CodedScene, start: int, frames: int, crop: int, rng: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Cut one window of source and base alike: uint8 [2, frames, crop, crop, 3]; mirrored at times."""
        top, left = (int(rng.integers((SIDE - crop) // CROP_GRID + 1)) * CROP_GRID for _ in range(2))
        place = np.s_[scene.number, start : start + frames, top : top + crop, left : left + crop]
        both = np.stack([self._sources[place], self._bases[place]])
        return both[:, :, :, ::-1] if rng.random() < 0.5 else both

    def detail(self, scene: CodedScene, index: int) -> float:
        """Return the fine detail of one of a scene's source pictures, as the sender would measure it."""
        return fine_detail(self._sources[scene.number, index])

"""Training data: pictures and clips decoded once into one memory-mapped file, and the batches cut from it."""

from __future__ import annotations

import json
import logging
import math
import os
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from narrowcast.codec.idx_file import IdxError, is_idx, read_idx, sheet
from narrowcast.errors import TrainingError

logger = logging.getLogger(__name__)

IMAGE_SUFFIXES = {".webp", ".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".avif"}
CLIP_SUFFIXES = {".mp4", ".mkv", ".avi", ".webm", ".mov", ".264", ".m4v"}
MAX_CLIP_FRAMES = 120
MAX_DIGIT_SHEETS = 500
"""Sheets of MNIST digits that are kept: more of them would teach nothing new."""

MIN_SIDE = 64
"""Smaller pictures are left out."""


class DataError(TrainingError):
    """The folder of training data cannot be used; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One still (frames == 1) or one clip in the memory-mapped file."""

    name: str
    "file it came from"
    offset: int
    "bytes from the start of frames.bin"
    frames: int
    "number of pictures, one after the other"
    height: int
    width: int

    @property
    def size(self) -> int:
        """Bytes that the item takes."""
        return self.frames * self.height * self.width * 3


def prepare(data_dir: Path, cache_dir: Path) -> Path:
    """Decode every picture and clip under data_dir (tar shards included) into cache_dir, once.

    Writes frames.bin (uint8 RGB, one item after the other) and index.json. Unreadable files are
    named in the log and left out. Raises DataError where nothing is found.
    """
    index_path = cache_dir / "index.json"
    if index_path.exists():
        return cache_dir
    if not data_dir.is_dir():
        raise DataError(f"no folder {data_dir}; pass --data a folder of pictures, clips or tar shards")
    cache_dir.mkdir(parents=True, exist_ok=True)
    items: list[Item] = []
    with (cache_dir / "frames.bin").open("wb") as out:
        for name, frames in _decoded_files(data_dir):
            offset = out.tell()
            out.write(np.ascontiguousarray(frames).data)
            _, height, width, _ = frames.shape
            items.append(Item(name=name, offset=offset, frames=len(frames), height=height, width=width))
    if not items:
        raise DataError(f"no picture or clip that OpenCV can read under {data_dir}")
    index_path.write_text(json.dumps([asdict(item) for item in items]))
    logger.info("decoded %d items into %s", len(items), cache_dir)
    return cache_dir


def _decoded_files(data_dir: Path) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield (name, frames [T, H, W, 3] RGB) of every readable file, tar shards opened on the way."""
    for path in sorted(p for p in data_dir.rglob("*") if p.is_file()):
        if path.suffix == ".tar":
            with tempfile.TemporaryDirectory() as folder, tarfile.open(path) as shard:
                _unpack(shard, Path(folder))
                yield from _decoded_files(Path(folder))
            continue
        if is_idx(path):
            for index, picture in enumerate(_digit_sheets(path)):
                yield f"{path.name} {index}", picture
            continue
        frames = _decode(path)
        if frames is not None and min(frames.shape[1:3]) >= MIN_SIDE:
            yield path.name, frames


def _unpack(shard: tarfile.TarFile, folder: Path) -> None:
    """Write the plain files of a shard below folder, each in one of its own; its paths are not followed."""
    for index, member in enumerate(shard):
        data = shard.extractfile(member) if member.isreg() else None
        if data is not None:
            place = folder / f"{index:08d}"
            place.mkdir()
            (place / Path(member.name).name).write_bytes(data.read())


def _decode(path: Path) -> NDArray[np.uint8] | None:
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if bgr is None:
            logger.warning("left out: %s does not decode", path.name)
            return None
        return np.asarray(bgr[None, :, :, ::-1], dtype=np.uint8)
    if suffix in CLIP_SUFFIXES:
        return _decode_clip(path)
    return None


def _digit_sheets(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Yield MNIST's digits in sheets, each a still."""
    try:
        digits = read_idx(path)
    except IdxError as error:
        logger.warning("left out: %s", error)
        return
    for index in range(MAX_DIGIT_SHEETS):
        picture = sheet(digits, index)
        if picture is not None:
            yield picture[None]


def _decode_clip(path: Path) -> NDArray[np.uint8] | None:
    # FFmpeg reads this once a process, when the first capture opens; the log names what is left out.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    capture = cv2.VideoCapture(str(path))
    frames: list[NDArray[np.uint8]] = []
    while len(frames) < MAX_CLIP_FRAMES:
        ok, bgr = capture.read()
        if not ok:
            break
        frames.append(np.asarray(bgr[:, :, ::-1], dtype=np.uint8))
    capture.release()
    if not frames:
        logger.warning("left out: %s does not decode", path.name)
        return None
    return np.stack(frames)


class FrameStore:
    """Read-only view of what `prepare` wrote."""

    def __init__(self, cache_dir: Path) -> None:
        raw = json.loads((cache_dir / "index.json").read_text())
        self.items = [Item(**entry) for entry in raw]
        self._bytes = np.memmap(cache_dir / "frames.bin", dtype=np.uint8, mode="r")
        self.stills = [item for item in self.items if item.frames == 1]
        self.clips = [item for item in self.items if item.frames > 1]

    def frames(self, item: Item) -> NDArray[np.uint8]:
        """Return the item's pictures, uint8 [T, H, W, 3], without copying."""
        flat = self._bytes[item.offset : item.offset + item.size]
        return flat.reshape(item.frames, item.height, item.width, 3)


def _resize_for_crop(picture: NDArray[np.uint8], crop: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Shrink now and then, so that sizes vary; enlarge only what is smaller than the crop."""
    height, width = picture.shape[:2]
    smallest = crop / min(height, width)
    scale = float(rng.uniform(0.5, 1.0)) if rng.random() < 0.5 else 1.0
    scale = max(scale, smallest)
    if scale == 1.0:
        return picture
    size = (max(crop, math.ceil(width * scale)), max(crop, math.ceil(height * scale)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=interpolation), dtype=np.uint8)


def _augment(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Mirror, and rarely change exposure, so that dim and washed-out cameras are covered."""
    if rng.random() < 0.5:
        picture = picture[..., ::-1, :]
    if rng.random() < 0.2:
        gain, lift = rng.uniform(0.5, 1.15), rng.uniform(-10, 20)
        picture = np.clip(picture.astype(np.float32) * gain + lift, 0, 255).astype(np.uint8)
    return picture


def sample_still(store: FrameStore, crop: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw one crop, uint8 [crop, crop, 3], from a still (4 in 5) or a clip's frame."""
    pool = store.clips if store.clips and (not store.stills or rng.random() < 0.2) else store.stills
    item = pool[int(rng.integers(len(pool)))]
    picture = store.frames(item)[int(rng.integers(item.frames))]
    if min(picture.shape[:2]) > 2 * crop:  # cut first: resizing whole pictures would cost the step's time
        picture = random_crop(picture[None], 2 * crop, rng)[0]
    picture = _resize_for_crop(picture, crop, rng)
    return _augment(random_crop(picture[None], crop, rng)[0], rng)


def random_crop(frames: NDArray[np.uint8], crop: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Cut the same crop x crop window out of frames [T, H, W, 3]."""
    height, width = frames.shape[1:3]
    top = int(rng.integers(height - crop + 1))
    left = int(rng.integers(width - crop + 1))
    return frames[:, top : top + crop, left : left + crop]


def to_unit(pictures: NDArray[np.uint8]) -> torch.Tensor:
    """Map uint8 [..., H, W, 3] to float32 [..., 3, H, W] in [0, 1]."""
    tensor = torch.from_numpy(np.ascontiguousarray(pictures))
    return tensor.movedim(-1, -3).to(torch.float32).div_(255.0)

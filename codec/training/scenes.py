"""Short moving scenes: real clips, synthetic motion made from stills, and scenes that stand still."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from narrowcast.codec.training.data import FrameStore, Item, random_crop

Frames = NDArray[np.uint8]
"""uint8 [T, H, W, 3], RGB."""

CLIP_SHARE = 0.45
"""Of all scenes: cut from real clips."""

STILL_SHARE = 0.15
"""Of what is not a clip: nothing moves, only the sensor's noise."""

FIXED_CAMERA_SHARE = 0.5
"""Of the moving synthetic scenes: only a foreground moves."""

NOISE_SHARE = 0.6
"""Of the synthetic scenes: the sensor adds noise."""

MAX_NOISE = 4.0
"""Standard deviation in levels of 0 to 255."""


def sample_scene(
    store: FrameStore, crop: int, frames: int, rng: np.random.Generator, *, clip_share: float = CLIP_SHARE
) -> Frames:
    """Draw one scene, uint8 [frames, crop, crop, 3]; a share of them is cut from real clips."""
    if store.clips and (not store.stills or rng.random() < clip_share):
        return clip_scene(store, crop, frames, rng)
    scene = still_scene(store, crop, frames, rng) if rng.random() < STILL_SHARE else None
    if scene is None:
        scene = moving_scene(store, crop, frames, rng)
    if rng.random() < NOISE_SHARE:
        noise = rng.normal(0.0, rng.uniform(0.5, MAX_NOISE), scene.shape)
        scene = np.clip(scene + noise, 0, 255).astype(np.uint8)
    return scene


def clip_scene(store: FrameStore, crop: int, frames: int, rng: np.random.Generator) -> Frames:
    """Cut a real clip, every picture or every second or third, so that speeds of motion vary."""
    item = store.clips[int(rng.integers(len(store.clips)))]
    stride = int(rng.integers(1, 4))
    stride = max(1, min(stride, (item.frames - 1) // max(frames - 1, 1)))
    needed = 1 + (frames - 1) * stride
    start = int(rng.integers(max(item.frames - needed, 0) + 1))
    index = np.minimum(start + stride * np.arange(frames), item.frames - 1)
    window = store.frames(item)
    if min(item.height, item.width) < crop:
        small = [_enlarged(window[i], crop) for i in index]
        return random_crop(np.stack(small), crop, rng)
    top = int(rng.integers(item.height - crop + 1))
    left = int(rng.integers(item.width - crop + 1))
    scene = window[index, top : top + crop, left : left + crop]
    return scene[:, :, ::-1] if rng.random() < 0.5 else scene


def _enlarged(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    scale = side / min(picture.shape[:2])
    size = max(side, round(picture.shape[1] * scale)), max(side, round(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def still_scene(store: FrameStore, crop: int, frames: int, rng: np.random.Generator) -> Frames:
    """Repeat one picture."""
    return np.repeat(_canvas(store, crop, rng)[None], frames, axis=0)


def moving_scene(store: FrameStore, crop: int, frames: int, rng: np.random.Generator) -> Frames:
    """Pan, zoom and rotate a still, move a foreground before it, and let the exposure drift."""
    side = crop * 3 // 2
    background = _canvas(store, side, rng)
    fixed = rng.random() < FIXED_CAMERA_SHARE
    camera = _Path.fixed() if fixed else _Path.drawn(rng, speed=rng.uniform(0.3, 8.0))
    foreground = _Foreground(store, crop, rng) if fixed or rng.random() < 0.6 else None
    drift = rng.uniform(-2.0, 2.0) if rng.random() < 0.3 else 0.0
    pictures = []
    for index in range(frames):
        matrix = camera.matrix(index, side / 2, crop / 2)
        warped = cv2.warpAffine(background, matrix, (crop, crop), borderMode=cv2.BORDER_REFLECT)
        picture = np.asarray(warped, dtype=np.uint8)
        if foreground is not None:
            picture = foreground.over(picture, index)
        pictures.append(np.clip(picture + drift * index, 0, 255).astype(np.uint8))
    return np.stack(pictures)


def _canvas(store: FrameStore, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw a square of a still (or of a clip's picture)."""
    pool: list[Item] = store.stills or store.clips
    item = pool[int(rng.integers(len(pool)))]
    picture = store.frames(item)[int(rng.integers(item.frames))]
    if min(picture.shape[:2]) < side:
        picture = _enlarged(picture, side)
    cut: NDArray[np.uint8] = random_crop(picture[None], side, rng)[0]
    return cut


class _Path:
    """A smooth path of a camera or an object: pan, zoom and turn at steady speeds."""

    def __init__(self, pan: tuple[float, float], zoom: float, turn: float) -> None:
        self._pan, self._zoom, self._turn = pan, zoom, turn

    @staticmethod
    def fixed() -> _Path:
        return _Path((0.0, 0.0), 0.0, 0.0)

    @staticmethod
    def drawn(rng: np.random.Generator, speed: float) -> _Path:
        angle = rng.uniform(0, 2 * np.pi)
        pan = float(speed * np.cos(angle)), float(speed * np.sin(angle))
        zoom = float(rng.normal(0, 0.006)) if rng.random() < 0.5 else 0.0
        turn = float(rng.normal(0, 0.5)) if rng.random() < 0.3 else 0.0
        return _Path(pan, zoom, turn)

    def matrix(self, index: int, centre_in: float, centre_out: float) -> NDArray[np.float64]:
        """Return the affine matrix [2, 3] of picture `index`, centre to centre."""
        zoom = float(np.exp(self._zoom * index))
        turned = cv2.getRotationMatrix2D((centre_in, centre_in), self._turn * index, zoom)
        matrix = np.asarray(turned, dtype=np.float64)
        matrix[:, 2] += centre_out - centre_in + np.array(self._pan) * index
        return matrix


class _Foreground:
    """A soft-edged ellipse of another picture that moves on its own path."""

    def __init__(self, store: FrameStore, crop: int, rng: np.random.Generator) -> None:
        side = int(crop * rng.uniform(0.15, 0.6))
        self._picture = _canvas(store, side, rng).astype(np.float32)
        mask = np.zeros((side, side), np.float32)
        axes = int(side * rng.uniform(0.25, 0.48)), int(side * rng.uniform(0.25, 0.48))
        cv2.ellipse(mask, (side // 2, side // 2), axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
        self._mask = cv2.GaussianBlur(mask, (5, 5), 0)
        self._start = rng.uniform(0.1, 0.9, 2) * crop
        self._path = _Path.drawn(rng, speed=rng.uniform(0.5, 12.0))
        self._side = side

    def over(self, picture: NDArray[np.uint8], index: int) -> NDArray[np.uint8]:
        """Lay the object over a picture at its place in frame `index`."""
        matrix = self._path.matrix(index, self._side / 2, 0.0)
        matrix[:, 2] += self._start
        size = picture.shape[1], picture.shape[0]
        mask = cv2.warpAffine(self._mask, matrix, size)[:, :, None]
        patch = cv2.warpAffine(self._picture, matrix, size)
        return np.asarray(picture * (1 - mask) + patch * mask, dtype=np.uint8)

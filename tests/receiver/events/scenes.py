"""Generated scenes of a fixed camera: a wall with edges, and noise, changing light, things that move."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from narrowcast.receiver.events.event import Event
from narrowcast.receiver.events.scene_watch import SAMPLE_US, SceneWatch

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 320, 180
SECOND_US = 1_000_000


def wall(seed: int = 0) -> NDArray[np.float64]:
    """A scene with edges of many sizes, 0 to 255, as a room or a street has."""
    rng = np.random.default_rng(seed)
    scene = np.full((HEIGHT, WIDTH), 110.0)
    for _ in range(60):
        left, top = int(rng.integers(0, WIDTH - 20)), int(rng.integers(0, HEIGHT - 20))
        width, height = int(rng.integers(8, 60)), int(rng.integers(8, 40))
        scene[top : top + height, left : left + width] = rng.uniform(30, 220)
    return np.asarray(cv2.GaussianBlur(scene, (0, 0), 0.8))


class Camera:
    """Takes pictures of a scene, with the noise of a sensor: a standard deviation in levels."""

    def __init__(self, scene: NDArray[np.float64], *, noise: float = 4.0, seed: int = 1) -> None:
        self._scene = scene
        self._noise = noise
        self._rng = np.random.default_rng(seed)

    def picture(
        self,
        *,
        light: float = 1.0,
        disc_at: tuple[float, float] | None = None,
        shift: int = 0,
        cover: bool = False,
    ) -> Picture:
        """One picture, uint8 RGB [H, W, 3]."""
        scene = np.roll(self._scene, shift, axis=1)
        if disc_at is not None:
            center = (round(disc_at[0]), round(disc_at[1]))
            scene = np.asarray(cv2.circle(scene.copy(), center, 14, 240.0, -1), np.float64)
        if cover:  # a hand: what little light comes through has no edges
            scene = np.asarray(45.0 + 0.02 * cv2.GaussianBlur(scene, (0, 0), 30.0), np.float64)
        noisy = light * scene + self._rng.normal(0.0, self._noise, scene.shape)
        grey = np.clip(noisy, 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)


class Watched:
    """A watch that is shown pictures five times a second."""

    def __init__(self, still_us: int | None = None) -> None:
        self.watch = SceneWatch(still_us)
        self.events: list[Event] = []
        self.at_us = SECOND_US

    def show(self, seconds: float, picture: Callable[[float], Picture]) -> list[str]:
        """Show pictures for so long; `picture` is given the seconds since the first of them."""
        before = len(self.events)
        for number in range(round(seconds * SECOND_US / SAMPLE_US)):
            self.events += self.watch.picture(picture(number * SAMPLE_US / SECOND_US), self.at_us)
            self.at_us += SAMPLE_US
        return [f"{event.kind.value} {event.state.value}" for event in self.events[before:]]


def settled(camera: Camera, seconds: float = 12.0) -> Watched:
    """A watch that has seen a quiet scene for a while."""
    watched = Watched()
    assert watched.show(seconds, lambda _: camera.picture()) == []
    return watched

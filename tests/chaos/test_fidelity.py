"""The small comparison sees grey, drift and a wrong place, and not which picture of the clip it was."""

from __future__ import annotations

import numpy as np

from tests.chaos.fidelity import Fidelity
from tests.codec.sequences import moving

WIDTH, HEIGHT = 320, 180


def test_a_picture_of_the_clip_is_found_and_a_damaged_one_is_far_from_all() -> None:
    frames = tuple(moving(WIDTH, HEIGHT, 5))
    fidelity = Fidelity(frames)
    assert fidelity.psnr(frames[3]) > 60
    grey = np.full_like(frames[3], 128)
    drifted = np.clip(frames[3].astype(int) + 12, 0, 255).astype(np.uint8)
    assert fidelity.psnr(grey) < 20 < fidelity.psnr(drifted) < 32

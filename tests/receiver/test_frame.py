"""The frame that a program gets, and the place where the newest one waits."""

from __future__ import annotations

import math
import re

import cv2
import numpy as np

from narrowcast.receiver.frame import NewestFrame, hand_out
from narrowcast.runtime.clock import now_us
from tests.receiver.frame_samples import decoded_frame


def test_a_frame_says_what_it_is_and_how_old() -> None:
    frame = hand_out(decoded_frame(sequence=7, capture_local_us=now_us() - 40_000, clock_error_us=1500))
    assert frame.sequence == 7 and frame.rgb.shape == (64, 64, 3)
    assert 40 <= frame.latency_ms < 10_000 and frame.latency_error_ms == 1.5
    assert not frame.painted and hand_out(decoded_frame(painted=True)).painted


def test_before_the_clock_is_known_there_is_no_latency() -> None:
    frame = hand_out(decoded_frame())
    assert frame.capture_us is None and math.isnan(frame.latency_ms) and math.isnan(frame.latency_error_ms)


def test_it_is_printed_without_its_pixels_and_shown_as_a_picture() -> None:
    frame = hand_out(decoded_frame(sequence=7, painted=True))
    assert repr(frame) == "<Frame 7: 64x64, age unknown, painted>"
    known = hand_out(decoded_frame(capture_local_us=now_us() - 40_000, clock_error_us=1500))
    assert re.fullmatch(r"<Frame \d+: 64x64, \d+ ms old>", repr(known))
    shown = cv2.imdecode(np.frombuffer(frame._repr_png_(), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    np.testing.assert_array_equal(shown[..., ::-1], frame.rgb)


def test_the_picture_is_the_programs_own() -> None:
    decoded = decoded_frame()
    hand_out(decoded).rgb[:] = 0
    assert decoded.rgb.any()


def test_a_newer_picture_takes_the_place_of_one_that_nobody_took() -> None:
    newest, looks = NewestFrame(), []
    newest.listen(lambda: looks.append(True))
    assert newest.take() is None
    newest.put(decoded_frame(sequence=1))
    newest.put(decoded_frame(sequence=2))
    frame = newest.take()
    assert frame is not None and frame.sequence == 2
    assert newest.take() is None
    assert newest.passed_over == 1 and len(looks) == 2

"""Tests of svt_av1.py with the real library: a packet for each picture, rates without a keyframe."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from narrowcast.codec.api import Rgb
from narrowcast.codec.errors import BackendError
from narrowcast.codec.hybrid import stall, svt_av1
from narrowcast.codec.hybrid.stall import StalledEncoderError
from narrowcast.codec.hybrid.svt_av1 import SvtAv1Encoder, svt_av1_library
from tests.codec.sequences import moving

WIDTH, HEIGHT = 160, 96
PARAMETERS = {
    "fps-num": "15", "fps-denom": "1", "preset": "12", "pred-struct": "1", "lookahead": "0", "keyint": "-1",
    "rc": "2", "buf-sz": "1000", "buf-initial-sz": "600", "buf-optimal-sz": "600", "lp": "1",
    "scd": "0", "scm": "0",
}  # fmt: skip

needs_library = pytest.mark.skipif(svt_av1_library() is None, reason="this PyAV carries no SVT-AV1 4")


def frame_of(rgb: Rgb) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="yuv420p")


def opened(bitrate_bps: int = 100_000, **parameters: str) -> SvtAv1Encoder:
    library = svt_av1_library()
    assert library is not None
    return SvtAv1Encoder(library, WIDTH, HEIGHT, parameters=PARAMETERS | parameters, bitrate_bps=bitrate_bps)


def noisy(count: int) -> list[Rgb]:
    """Pictures that take all the bits that they may."""
    rng = np.random.default_rng(0)
    return [
        np.clip(rgb + rng.normal(0, 12, rgb.shape), 0, 255).astype(np.uint8)
        for rgb in moving(WIDTH, HEIGHT, count)
    ]


def is_keyframe(packet: bytes) -> bool:
    return bool(packet[2] >> 3 == 1)  # a sequence header behind the temporal delimiter


@needs_library
def test_each_picture_gives_its_packet_at_once_and_dav1d_reads_it() -> None:
    encoder, decoder = opened(), av.CodecContext.create("libdav1d", "r")
    decoder.options = {"max_frame_delay": "1"}
    for index, rgb in enumerate(moving(WIDTH, HEIGHT, 10)):
        packet = encoder.encode(frame_of(rgb), keyframe=index in (0, 6), bitrate_bps=100_000)
        assert is_keyframe(packet) == (index in (0, 6))
        (picture,) = decoder.decode(av.Packet(packet))  # type: ignore[attr-defined]
        error = np.square(picture.to_ndarray(format="rgb24").astype(np.float64) - rgb).mean()
        assert error < 300
        assert 0 < encoder.quantiser <= 63
    encoder.close()


@needs_library
def test_the_bitrate_changes_without_a_keyframe() -> None:
    encoder = opened(400_000)
    pictures = noisy(90)
    packets = []
    for index, rgb in enumerate(pictures):
        bitrate_bps = 100_000 if 30 <= index < 60 else 400_000
        packets.append(encoder.encode(frame_of(rgb), keyframe=index == 0, bitrate_bps=bitrate_bps))
    assert [is_keyframe(packet) for packet in packets] == [True] + 89 * [False]
    high, low, again = (8 * sum(map(len, packets[a : a + 15])) for a in (15, 45, 75))
    assert low == pytest.approx(100_000, rel=0.4)
    assert high > 2 * low and again > 2 * low


@needs_library
def test_what_the_library_refuses_is_told() -> None:
    with pytest.raises(BackendError, match="take preset=99999x"):
        opened(preset="99999x")
    library = svt_av1_library()
    assert library is not None
    with pytest.raises(BackendError, match="SVT-AV1 did not"):
        SvtAv1Encoder(library, 0, 0, parameters=PARAMETERS, bitrate_bps=100_000)


@needs_library
def test_encoders_that_are_dropped_give_their_threads_back() -> None:
    def threads() -> set[str]:
        return {task.name for task in Path("/proc/self/task").iterdir()}

    if not Path("/proc/self/task").is_dir():
        pytest.skip("counts threads as Linux lists them")
    before = threads()
    encoder = opened()
    encoder.encode(frame_of(moving(WIDTH, HEIGHT, 1)[0]), keyframe=True, bitrate_bps=100_000)
    assert threads() - before
    del encoder
    gc.collect()
    assert not threads() - before


def test_a_library_of_another_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(svt_av1, "SUPPORTED_MAJOR", 99)
    svt_av1_library.cache_clear()
    assert svt_av1_library() is None
    svt_av1_library.cache_clear()


@needs_library
def test_a_library_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = opened()
    released = threading.Event()

    class Stalled:
        def svt_av1_enc_send_picture(self, *arguments: object) -> int:
            released.wait(10)
            return 0

        def svt_av1_enc_get_packet(self, *arguments: object) -> int:
            return 1

    monkeypatch.setattr(stall, "STALL_S", 0.05)
    encoder._library = Stalled()  # type: ignore[assignment]
    with pytest.raises(StalledEncoderError, match="gave no packet"):
        encoder.encode(frame_of(moving(WIDTH, HEIGHT, 1)[0]), keyframe=True, bitrate_bps=100_000)
    released.set()

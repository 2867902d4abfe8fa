"""Tests of codec/auto.py: which codec it takes, when it changes, and that a change is never seen broken."""

from __future__ import annotations

import numpy as np
import pytest

from narrowcast import codec
from narrowcast.codec.api import EncodedFrame, Rgb
from narrowcast.codec.auto import (
    HORIZON,
    PROBE_FRAMES,
    PROBE_PERIOD,
    AutoDecoder,
    AutoEncoder,
    CodecTrial,
    change_pays,
)
from narrowcast.codec.hybrid.base_format import installed_formats
from narrowcast.codec.hybrid.decoder import HybridDecoder
from narrowcast.codec.hybrid.encoder import HybridEncoder
from narrowcast.codec.hybrid.preset_choice import BaseChoice
from tests.codec.picture_samples import camera_like
from tests.codec.scripted_encoder import ScriptedEncoder
from tests.codec.tiny_model import tiny_decoder, tiny_encoder
from tests.codec.tiny_restoration import tiny_hybrid_decoder

SIZE = 64
STILL, MOVING = 0, 1
PICTURES = {scene: np.full((SIZE, SIZE, 3), scene, np.uint8) for scene in (STILL, MOVING)}


def in_use(encoder: AutoEncoder) -> str:
    """Name of the codec that codes now."""
    return encoder.reason.split(":")[0]


def priced(keyframe: int, still: int, moving: int) -> ScriptedEncoder:
    """Frames that cost what the scene costs: bytes of a keyframe, of a still and of a moving frame."""
    prices = {STILL: still, MOVING: moving}

    def code(rgb: Rgb, is_keyframe: bool) -> EncodedFrame:
        size = keyframe if is_keyframe else prices[int(rgb[0, 0, 0])]
        return EncodedFrame(payload=bytes(size), keyframe=is_keyframe)

    return ScriptedEncoder(code)


def make_encoder() -> AutoEncoder:
    gan = priced(keyframe=4000, still=3, moving=1500)
    hybrid = priced(keyframe=4000, still=80, moving=500)
    return AutoEncoder({"gan": gan, "hybrid": hybrid}, first="gan")


def names(encoder: AutoEncoder, scene: int, frames: int) -> list[str]:
    """Code frames of a scene; return which codec coded each."""
    used = []
    for _ in range(frames):
        encoder.encode(PICTURES[scene])
        used.append(in_use(encoder))
    return used


def test_a_droppable_frame_stays_one() -> None:
    encoder = make_encoder()
    flags = [encoder.encode(PICTURES[STILL], droppable=index % 2 == 1).droppable for index in range(6)]
    assert flags == [False, True] * 3


def test_still_then_moving_then_still_takes_the_cheaper_each_time() -> None:
    encoder = make_encoder()
    assert set(names(encoder, STILL, 3 * PROBE_PERIOD)) == {"gan"}
    moving = names(encoder, MOVING, 3 * PROBE_PERIOD)
    assert "hybrid" in moving[: 2 * PROBE_PERIOD] and moving[-1] == "hybrid"
    assert encoder.reason.startswith("hybrid: ")
    still = names(encoder, STILL, 4 * PROBE_PERIOD)
    assert still[-1] == "gan"
    assert encoder.reason == (
        "gan: gan takes 3 bytes a frame, hybrid would take 80, which is not worth a keyframe"
    )


def test_a_change_comes_as_a_keyframe() -> None:
    encoder = make_encoder()
    encoder.encode(PICTURES[MOVING], keyframe=True)
    before, keyframes = in_use(encoder), []
    for _ in range(2 * PROBE_PERIOD):
        frame = encoder.encode(PICTURES[MOVING])
        if in_use(encoder) != before:
            keyframes.append(frame.keyframe)
            before = in_use(encoder)
    assert keyframes == [True]


def test_the_other_codec_runs_only_now_and_then() -> None:
    gan, hybrid = priced(10, 3, 3), priced(10, 3, 3)
    encoder = AutoEncoder({"gan": gan, "hybrid": hybrid}, first="gan")
    names(encoder, STILL, 1000)
    assert gan.calls == 1000
    assert hybrid.calls <= 1000 * PROBE_FRAMES / PROBE_PERIOD + PROBE_FRAMES


@pytest.mark.parametrize(
    ("in_use", "inter", "keyframe", "pays"),
    [
        (1000.0, 900.0, 0, False),  # within the margin
        (300.0, 20.0, 0, False),  # not worth a look
        (1000.0, 500.0, int(500 * HORIZON) - 1, True),
        (1000.0, 500.0, int(500 * HORIZON) + 1, False),  # the keyframe eats it
        (100.0, 900.0, 0, False),
    ],
)
def test_a_change_pays_if_it_earns_its_keyframe_back(
    in_use: float, inter: float, keyframe: int, pays: bool
) -> None:
    assert change_pays(in_use, CodecTrial(keyframe_bits=keyframe, inter_bits=inter)) is pays


def test_each_payload_reaches_its_decoder_and_a_change_is_whole() -> None:
    latent, plain = tiny_encoder(SIZE, SIZE), tiny_decoder(SIZE, SIZE)
    choice = BaseChoice(base=installed_formats()[0], preset=12)
    hybrid, restored = HybridEncoder(choice, width=SIZE, height=SIZE), tiny_hybrid_decoder(SIZE, SIZE)
    decoder = AutoDecoder(tiny_decoder(SIZE, SIZE), tiny_hybrid_decoder(SIZE, SIZE))
    picture = camera_like(SIZE, SIZE)
    for use_hybrid, keyframe in ((False, True), (False, False), (True, True), (True, False), (False, True)):
        encoder, alone = (hybrid, restored) if use_hybrid else (latent, plain)
        payload = encoder.encode(picture, keyframe=keyframe).payload
        np.testing.assert_array_equal(decoder.decode(payload), alone.decode(payload))
        assert decoder.provenance == alone.provenance


def test_painted_is_what_the_codec_in_use_painted() -> None:
    encoders = (
        tiny_encoder(SIZE, SIZE),
        HybridEncoder(BaseChoice(base=installed_formats()[0], preset=12), width=SIZE, height=SIZE),
    )
    decoder = AutoDecoder(tiny_decoder(SIZE, SIZE), HybridDecoder(None, width=SIZE, height=SIZE))
    assert not decoder.provenance.painted
    for encoder, painted in ((encoders[0], True), (encoders[1], False), (encoders[0], True)):
        decoder.decode(encoder.encode(camera_like(SIZE, SIZE), keyframe=True).payload)
        assert decoder.provenance.painted is painted


def test_the_hybrid_codec_is_told_how_many_frames_wait() -> None:
    hybrid = tiny_hybrid_decoder(SIZE, SIZE, live=True)
    decoder = AutoDecoder(tiny_decoder(SIZE, SIZE), hybrid)
    encoder = HybridEncoder(BaseChoice(base=installed_formats()[0], preset=12), width=SIZE, height=SIZE)
    for backlog, painted in ((0, True), (9, False), (0, True)):
        decoder.backlog = backlog
        decoder.decode(encoder.encode(camera_like(SIZE, SIZE), keyframe=True).payload)
        assert (hybrid.backlog, decoder.provenance.painted) == (backlog, painted)


def test_the_hybrid_codec_is_told_when_to_paint() -> None:
    decoder = AutoDecoder(tiny_decoder(SIZE, SIZE), tiny_hybrid_decoder(SIZE, SIZE))
    encoder = HybridEncoder(BaseChoice(base=installed_formats()[0], preset=12), width=SIZE, height=SIZE)
    for when, painted in (("never", False), ("always", True)):
        decoder.restore(when)  # type: ignore[arg-type]
        decoder.decode(encoder.encode(camera_like(SIZE, SIZE), keyframe=True).payload)
        assert decoder.provenance.painted is painted


def test_garbage_raises_and_the_decoder_stays_usable() -> None:
    decoder = AutoDecoder(tiny_decoder(SIZE, SIZE), tiny_hybrid_decoder(SIZE, SIZE))
    for payload in (b"", b"\x80", b"\x10\0\0", bytes(50), b"\xff" * 50):
        with pytest.raises(codec.BitstreamError):
            decoder.decode(payload)
    payload = tiny_encoder(SIZE, SIZE).encode(camera_like(SIZE, SIZE), keyframe=True).payload
    assert decoder.decode(payload).shape == (SIZE, SIZE, 3)


def test_frames_are_followed_by_the_decoder_that_they_are_for() -> None:
    decoders = [
        AutoDecoder(tiny_decoder(SIZE, SIZE), tiny_hybrid_decoder(width=SIZE, height=SIZE)) for _ in range(2)
    ]
    payloads = [
        encoder.encode(camera_like(SIZE, SIZE, seed=seed), keyframe=seed == 0).payload
        for encoder in (
            tiny_encoder(SIZE, SIZE),
            HybridEncoder(BaseChoice(base=installed_formats()[0], preset=12), width=SIZE, height=SIZE),
        )
        for seed in range(2)
    ]
    for first, second in (payloads[:2], payloads[2:]):
        decoders[0].decode(first)
        decoders[1].follow(first)
        assert decoders[0].decode(second).shape == decoders[1].decode(second).shape == (SIZE, SIZE, 3)


def test_both_encoders_rest_and_a_trial_begins_anew() -> None:
    class Resting(ScriptedEncoder):
        rests = 0

        def rest(self) -> None:
            self.rests += 1

    def code(rgb: Rgb, is_keyframe: bool) -> EncodedFrame:
        kinds.append(is_keyframe)
        return EncodedFrame(payload=b"x", keyframe=is_keyframe)

    kinds: list[bool] = []
    gan, hybrid = ScriptedEncoder(lambda rgb, key: EncodedFrame(payload=b"x", keyframe=key)), Resting(code)
    encoder = AutoEncoder({"gan": gan, "hybrid": hybrid}, first="gan")
    names(encoder, MOVING, PROBE_PERIOD + 1)
    encoder.rest()
    names(encoder, MOVING, 1)
    assert hybrid.rests == 1 and kinds == [True, False, True]

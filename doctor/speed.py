"""Measures how fast this machine codes, and so which size and frame rate it can hold."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from narrowcast import codec
from narrowcast.doctor.finding import Finding, problem
from narrowcast.sender.config import DEFAULT_CODEC, SenderConfig
from narrowcast.sender.sources.feeds import VideoFeed
from narrowcast.sender.sources.fit import Picture, fit_picture
from narrowcast.sender.sources.spec import DEMO_CLIP

SIZES = ((320, 180), SenderConfig.size, (1280, 720))
"A thin link's small picture, the usual one, and HD."

ENOUGH_FPS = 15.0
"The pace that Narrowcast is made for."

_FRAMES = 12
_WARM_UP = 2
_HEADROOM = 0.8
"Of the measured pace: other programs want some of the machine too."
_MAX_FPS = 60.0


@dataclass(frozen=True, kw_only=True)
class CodingSpeed:
    """The frame rates that this machine can hold at one size."""

    width: int
    "pixels"
    height: int
    "pixels"
    send_fps: float
    "frames a second that it can code"
    receive_fps: float
    "frames a second that it can decode"


def check_speed(device: str) -> Finding:
    """Code the bundled clip at each size."""
    try:
        paces = [measure(width, height, device=device) for width, height in SIZES]
    except codec.CodecError as error:
        return problem("speed", error)
    return judge(paces)


def judge(paces: Sequence[CodingSpeed]) -> Finding:
    """Tell the frame rates, and what to do where they are too low."""
    text = f"send {_list(paces, 'send_fps')}; receive {_list(paces, 'receive_fps')}"
    usual = next(pace for pace in paces if (pace.width, pace.height) == SenderConfig.size)
    if min(usual.send_fps, usual.receive_fps) >= ENOUGH_FPS:
        return Finding(name="speed", text=text)
    smallest = paces[0]
    if min(smallest.send_fps, smallest.receive_fps) >= ENOUGH_FPS:
        return Finding(name="speed", text=text, fix="send with --size 320x180, or with fewer --fps")
    return Finding(name="speed", text=text, fix="send with --codec jpeg, which needs far less of the machine")


def measure(width: int, height: int, *, device: str) -> CodingSpeed:
    """Encode and decode some pictures of one size."""
    encoder = codec.create_encoder(DEFAULT_CODEC, width=width, height=height, device=device)
    decoder = codec.create_decoder(DEFAULT_CODEC, width=width, height=height, device=device)
    encode_s, decode_s = [], []
    for number, picture in enumerate(_pictures(width, height)):
        started_s = time.perf_counter()
        payload = encoder.encode(picture, keyframe=number == 0).payload
        encoded_s = time.perf_counter()
        decoder.decode(payload)
        encode_s.append(encoded_s - started_s)
        decode_s.append(time.perf_counter() - encoded_s)
    return CodingSpeed(
        width=width, height=height, send_fps=_held_fps(encode_s), receive_fps=_held_fps(decode_s)
    )


def _pictures(width: int, height: int) -> list[Picture]:
    feed = VideoFeed(str(DEMO_CLIP))
    try:
        pictures = [cast(Picture, feed.picture(index)) for index in range(_FRAMES)]
    finally:
        feed.close()
    return [fit_picture(picture, width, height) for picture in pictures]


def _held_fps(seconds: Sequence[float]) -> float:
    """The pace that nine frames in ten keep, with some headroom."""
    slow_s = sorted(seconds[_WARM_UP:])[(len(seconds) - _WARM_UP) * 9 // 10 - 1]
    return min(_MAX_FPS, _HEADROOM / slow_s)


def _list(paces: Sequence[CodingSpeed], side: str) -> str:
    held = [f"{pace.width}x{pace.height} at {getattr(pace, side):.0f} fps" for pace in paces]
    return ", ".join(held)

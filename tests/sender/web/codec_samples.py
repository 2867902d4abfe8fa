"""What the page's codec is compared with, as JSON: payloads, conditions and carried pictures."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from narrowcast.codec.hybrid.base_format import AV1, H264
from narrowcast.codec.hybrid.conditions import conditions, quantiser_of, restoration_strength
from narrowcast.codec.hybrid.header import BaseStream, PayloadChain
from narrowcast.codec.hybrid.restoration import CELL, GATE_SLOPE, memory_of
from narrowcast.codec.hybrid.restoration_step import held_share

SIDE = 32
STRENGTH = 1.25


def codec_samples() -> dict[str, Any]:
    """Everything that the page's tests read."""
    return {
        "crc": [[text, zlib.crc32(text.encode())] for text in ("", "a", "narrowcast " * 9)],
        "payloads": _payloads(),
        "conditions": _conditions(),
        "carried": _carried(),
    }


def _payloads() -> list[dict[str, Any]]:
    """Two chains: keyframes and inter frames behind them, in the order of a stream."""
    rng = np.random.default_rng(5)
    chain, found = PayloadChain(), []
    streams = {
        0: BaseStream(base=AV1, scale=0, width=640, height=360, detail=102 / 255),
        12: BaseStream(base=H264, scale=2, width=641, height=363, detail=1.0),
    }
    for number in range(22):
        stream, packet = streams.get(number), rng.bytes(30 + number)
        payload = chain.pack(packet, crf=20 + number, stream=stream)
        told = None
        if stream is not None:
            told = {
                "format": stream.base.name,
                "number": stream.base.number,
                "scale": stream.scale,
                "width": stream.width,
                "height": stream.height,
                "detail": stream.detail,
            }
        found.append({"payload": payload.hex(), "crf": 20 + number, "stream": told, "packet": packet.hex()})
    return found


def _conditions() -> list[dict[str, Any]]:
    found = []
    for base in (AV1, H264):
        for crf in (10, 30, 45, 63, 90):
            for detail in (0.0, 0.39, 1.0):
                found.append(
                    {
                        "stream": {"number": base.number, "scale": 1, "detail": detail},
                        "crf": crf,
                        "told": conditions(base, crf, 1, keyframe=crf == 30, detail=detail),
                        "keyframe": crf == 30,
                        "strength": restoration_strength(detail, quantiser_of(base, crf)),
                    }
                )
    return found


def _carried() -> dict[str, Any]:
    """What becomes of texture that is carried over to the next picture, some cells of which changed."""
    rng = np.random.default_rng(7)
    base = rng.random((SIDE, SIDE, 3), np.float32)
    steps = rng.choice([0.0, 0.004, 0.03, 0.3], (SIDE // CELL, SIDE // CELL, 1))
    steps = steps.repeat(CELL, 0).repeat(CELL, 1)
    noise = (steps * rng.standard_normal(base.shape)).astype(np.float32)
    pictures = {
        "base": base,
        "lastBase": base + noise[:, ::-1],
        "movedBase": base + noise,
        "movedPainted": base + noise + rng.normal(0, 0.1, base.shape).astype(np.float32),
        "lastShown": rng.random(base.shape, np.float32),
    }
    now, last, moved, painted, shown = (
        torch.from_numpy(np.ascontiguousarray(values)).reshape(-1, CELL, SIDE // CELL, CELL, 3)
        for values in pictures.values()
    )
    change = (now - moved).abs().mean(dim=(1, 3, 4), keepdim=True)
    texture = functional.relu(1 - GATE_SLOPE * change) * memory_of(now, painted)
    to_show = now + STRENGTH * texture
    to_show = to_show + held_share(now, last) * (shown - to_show)
    expected = {"painted": now + texture, "shown": to_show}
    return {
        "side": SIDE,
        "strength": STRENGTH,
        "pictures": {name: packed_floats(values) for name, values in pictures.items()},
        "expected": {
            name: packed_floats(values.reshape(SIDE, SIDE, 3).numpy()) for name, values in expected.items()
        },
    }


def packed_floats(values: NDArray[np.float32]) -> str:
    """Pack float32 for the page."""
    return base64.b64encode(np.ascontiguousarray(values, np.float32).tobytes()).decode()

"""A real decode process: it makes tiles, may do nothing else, and is replaced where it dies."""

from __future__ import annotations

import asyncio
import os
import signal

import numpy as np
import pytest

from narrowcast import codec
from narrowcast.fabric.fleet.decode_messages import CameraWork, DecodeBatch
from narrowcast.fabric.fleet.decode_process import DecodeProcess, DecodeProcessError
from tests.codec.picture_samples import camera_like


def batch(slot: int, payload: bytes, name: str) -> DecodeBatch:
    return DecodeBatch(works=(CameraWork(slot=slot, codec=name, width=96, height=64, payloads=(payload,)),))


def test_a_process_makes_tiles_of_every_codec_that_needs_no_network() -> None:
    picture = np.ascontiguousarray(camera_like(96, 64, seed=1))
    names = [info.name for info in codec.available_codecs() if info.name not in ("gan", "auto")]

    async def run() -> None:
        process = await DecodeProcess.start()
        try:
            for slot, name in enumerate(names):
                payload = codec.create_encoder(name, width=96, height=64, threads=1).encode(picture).payload
                done = (await process.decode(batch(slot, payload, name))).done[0]
                assert done.jpeg and not done.refusal, (name, done.refusal)
            refused = (await process.decode(batch(0, b"garbage" * 9, names[0]))).done[0]
            assert refused.refusal and not refused.jpeg
            if os.path.isdir("/proc"):
                with open(f"/proc/{process.pid}/status") as status:
                    assert "NoNewPrivs:\t1" in status.read()
        finally:
            await process.close()

    asyncio.run(run())


def test_a_process_that_dies_is_told() -> None:
    async def run() -> None:
        process = await DecodeProcess.start()
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(DecodeProcessError, match="ended by signal 9|did not answer"):
            await process.decode(batch(0, b"x", "jpeg"))
        await process.close()

    asyncio.run(run())

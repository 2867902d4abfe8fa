"""Tests of worker.py: it loads little, keeps no broken decoder, and ends with its program."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from narrowcast.codec.decoder_process.messages import DecoderSpec
from narrowcast.codec.decoder_process.process import DecoderProcess
from narrowcast.codec.errors import BitstreamError
from narrowcast.codec.hybrid.base_format import AV1
from narrowcast.codec.hybrid.base_layer import BaseDecoder, BaseEncoder
from tests.codec.sequences import moving

SIZE = WIDTH, HEIGHT = 96, 64


def test_no_network_is_loaded() -> None:
    heavy = "{'torch', 'openvino', 'zmq'}"
    program = (
        f"import narrowcast.codec.decoder_process.worker, sys; print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_packet_that_does_not_decode_ends_its_stream_until_the_next_keyframe() -> None:
    encoder = BaseEncoder(AV1, *SIZE, crf=50, scale=0, preset=12)
    key, inter, last = (encoder.encode(rgb, keyframe=not i) for i, rgb in enumerate(moving(*SIZE, 3)))
    spec = DecoderSpec(format="av1", width=WIDTH, height=HEIGHT)
    process, here = DecoderProcess(*SIZE), BaseDecoder(AV1, SIZE)
    np.testing.assert_array_equal(process.decode(key, spec), here.decode(key, SIZE))
    np.testing.assert_array_equal(process.decode(inter, None), here.decode(inter, SIZE))
    with pytest.raises(BitstreamError, match="was refused"):
        process.decode(key, None)
    with pytest.raises(BitstreamError, match="a keyframe is needed"):
        process.decode(last, None)
    assert process.decode(key, spec).shape == (HEIGHT, WIDTH, 3)
    process.close()

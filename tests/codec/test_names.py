"""Tests of codec/names.py: the one list is whole, compatible, and read without loading a codec."""

from __future__ import annotations

import subprocess
import sys

from narrowcast import codec
from narrowcast.codec import names
from narrowcast.codec.classic.codecs import PICTURE_CODECS


def test_the_list_has_every_codec_once() -> None:
    assert set(names.CODECS) == {names.LATENT, names.HYBRID, names.AUTO, *PICTURE_CODECS}
    assert len(set(names.CODECS)) == len(names.CODECS)
    assert tuple(PICTURE_CODECS) == names.CLASSIC
    assert {info.name for info in codec.available_codecs()} <= set(names.CODECS)


def test_the_latent_codec_keeps_the_name_that_streams_and_command_lines_know() -> None:
    assert names.LATENT == "gan"


def test_the_list_is_read_without_loading_the_codecs() -> None:
    heavy = "{'torch', 'cv2', 'numpy', 'av', 'openvino', 'constriction'}"
    code = f"import sys; from narrowcast.codec.names import CODECS; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

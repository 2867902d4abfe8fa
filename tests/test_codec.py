"""Tests of codec/__init__.py: the public names are there, and loaded when they are first used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from narrowcast import codec


@pytest.mark.parametrize("name", codec.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(codec, name) is not None


def test_another_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Codec'; it has CODECS, "):
        codec.Codec  # noqa: B018


def test_importing_the_package_loads_nothing() -> None:
    code = (
        "import sys, narrowcast.codec; print([name for name in sys.modules if 'narrowcast.codec.' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

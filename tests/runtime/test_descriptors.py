"""Tests of runtime/descriptors.py, in processes of their own: a limit cannot be undone."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems count otherwise")


def printed(code: str, soft: int, hard: int) -> list[int]:
    """Run code under a limit; returns the numbers that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", "import resource\nfrom narrowcast.runtime.descriptors import *\n" + code],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)),
    )
    return [int(number) for number in done.stdout.split()]


def test_the_soft_limit_is_raised_to_what_the_hard_one_allows() -> None:
    code = "raise_descriptor_limit()\nprint(*resource.getrlimit(resource.RLIMIT_NOFILE))"
    assert printed(code, 64, 200) == [200, 200]
    assert printed(code, 64, 5000) == [4096, 5000]


def test_connections_get_what_is_left() -> None:
    code = "print(connection_room(64))"
    [few], [enough] = printed(code, 64, 64), printed(code, 1024, 1024)
    assert 4 <= few <= 40 and enough == 64
    assert printed(code, 24, 24) == [4]

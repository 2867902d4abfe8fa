"""Tests of confinement.py: what a confined process may not do any more, tried in one."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, os, socket, threading
from narrowcast.codec.decoder_process.confinement import confine
here, there = socket.socketpair()
confine(64, 64)
{}
"""
ONLY_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the limits are Linux's")


def confined(program: str) -> str:
    """What a program prints that runs confined; its errors where it fails."""
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(program)], capture_output=True, text=True)
    return done.stdout or done.stderr


def has_libseccomp() -> bool:
    try:
        ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return False
    return True


@ONLY_LINUX
@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')",
        "open('left-behind', 'w')",
        "socket.socket()",
        "os.pipe()",
        "os.dup(here.fileno())",
    ],
)
def test_nothing_can_be_opened(attempt: str) -> None:
    assert "Error" in confined(attempt).splitlines()[-1]


@ONLY_LINUX
def test_memory_has_an_end() -> None:
    assert "MemoryError" in confined("bytearray(800 << 20)")
    assert confined("print(len(bytearray(200 << 20)))") == f"{200 << 20}\n"


@ONLY_LINUX
def test_what_decoding_needs_still_works() -> None:
    assert confined("here.sendall(b'x'); print(there.recv(1))") == "b'x'\n"
    threaded = "thread = threading.Thread(target=print, args=['a thread'])\nthread.start()\nthread.join()"
    assert confined(threaded) == "a thread\n"


@ONLY_LINUX
def test_no_rights_come_back_and_no_memory_is_left_on_a_disk() -> None:
    prctl = "libc = ctypes.CDLL(None); print(libc.prctl({}, 0, 0, 0, 0))"
    assert confined(prctl.format(39)) == "1\n"  # PR_GET_NO_NEW_PRIVS
    assert confined(prctl.format(3)) == "0\n"  # PR_GET_DUMPABLE
    assert confined("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))") == "(0, 0)\n"


@pytest.mark.skipif(not has_libseccomp(), reason="libseccomp is not installed")
@pytest.mark.parametrize(
    "attempt",
    [
        "os.kill(os.getppid(), 0)",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.unlink('/tmp/none-such')",
    ],
)
def test_the_filter_of_system_calls_holds(attempt: str) -> None:
    assert "PermissionError: [Errno 1]" in confined(attempt)

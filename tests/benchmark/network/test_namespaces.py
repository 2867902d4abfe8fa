"""Two namespaces and the link between them, for root on Linux."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from narrowcast.benchmark.errors import LinkError
from narrowcast.benchmark.network.namespaces import (
    NAMESPACE_FOLDER,
    LinkShape,
    NamespacePair,
    remove_leftovers,
    run_tool,
    why_not_here,
    why_unusable,
)
from narrowcast.benchmark.network.wire_counter import WireCounter
from tests.chaos.cap import peak_sent_kbps

REASON = why_unusable()
needs_namespaces = pytest.mark.skipif(bool(REASON), reason=REASON or "usable")

ROOT = Path(__file__).parents[3]

RECEIVER = """
import socket
with socket.create_server(("10.77.0.2", 4000)) as listener:
    print("listening", flush=True)
    connection, _ = listener.accept()
    total = 0
    while data := connection.recv(65536):
        total += len(data)
    print(total)
"""
SENDER = """
import socket, sys
with socket.create_connection(("10.77.0.2", 4000)) as connection:
    connection.sendall(bytes(int(sys.argv[1])))
"""
STOPPED = """
import time
from narrowcast.benchmark.network.namespaces import LinkShape, NamespacePair
with NamespacePair(LinkShape(kbps=64)) as pair:
    print(pair.near.name, pair.far.name, flush=True)
    time.sleep(60)
"""


def names() -> set[str]:
    return {entry.name for entry in NAMESPACE_FOLDER.iterdir()} if NAMESPACE_FOLDER.is_dir() else set()


@needs_namespaces
def test_the_rate_holds_and_the_kernel_counts() -> None:
    count = 24_000
    with NamespacePair(LinkShape(kbps=256)) as pair, WireCounter(pair.near, interval_s=0.02) as counter:
        receiver = subprocess.Popen(
            pair.far.command([sys.executable, "-c", RECEIVER]), stdout=subprocess.PIPE, text=True
        )
        assert receiver.stdout is not None and receiver.stdout.readline() == "listening\n"
        sender = pair.near.command([sys.executable, "-c", SENDER, str(count)])
        subprocess.run(sender, check=True)
        assert receiver.communicate(timeout=20)[0] == f"{count}\n"
    trace = counter.trace
    sent = trace.samples[-1].sent_bytes - trace.samples[0].sent_bytes
    assert count * 1.04 < sent < count * 1.15  # each packet's headers are counted
    peak = peak_sent_kbps(trace, 0.5)
    assert peak is not None and peak < 256 * 1.15


@needs_namespaces
def test_a_link_can_be_cut_and_shaped_again_while_it_is_used() -> None:
    with NamespacePair(LinkShape(kbps=64)) as pair:

        def reachable() -> bool:
            script = (
                "import socket,sys\n"
                "end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                "end.connect(('10.77.0.2', 9)); end.settimeout(0.3)\n"
                "end.send(b'x')\n"
                "try: end.recv(1)\n"
                "except ConnectionRefusedError: print('there')\n"
                "except TimeoutError: print('gone')\n"
            )
            command = pair.near.command([sys.executable, "-c", script])
            return subprocess.run(command, capture_output=True, text=True).stdout == "there\n"

        assert reachable()
        pair.cut()
        assert not reachable()
        pair.shape(LinkShape(kbps=32))
        assert reachable()


@needs_namespaces
def test_nothing_is_left_behind() -> None:
    before = names()
    with pytest.raises(RuntimeError), NamespacePair(LinkShape(kbps=64)) as pair:
        assert {pair.near.name, pair.far.name} <= names()
        raise RuntimeError
    assert names() == before


@needs_namespaces
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_program_leaves_nothing_behind_and_a_killed_one_is_cleared_up_after(number: int) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", STOPPED],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )
    assert program.stdout is not None
    made = set(program.stdout.readline().split())
    assert len(made) == 2 and made <= names()
    os.kill(program.pid, number)
    program.wait(10)
    if number == signal.SIGKILL:
        assert made <= names()
        remove_leftovers()
    assert not made & names()


@needs_namespaces
def test_a_tool_that_fails_says_what_it_said() -> None:
    with pytest.raises(LinkError, match="no-such-device"):
        run_tool("ip", "link", "show", "no-such-device")


def test_a_missing_tool_is_named() -> None:
    with pytest.raises(LinkError, match="iproute2"):
        run_tool("no-such-tool")


def test_without_root_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "platform", "linux")
    assert "sudo" in why_not_here() and "--proxy" in why_not_here()
    with pytest.raises(LinkError, match="root"), NamespacePair(LinkShape(kbps=64)):
        pass


@pytest.mark.parametrize(("kbps", "queue_bytes"), [(0, 32768), (float("nan"), 32768), (64, 100)])
def test_a_shape_is_checked(kbps: float, queue_bytes: int) -> None:
    with pytest.raises(LinkError):
        LinkShape(kbps=kbps, queue_bytes=queue_bytes)

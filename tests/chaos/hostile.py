"""Hostile clients: noise, broken handshakes, huge lengths, floods, and malformed messages."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import socket
import sys
import threading
import time
from collections.abc import Callable

import msgspec
import zmq

PAUSE_S = 0.2
"Pause between two attacks of one client, so that they do not use up the machine."

GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
"ZMTP 3.0 without security."


def raw(host: str, port: int, data: bytes) -> None:
    """Connect, send the bytes, read a little, and disconnect."""
    with socket.create_connection((host, port), 2.0) as client:
        client.sendall(data)
        client.settimeout(0.5)
        client.recv(4096)


def noise(host: str, port: int, draw: random.Random) -> None:
    """Send random bytes."""
    raw(host, port, draw.randbytes(draw.randint(1, 5000)))


def half_a_greeting(host: str, port: int, draw: random.Random) -> None:
    """Begin a handshake and stop in the middle."""
    raw(host, port, GREETING[: draw.randint(1, 63)])


def huge_length(host: str, port: int, draw: random.Random) -> None:
    """Announce a frame of 2^62 bytes."""
    raw(host, port, GREETING + b"\x04\x05\x05READY" + b"\x02" + (2**62).to_bytes(8, "big") + bytes(100))


def silent(host: str, port: int, draw: random.Random) -> None:
    """Connect and send nothing for a while."""
    with socket.create_connection((host, port), 2.0):
        time.sleep(draw.uniform(0.5, 4.0))


def messages(host: str, port: int, draw: random.Random, make: Callable[[], bytes], count: int) -> None:
    """Send messages over a correct ZeroMQ connection."""
    client: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.DEALER)
    client.setsockopt(zmq.LINGER, 100)
    client.setsockopt(zmq.SNDTIMEO, 500)
    try:
        client.connect(f"tcp://{host}:{port}")
        for _ in range(count):
            client.send(make())
        time.sleep(0.2)
    finally:
        client.close()


def garbage(host: str, port: int, draw: random.Random) -> None:
    """Send messages that are not msgpack."""
    messages(host, port, draw, lambda: draw.randbytes(draw.randint(0, 3000)), 20)


def flood(host: str, port: int, draw: random.Random) -> None:
    """Send more PINGs than are allowed."""
    ping = msgspec.msgpack.encode({0: 8, 1: 1, 2: 1})
    messages(host, port, draw, lambda: ping, 1000)


def wrong_hello(host: str, port: int, draw: random.Random) -> None:
    """Send a HELLO of another version, with a name full of control characters."""
    hello = {0: 1, 1: 999, 2: 1, 3: draw.getrandbits(62), 9: "\x1b[2J\r\nforged line"}
    messages(host, port, draw, lambda: msgspec.msgpack.encode(hello), 3)


def bent_message(host: str, port: int, draw: random.Random) -> None:
    """Send a message of a known kind whose fields have wrong types."""

    def make() -> bytes:
        values: list[object] = [None, -1, 2**64 - 1, "x" * 500, [[[]]], {1: 2}, 1e308, b"\0" * 900]
        fields = {number: draw.choice(values) for number in range(1, draw.randint(2, 9))}
        packed: bytes = msgspec.msgpack.encode({0: draw.randint(0, 12), **fields})
        return packed

    messages(host, port, draw, make, 50)


ATTACKS = (noise, half_a_greeting, huge_length, silent, garbage, flood, wrong_hello, bent_message)


def client(number: int, host: str, port: int) -> None:
    """Attack in turn in every way, until the process is killed."""
    draw = random.Random(number)
    for turn in itertools.count(number):
        # Refused, cut and timed out is what should happen to it.
        with contextlib.suppress(OSError, zmq.ZMQError):
            ATTACKS[turn % len(ATTACKS)](host, port, draw)
        time.sleep(PAUSE_S)


def main() -> None:
    """Run until the process is killed: python -m tests.chaos.hostile HOST PORT CLIENTS."""
    host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    for number in range(count):
        threading.Thread(target=client, args=(number, host, port), daemon=True).start()
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)


if __name__ == "__main__":
    main()

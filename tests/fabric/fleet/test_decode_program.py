"""The decode process's own part, in this process."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from narrowcast import codec
from narrowcast.fabric.fleet import decode_program
from narrowcast.fabric.fleet.decode_messages import LENGTH, CameraWork, DecodeBatch, pack_batch, unpack_answer
from narrowcast.fabric.fleet.decode_program import DecodeServer
from tests.codec.picture_samples import camera_like


def jpeg_work(slot: int) -> CameraWork:
    payload = codec.create_encoder("jpeg", width=96, height=64).encode(camera_like(96, 64, seed=1)).payload
    return CameraWork(slot=slot, codec="jpeg", width=96, height=64, payloads=(payload,))


def test_cameras_are_answered_in_order_and_forgotten() -> None:
    server = DecodeServer()
    answer = server.answer(DecodeBatch(works=(jpeg_work(2), jpeg_work(1))), 0)
    assert [each.slot for each in answer.done] == [2, 1] and all(each.jpeg for each in answer.done)
    assert server.answer(DecodeBatch(works=(), forget=(1, 2, 9)), 1).done == ()


def test_batches_are_served_until_the_worker_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    # Its rights are those of the tests, and its timer is for the main thread alone.
    monkeypatch.setattr(decode_program, "confine", lambda width, height: None)
    monkeypatch.setattr("signal.setitimer", lambda which, seconds: None)
    own, theirs = socket.socketpair()

    def run() -> None:
        with suppress(EOFError):
            decode_program.serve(theirs)

    thread = threading.Thread(target=run)
    thread.start()
    with own:
        assert own.recv(1) == decode_program.READY
        batch = DecodeBatch(works=(jpeg_work(5),))
        own.sendall(pack_batch(batch))
        stream = own.makefile("rb")
        (length,) = LENGTH.unpack(stream.read(4))
        assert unpack_answer(stream.read(length), batch).done[0].jpeg
        stream.close()
    thread.join()
    theirs.close()

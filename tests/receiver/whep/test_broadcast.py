"""A player's queue of packets: bounded, and whole from keyframe to keyframe."""

from __future__ import annotations

import asyncio
from functools import partial

import av
import pytest

from narrowcast.receiver.web.shown import shown_pictures
from narrowcast.receiver.web.view import WebView
from narrowcast.receiver.whep.broadcast import MAX_WAITING, Broadcast, PacketQueue
from narrowcast.receiver.whep.encoder import WebRtcEncoder
from tests.codec.picture_samples import camera_like

PICTURE = camera_like(64, 64, seed=1)


def packets(count: int, keyframes: tuple[int, ...] = (0,)) -> list[av.Packet[av.VideoStream]]:
    encoder = WebRtcEncoder("VP8")
    return [encoder.code(PICTURE, 40_000 * at, keyframe=at in keyframes)[0] for at in range(count)]


def test_a_queue_begins_with_a_keyframe_and_keeps_the_order() -> None:
    key, *others = packets(3)
    queue = PacketQueue()
    queue.put(others[0])
    assert queue.needs_keyframe
    for packet in (key, *others):
        queue.put(packet)

    async def take() -> list[object]:
        return [await queue.get() for _ in range(3)]

    assert not queue.needs_keyframe and asyncio.run(take()) == [key, *others]


def test_a_player_that_takes_nothing_waits_for_the_next_keyframe() -> None:
    coded = packets(MAX_WAITING + 3, keyframes=(0, MAX_WAITING + 2))
    queue = PacketQueue()
    for packet in coded[: MAX_WAITING + 2]:
        queue.put(packet)
    assert queue.needs_keyframe
    queue.put(coded[-1])
    assert not queue.needs_keyframe and asyncio.run(queue.get()) is coded[-1]


def test_a_player_that_lost_something_gets_a_keyframe_and_so_does_one_that_comes() -> None:
    async def watch() -> list[bool]:
        view = WebView(name="camera")
        view.stale(None)
        broadcast = Broadcast(partial(shown_pictures, view), "VP8")
        queue, keys = broadcast.join(), []
        for number in range(3):
            view.show(PICTURE, 1.0, 0.5)
            packet = await queue.get()
            keys.append(bool(packet.is_keyframe))
            if number == 1:
                await asyncio.sleep(0)
        broadcast.request_keyframe()
        while not keys[-1]:  # at most one in half a second
            view.show(PICTURE, 1.0, 0.5)
            keys.append(bool((await queue.get()).is_keyframe))
        other = broadcast.join()
        while not other._packets:
            view.show(PICTURE, 1.0, 0.5)
            await queue.get()
        assert (await other.get()).is_keyframe
        broadcast.leave(queue)
        broadcast.leave(queue)
        assert broadcast.players == 1 and view.hub.browsers == 1
        broadcast.leave(other)
        while view.hub.browsers:
            await asyncio.sleep(0.001)
        view.close()
        return keys

    keys = asyncio.run(watch())
    assert keys[:3] == [True, False, False] and keys[-1]


def test_an_encoder_that_fails_is_told_of_and_tried_again_for_the_next_player(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> list[object]:
        raise ValueError("too large")

    async def watch() -> bool:
        view = WebView(name="camera")
        view.stale(None)
        broadcast = Broadcast(partial(shown_pictures, view), "VP8")
        with monkeypatch.context() as patched:
            patched.setattr(WebRtcEncoder, "code", fail)
            first = broadcast.join()
            view.show(PICTURE, 1.0, 0.5)
            while not caplog.messages:
                await asyncio.sleep(0.001)
        second = broadcast.join()
        view.show(PICTURE, 1.0, 0.5)
        packet = await second.get()
        broadcast.leave(first)
        broadcast.leave(second)
        view.close()
        return bool(packet.is_keyframe)

    assert asyncio.run(watch())
    assert caplog.messages == ["players get no more pictures as VP8: too large"]

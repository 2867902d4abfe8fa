"""Tiles are made of the newest picture of a chain; what is damaged is told and costs that chain alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from narrowcast import codec
from narrowcast.fabric.fleet.decode_messages import CameraWork
from narrowcast.fabric.fleet.tile_maker import TileMaker
from narrowcast.receiver.events.event import EventKind
from tests.codec.picture_samples import camera_like

S = 1_000_000


def work(payloads: list[bytes], name: str = "hybrid") -> CameraWork:
    return CameraWork(slot=3, codec=name, width=320, height=180, payloads=tuple(payloads))


def payloads(name: str, count: int) -> list[bytes]:
    encoder = codec.create_encoder(name, width=320, height=180, threads=1)
    return [encoder.encode(camera_like(320, 180, seed=seed), quality=0.8).payload for seed in range(count)]


@pytest.mark.parametrize("name", ["hybrid", "jpeg"])
def test_the_tile_is_the_newest_picture(name: str) -> None:
    maker, coded = TileMaker(), payloads(name, 4)
    first = maker.make(work(coded[:3], name), 0)
    second = maker.make(work(coded[3:], name), S)
    assert (first.decoded, second.decoded, first.slot) == (3, 1, 3)
    bgr = cv2.imdecode(np.frombuffer(second.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None
    tile = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    expected = cv2.resize(camera_like(320, 180, seed=3), (160, 90), interpolation=cv2.INTER_AREA)
    assert tile.shape == (90, 160, 3) and np.abs(tile.astype(int) - expected).mean() < 12


def test_damage_is_told_and_the_next_keyframe_begins_anew() -> None:
    maker, coded = TileMaker(), payloads("hybrid", 3)
    refused = maker.make(work([coded[0], coded[2]]), 0)
    assert refused.jpeg == b"" and "a keyframe is needed" in refused.refusal and refused.decoded == 1
    assert maker.make(work(coded), S).refusal == ""
    garbage = maker.make(work([b"\x00" * 40]), 2 * S)
    assert garbage.refusal and "\n" not in garbage.refusal


def test_a_frame_without_a_base_layer_is_refused() -> None:
    assert "has no base layer" in TileMaker().make(work([b"\x30abc"], "auto"), 0).refusal


def test_a_black_picture_is_seen() -> None:
    maker = TileMaker()
    encoder = codec.create_encoder("jpeg", width=320, height=180)
    dark = encoder.encode(np.zeros((180, 320, 3), np.uint8)).payload
    events = [event for second in range(4) for event in maker.make(work([dark], "jpeg"), second * S).events]
    assert [event.kind for event in events] == [EventKind.BLACK]

"""What wall and browser write to each other."""

from __future__ import annotations

import json
import math

import pytest

from narrowcast.fabric.wall.tile_store import WallCamera
from narrowcast.fabric.wall.wall_messages import (
    BATCH,
    TILE,
    DrawnBatch,
    Visible,
    WallMessageError,
    list_text,
    note_text,
    pack_tiles,
    parse_wall_message,
    states_text,
)
from tests.fabric.wall.wall_samples import US, tile


def camera(number: int = 3, **fields: object) -> WallCamera:
    made = WallCamera(number=number, name="front")
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_what_our_page_sends_is_read() -> None:
    assert parse_wall_message('{"visible": [0, 5]}') == Visible(numbers=frozenset({0, 5}))
    assert parse_wall_message('{"drawn": 7}') == DrawnBatch(number=7)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"visible": 1}', '{"visible": [true]}', '{"visible": [-1]}', '{"drawn": 1.5}'),
        *("[" * 9999, '{"drawn": 1, "visible": []}', '{"visible": ' + str(list(range(5000))) + "}"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(WallMessageError):
        parse_wall_message(text)


def test_a_batch_holds_numbers_ages_and_pictures() -> None:
    shown, unknown = camera(3, tile=tile(time_us=2 * US)), camera(4, tile=tile(time_us=0))
    data = pack_tiles(9, [shown, camera(5), unknown], 5 * US)
    assert BATCH.unpack_from(data)[0] == 9
    number, age_s, length = TILE.unpack_from(data, BATCH.size)
    assert (number, age_s, length) == (3, 3.0, len(tile().jpeg))
    number, age_s, _ = TILE.unpack_from(data, BATCH.size + TILE.size + length)
    assert number == 4 and math.isnan(age_s)


def test_states_tell_for_how_long() -> None:
    told = camera(3, tile=tile(alerts=("offline",)), quiet=False)
    state = json.loads(states_text([told], 11 * US))["states"][0]
    assert state["alerts"] == [{"kind": "offline", "seconds": 10.0, "detail": ""}] and not state["quiet"]
    told.quiet = True
    assert json.loads(states_text([told], 11 * US))["states"][0]["alerts"] == [], "nobody knows any more"
    assert json.loads(list_text([told]))["cameras"] == [{"number": 3, "name": "front"}]
    assert json.loads(note_text("away")) == {"kind": "note", "text": "away"}

"""The store of tiles: what is new since when, and which cameras nobody tells anything of."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from narrowcast.fabric.wall.tile_store import QUIET_US, TileStore
from tests.fabric.wall.wall_samples import tile


def store(*names: str) -> TileStore:
    made = TileStore()
    made.known(names or ("front", "yard"))
    return made


def test_what_is_new_is_told_once() -> None:
    kept = store()
    version = kept.version
    kept.take("front", tile(), 0)
    kept.take("elsewhere", tile(), 0)  # not known: left out
    numbers = {camera.number for camera in kept.cameras.values()}
    assert [each.name for each in kept.pictures_since(version, numbers)] == ["front"]
    assert [each.name for each in kept.states_since(version)] == ["front"], "it is not quiet any more"
    version = kept.version
    kept.take("front", tile(), 1)  # the same again
    assert kept.pictures_since(version, numbers) == [] == kept.states_since(version)
    kept.take("front", tile(2, time_us=5, alerts=("black",)), 2)
    assert len(kept.pictures_since(version, numbers)) == len(kept.states_since(version)) == 1
    assert kept.pictures_since(version, {99}) == [], "nobody looks at it"


def test_an_alert_whose_beginning_is_counted_anew_is_no_change() -> None:
    kept = store()
    first = tile(alerts=("offline",))
    kept.take("front", first, 0)
    version = kept.version
    kept.take("front", replace(first, alerts=(replace(first.alerts[0], since_us=7),)), 1)
    assert kept.states_since(version) == []


def test_a_camera_whose_worker_died_is_quiet_until_another_has_it() -> None:
    kept = store("front")
    kept.take("front", tile(), 0)
    version = kept.version
    kept.look(QUIET_US)
    assert kept.states_since(version) == []
    kept.look(QUIET_US + 1)
    assert [each.quiet for each in kept.states_since(version)] == [True]
    kept.take("front", tile(), QUIET_US + 2)
    assert not kept.cameras["front"].quiet


def test_cameras_come_and_go_and_keep_their_numbers() -> None:
    kept = store("front", "yard")
    kept.take("yard", tile(), 0)
    number, version = kept.cameras["yard"].number, kept.list_version
    kept.known(["yard", "gate"])
    assert kept.cameras["yard"].number == number and kept.cameras["yard"].tile is not None
    assert kept.cameras["gate"].number not in (0, 1) and kept.list_version == version + 1
    kept.known(["yard", "gate"])
    assert kept.list_version == version + 1


def test_who_waits_is_woken() -> None:
    async def run() -> None:
        kept, changed = store(), asyncio.Event()
        kept.subscribe(changed)
        changed.clear()
        kept.say("the server is away")
        assert changed.is_set() and kept.browsers == 1
        kept.unsubscribe(changed)
        changed.clear()
        kept.say("")
        assert not changed.is_set() and kept.browsers == 0

    asyncio.run(run())

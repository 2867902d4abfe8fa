"""The wall on a real server, and a client of its socket."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from narrowcast.fabric.wall.__main__ import main
from narrowcast.fabric.wall.wall_messages import BATCH, TILE
from tests.fabric.fabric_servers import TestServer, running_server
from tests.fabric.fleet.fleets import record_camera
from tests.fabric.relay.test_relay import told
from tests.fabric.wall.wall_samples import run_wall, tell, tile
from tests.pipelines import wait_until


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TestServer]:
    """A server of the test's own."""
    with running_server(tmp_path / "s") as running:
        yield running


def socket_of(url: str) -> ClientConnection:
    return connect(url.replace("http://", "ws://") + "tiles.socket", max_size=None)


def next_text(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next text of a kind."""
    deadline_s = time.monotonic() + 20
    while True:
        assert time.monotonic() < deadline_s, "waited in vain"
        data = socket.recv(20)
        if isinstance(data, str) and (message := json.loads(data))["kind"] == kind:
            return dict(message)


def next_tiles(socket: ClientConnection) -> tuple[int, list[int]]:
    """The next batch: its number, and the cameras in it."""
    deadline_s = time.monotonic() + 20
    while isinstance(data := socket.recv(20), str):
        assert time.monotonic() < deadline_s, "waited in vain"
    at, numbers = BATCH.size, []
    while at < len(data):
        number, _, length = TILE.unpack_from(data, at)
        numbers.append(number)
        at += TILE.size + length
    return BATCH.unpack_from(data)[0], numbers


def test_tiles_in_view_are_sent_and_no_others(server: TestServer) -> None:
    for name in ("front", "yard"):
        record_camera(server, name)
    telling = tell(server, {"front": tile(1), "yard": tile(2, alerts=("black",)), "yard.x": b"x"})
    with run_wall(server.url) as wall, socket_of(wall.address()) as socket:
        listed: list[dict[str, Any]] = []
        while [each["name"] for each in listed] != ["front", "yard"]:
            listed = next_text(socket, "cameras")["cameras"]
        telling()
        states: dict[int, Any] = {}
        while not any(state["alerts"] for state in states.values()):
            states |= {state["number"]: state for state in next_text(socket, "states")["states"]}
        yard = next(each["number"] for each in listed if each["name"] == "yard")
        assert states[yard]["alerts"][0]["kind"] == "black"
        socket.send(json.dumps({"visible": [yard]}))
        batch, numbers = next_tiles(socket)
        assert numbers == [yard], "the other one is out of view"
        tell(server, {"yard": tile(3, time_us=9)})()
        socket.send(json.dumps({"drawn": batch}))
        assert next_tiles(socket)[1] == [yard]
        socket.send('{"press": "everything"}')
        with pytest.raises(ConnectionClosed):
            next_text(socket, "nothing")
    assert wall.error is None


def test_what_is_no_tile_costs_a_line(server: TestServer) -> None:
    record_camera(server, "front")
    with run_wall(server.url, "front") as wall, socket_of(wall.address()) as socket:
        next_text(socket, "cameras")
        garbage = tell(server, {"front": b"garbage"})  # what comes before the wall listens, nobody keeps
        wait_until(lambda: told(wall, "front: a tile that cannot be read"), garbage)
        tell(server, {"front": tile()})()
        while next_text(socket, "states")["states"][0]["quiet"]:
            continue
    assert wall.error is None


def test_a_server_that_is_away_is_told_on_the_page(server: TestServer) -> None:
    with run_wall(server.url, "front") as wall, socket_of(wall.address()) as socket:
        next_text(socket, "cameras")
        server.kill()
        while "no server runs there" not in next_text(socket, "note")["text"]:
            continue
        server.start()
        while next_text(socket, "note")["text"]:
            continue
    assert told(wall, "(still trying)") and wall.error is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--web", "x"], "--web is 'x'; write it as HOST:PORT"),
        (["--camera", "a.b"], "'a.b' is no name of a camera"),
        (["--fabric", "http://x"], "--fabric is 'http://x'"),
        (["--fabric", "nats://10.0.0.9:4222"], "has no fingerprint"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status: object = main(arguments)
    except SystemExit as end:
        status = end.code
    said = capsys.readouterr().err
    assert status == 2 and words in said and said.count("\n") == 1

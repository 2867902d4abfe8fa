"""The wall in a real browser: a worker's tiles, alerts, search, and a camera in full behind a click."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from narrowcast.fabric.connection import FabricConnection
from narrowcast.fabric.names import state_subject
from narrowcast.fabric.state import CameraState, pack_state
from narrowcast.fabric.wall import tile_store
from tests.browser import NEEDS_CHROMIUM, Browser, chromium
from tests.fabric.fabric_samples import STREAM
from tests.fabric.fabric_servers import TestServer, running_server
from tests.fabric.fleet.fleets import record_camera, run_worker
from tests.fabric.wall.wall_samples import run_wall
from tests.pipelines import RunningPipeline

pytestmark = NEEDS_CHROMIUM

STATE = "document.querySelector('#state')?.textContent"
PICTURES = "[...document.querySelectorAll('.camera canvas')].map((c) => Number(c.dataset.pictures ?? 0))"
NAMES = "[...document.querySelectorAll('.camera .name')].map((e) => e.textContent).join()"
SAID = "document.querySelector('.camera[href=\"yard/\"] .said').textContent"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One for all tests: a browser takes a second to start."""
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TestServer]:
    """Three cameras; yard's sender is away."""
    with running_server(tmp_path / "s") as running:
        for name in ("front", "gate-10", "yard"):
            record_camera(running, name)

        async def away(connection: FabricConnection) -> None:
            state = CameraState(stream=STREAM, linked=False, reason="the sender does not answer")
            await connection.client.jetstream().publish(state_subject("yard"), pack_state(state))

        running.ask(away)
        yield running


@contextmanager
def wall_on(browser: Browser, server: TestServer) -> Iterator[RunningPipeline]:
    """A worker, a wall, and the browser on it with every tile drawn; without a complaint."""
    browser.complaints.clear()
    with run_worker(server.url) as worker, run_wall(server.url) as wall:
        browser.open(wall.address())
        browser.wait_for(f"{PICTURES}.length === 3 && Math.min(...{PICTURES}) > 0")
        yield worker
        browser.open("about:blank")
    assert browser.complaints == [] and wall.error is None


def test_tiles_alerts_search_and_order(browser: Browser, server: TestServer) -> None:
    with wall_on(browser, server):
        browser.wait_for(f"/^offline [0-9:]+$/.test({SAID})")
        title = browser.run("document.querySelector('.camera[href=\"yard/\"]').title")
        assert title.startswith("yard: offline since") and title.endswith("the sender does not answer")
        assert browser.run(NAMES) == "front,gate-10,yard"
        browser.wait_for(f"{STATE}.endsWith('of 3 live, 1 with alerts')")
        browser.run("dispatchEvent(new KeyboardEvent('keydown', {key: 'a'}))")
        assert browser.run(NAMES) == "yard,front,gate-10"
        browser.run(
            "(() => { const s = document.querySelector('#search'); s.value = 'TE 1'; s.oninput(); })()"
        )
        assert browser.run(NAMES) == "gate-10"
        browser.run("(() => { const s = document.querySelector('#search'); s.value = ''; s.oninput(); })()")
        for key in ("ArrowRight", "ArrowRight"):
            browser.run(f"dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}'}}))")
        assert browser.run("document.activeElement.getAttribute('href')") == "front/"


def test_a_click_opens_the_camera_and_leads_back(browser: Browser, server: TestServer) -> None:
    with wall_on(browser, server):
        browser.run("document.querySelector('.camera[href=\"front/\"]').click()")
        browser.wait_for("Number(document.querySelector('#picture')?.dataset.number ?? 0) > 0")
        assert browser.run("location.pathname") == "/front/"
        browser.wait_for("!document.querySelector('#back').hidden")
        browser.run("document.querySelector('#back').click()")
        browser.wait_for(f"location.pathname === '/' && {PICTURES}.length === 3")


def test_a_phone_shows_two_columns_and_no_sideways_scrolling(browser: Browser, server: TestServer) -> None:
    browser.look(width=390, height=844, dark=True, phone=True)
    with wall_on(browser, server):
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        lefts = browser.run(
            "new Set([...document.querySelectorAll('.camera')].map((e) => e.offsetLeft)).size"
        )
        assert lefts == 2
    browser.look(width=1280, height=800, dark=False)


def test_a_worker_that_died_is_said_on_its_tiles(
    browser: Browser, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_store, "QUIET_US", 1_500_000)
    with wall_on(browser, server) as worker:
        worker.stop()
        browser.wait_for(
            "[...document.querySelectorAll('.said')].every((e) => e.textContent === 'no worker')"
        )

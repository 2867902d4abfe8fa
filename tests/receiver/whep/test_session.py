"""Players of WHEP against the page's server: pictures, codecs, the end."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

pytest.importorskip("aiortc", reason="the extra whep is not installed")

from narrowcast.codec import Rgb
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.web.server import Site
from narrowcast.receiver.whep import session
from narrowcast.receiver.whep.broadcast import Broadcast
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until
from tests.receiver.whep.players import Player, ask, moving, offer_of, site_of, whep_url

PICTURE = camera_like(160, 96, seed=1)


def broadcasts(site: Site) -> list[Broadcast]:
    (players,) = site._players
    return list(players._broadcasts.values())


def difference(one: Rgb, other: Rgb) -> float:
    return float(np.abs(one.astype(int) - other).mean())


@pytest.mark.parametrize("codec", ["H264", "VP8"])
def test_a_player_sees_the_stream_in_its_codec(codec: str) -> None:
    async def play(url: str) -> list[Rgb]:
        async with Player(url, codec) as player:
            assert f" {codec}/90000" in player.answer
            frames = await player.frames(25)
            assert await player.end() == 200
            return frames

    with site_of() as site, moving(site.views[0], [PICTURE]):
        frames = asyncio.run(play(whep_url(site)))
        wait_until(lambda: site.views[0].hub.browsers == 0)
    assert [frame.shape for frame in frames] == [PICTURE.shape] * 25
    assert difference(frames[-1], PICTURE) < 6


def test_several_players_are_coded_for_once_and_nobody_costs_nothing() -> None:
    async def play(site: Site) -> None:
        url = whep_url(site)
        async with Player(url) as one:
            await one.frames(3)
            async with Player(url) as other:
                assert [frame.shape for frame in await other.frames(3)] == [PICTURE.shape] * 3
                await one.frames(3)
                (broadcast,) = broadcasts(site)
                assert broadcast.players == 2
                assert site.views[0].hub.browsers == 1
                assert await other.end() == 200
            await one.frames(3)
            assert await one.end() == 200

    with site_of() as site, moving(site.views[0], [PICTURE]):
        asyncio.run(play(site))
        wait_until(lambda: site.views[0].hub.browsers == 0)
        (broadcast,) = broadcasts(site)
        assert broadcast.players == 0 and broadcast._task is None


def test_another_size_and_a_link_that_is_down_are_shown() -> None:
    async def play(site: Site) -> None:
        view = site.views[0]
        async with Player(whep_url(site)) as player:
            with moving(view, [PICTURE]):
                await player.frames(3)
            large = camera_like(192, 128, seed=2)
            with moving(view, [large]):
                while (frame := (await player.frames(1))[0]).shape != large.shape:
                    pass
            view.stale(StaleNote(headline="link down 4 s", detail="the sender was stopped"))
            while np.ptp((frame := (await player.frames(1))[0]).astype(int), axis=2).max() < 100:
                pass  # until the red banner
            assert frame.shape == large.shape

    with site_of() as site:
        asyncio.run(play(site))


def test_a_player_that_goes_away_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(site: Site) -> None:
        async with Player(whep_url(site)) as player:
            await player.frames(2)

    with site_of() as site, moving(site.views[0], [PICTURE]):
        asyncio.run(play(site))  # its goodbye is DTLS's
        wait_until(lambda: not site._players[0]._sessions)
        wait_until(lambda: site.views[0].hub.browsers == 0)


def test_a_player_that_never_connects_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "CONNECT_S", 0.2)
    with site_of() as site:
        assert ask(whep_url(site), body=offer_of()).status == 201
        wait_until(lambda: not site._players[0]._sessions)


def test_the_end_of_the_receiver_ends_its_players() -> None:
    async def play(url: str, site: Site) -> None:
        async with Player(url) as player:
            await player.frames(2)
            await asyncio.to_thread(site.close)

    with site_of() as site, moving(site.views[0], [PICTURE]):
        asyncio.run(play(whep_url(site), site))
        assert not site._players[0]._sessions

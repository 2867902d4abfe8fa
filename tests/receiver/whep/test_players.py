"""The players of a stream, without a server in front of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import numpy as np
import pytest

pytest.importorskip("aiortc", reason="the extra whep is not installed")

from narrowcast.receiver.drawn_picture import DrawnPicture
from narrowcast.receiver.whep import players
from narrowcast.receiver.whep.offer import OfferError
from narrowcast.receiver.whep.players import WhepPlayers
from tests.receiver.whep.players import offer_of


async def grey() -> AsyncGenerator[DrawnPicture, None]:
    yield DrawnPicture(key=0, draw=lambda: np.full((64, 64, 3), 128, np.uint8))


def test_sessions_have_names_and_are_no_more_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players, "MAX_PLAYERS", 2)
    offer = offer_of().decode()

    async def watch() -> None:
        stream = WhepPlayers(grey)
        (one, answer), (other, _) = await asyncio.gather(stream.begin(offer), stream.begin(offer))
        assert answer.startswith("v=0") and one != other and stream.full
        assert await stream.end(one) and not await stream.end(one) and not stream.full
        with pytest.raises(OfferError):
            await stream.begin("v=0")
        assert not stream.full, "one that was refused takes no place"
        await stream.close()
        assert not await stream.end(other)

    asyncio.run(watch())

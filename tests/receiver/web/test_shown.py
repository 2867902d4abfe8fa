"""What programs are shown of a stream, picture by picture."""

from __future__ import annotations

import asyncio
import contextlib

import numpy as np

from narrowcast.receiver.drawn_picture import DrawnPicture
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.web.shown import shown_pictures
from narrowcast.receiver.web.view import WebView

GREY = np.full((64, 64, 3), 128, np.uint8)
DOWN = StaleNote(headline="link down 4 s", detail="the sender was stopped")


def test_the_newest_picture_comes_once_and_then_what_is_wrong() -> None:
    async def watch(view: WebView) -> list[DrawnPicture]:
        async with contextlib.aclosing(shown_pictures(view)) as shown:
            view.stale(None)
            view.show(GREY, 1.0, 0.5)
            view.show(GREY, 1.0, 0.5)
            found = [await anext(shown)]
            view.show(GREY, 1.0, 0.5, marked=True)
            found.append(await anext(shown))
            view.stale(DOWN)
            found.append(await anext(shown))
            assert view.hub.browsers == 1
        assert view.hub.browsers == 0
        view.close()
        async with contextlib.aclosing(shown_pictures(view)) as shown:
            assert [each async for each in shown] == []
        return found

    plain, marked, noted = asyncio.run(watch(WebView(name="camera")))
    assert (plain.key, marked.key, noted.key) == (2, 3, (3, DOWN))
    assert (plain.draw() == GREY).all() and (marked.draw() != GREY).any()
    assert np.ptp(noted.draw().astype(int), axis=2).max() > 100, "the banner is red"


def test_before_the_first_picture_there_is_one_that_says_so() -> None:
    async def first(view: WebView) -> DrawnPicture:
        async with contextlib.aclosing(shown_pictures(view)) as shown:
            return await anext(shown)

    view = WebView(name="camera")
    shown = asyncio.run(first(view))
    assert shown.draw().ndim == 3
    view.close()

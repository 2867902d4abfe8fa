"""What programs are shown of a stream: the newest picture, and while it is not live why that is so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from narrowcast.receiver.drawn_picture import DrawnPicture
from narrowcast.receiver.link_state import StaleNote
from narrowcast.receiver.web.hub import HubPicture
from narrowcast.receiver.web.view import WebView
from narrowcast.receiver.window.overlay import Picture, waiting_picture, with_banner, with_mark
from narrowcast.runtime.clock import now_us

NOTE_INTERVAL_US = 1_000_000
"Between two pictures that say that the stream is not live: programs give up where nothing comes."


def live_picture(picture: HubPicture) -> DrawnPicture:
    """The picture, marked where a generator painted it."""
    return DrawnPicture(
        key=picture.number, draw=lambda: with_mark(picture.rgb) if picture.marked else picture.rgb
    )


def noted_picture(picture: HubPicture | None, note: StaleNote) -> DrawnPicture:
    """The last picture without its colours, and across it why it is not live."""

    def draw() -> Picture:
        if picture is None:
            return waiting_picture(note.headline)
        return with_banner(picture.rgb, note.headline, note.detail)

    return DrawnPicture(key=(picture.number if picture is not None else None, note), draw=draw)


async def shown_pictures(view: WebView) -> AsyncGenerator[DrawnPicture, None]:
    """The newest picture whenever the one before has been taken, and what is wrong once a second."""
    changed, sent, noted_us = asyncio.Event(), 0, 0
    view.hub.subscribe(changed, tile=True)
    try:
        while not view.hub.closed:
            picture, note = view.hub.picture, view.note
            if note is not None and now_us() - noted_us >= NOTE_INTERVAL_US:
                noted_us = now_us()
                yield noted_picture(picture, note)
            elif note is None and picture is not None and picture.number != sent:
                sent = picture.number
                yield live_picture(picture)
            try:
                await asyncio.wait_for(changed.wait(), NOTE_INTERVAL_US / 1e6)
            except asyncio.TimeoutError:  # its name in Python 3.10
                continue
            changed.clear()
    finally:
        view.hub.unsubscribe(changed)

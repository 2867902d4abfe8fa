"""Tests of receiver/web/board.py."""

from __future__ import annotations

import asyncio
import json

from receiver.web.board import HISTORY_SECONDS, Board
from receiver.web.browser_messages import Press
from tests.codec.picture_samples import flat


def kinds(texts: tuple[str, ...]) -> list[str]:
    return [json.loads(text)["kind"] for text in texts]


def test_a_new_browser_gets_the_newest_of_each_kind_and_the_last_seconds() -> None:
    board = Board()
    board.put("stream", {"codec": "jpeg"})
    for number in range(HISTORY_SECONDS + 30):
        board.put("second", {"number": number})
    board.put("stream", {"codec": "gan"})
    news = board.news(0)
    seconds = [json.loads(text)["number"] for text in news.texts if "second" in text]
    assert seconds == list(range(30, HISTORY_SECONDS + 30))
    assert json.loads(news.texts[-1]) == {"kind": "stream", "codec": "gan"}
    assert board.news(news.version).texts == ()


def test_a_notice_is_for_those_who_are_there() -> None:
    board = Board()
    board.put("stream", {})
    here = board.news(0).version
    board.put("notice", {"text": "saved"})
    assert kinds(board.news(here).texts) == ["notice"]
    assert kinds(board.news(0).texts) == ["stream"]


def test_only_the_newest_picture_is_kept() -> None:
    board = Board()
    assert board.picture is None
    for age_ms in (1.0, 2.0, None):
        board.put_picture(flat(64, 64), age_ms)
    assert board.picture is not None
    assert board.picture.number == 3 and board.picture.age_ms is None


def test_a_button_held_down_is_pressed_once() -> None:
    board = Board()
    for _ in range(50):
        board.press(Press.SNAPSHOT)
    assert board.take_presses() == [Press.SNAPSHOT]
    assert board.take_presses() == []


def test_readers_are_woken_from_another_thread_until_they_leave() -> None:
    board = Board()

    async def watch() -> list[bool]:
        news = asyncio.Event()
        board.join(news)
        news.clear()
        woken: list[bool] = []
        await asyncio.to_thread(board.put, "link", {"live": False})
        woken.append(await asyncio.wait_for(news.wait(), 5))
        news.clear()
        board.leave(news)
        await asyncio.to_thread(board.close)
        await asyncio.sleep(0)
        woken.append(news.is_set())
        return woken

    assert asyncio.run(watch()) == [True, False]
    assert board.browsers == 0 and board.closed

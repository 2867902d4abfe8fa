"""Tests of receiver/web/hub.py."""

from __future__ import annotations

import asyncio
import json

from narrowcast.receiver.stream_choice import StreamChoice
from narrowcast.receiver.web.browser_messages import Button
from narrowcast.receiver.web.hub import HISTORY_SECONDS, StreamHub
from tests.codec.picture_samples import flat


def kinds(texts: tuple[str, ...]) -> list[str]:
    return [json.loads(text)["kind"] for text in texts]


def test_a_new_browser_gets_the_newest_of_each_kind_and_the_last_seconds() -> None:
    hub = StreamHub()
    hub.publish("stream", {"codec": "jpeg"})
    for number in range(HISTORY_SECONDS + 30):
        hub.publish("second", {"number": number})
    hub.publish("stream", {"codec": "gan"})
    updates = hub.updates(0)
    seconds = [json.loads(text)["number"] for text in updates.texts if "second" in text]
    assert seconds == list(range(30, HISTORY_SECONDS + 30))
    assert json.loads(updates.texts[-1]) == {"kind": "stream", "codec": "gan"}
    assert hub.updates(updates.version).texts == ()


def test_a_notice_is_for_the_browsers_that_are_connected() -> None:
    hub = StreamHub()
    hub.publish("stream", {})
    here = hub.updates(0).version
    hub.publish("notice", {"text": "saved"})
    assert kinds(hub.updates(here).texts) == ["notice"]
    assert kinds(hub.updates(0).texts) == ["stream"]


def test_only_the_newest_picture_is_kept() -> None:
    hub = StreamHub()
    assert hub.picture is None
    for age_ms in (1.0, 2.0, None):
        hub.publish_picture(flat(64, 64), age_ms)
    assert hub.picture is not None
    assert hub.picture.number == 3 and hub.picture.age_ms is None


def test_a_button_held_down_is_pressed_once() -> None:
    hub = StreamHub()
    for _ in range(50):
        hub.press(Button.SNAPSHOT)
    assert hub.take_pressed() == [Button.SNAPSHOT]
    assert hub.take_pressed() == []


def test_subscribers_are_woken_from_another_thread_until_they_leave() -> None:
    hub = StreamHub()

    async def watch() -> list[bool]:
        changed = asyncio.Event()
        hub.subscribe(changed)
        changed.clear()
        woken: list[bool] = []
        await asyncio.to_thread(hub.publish, "link", {"live": False})
        woken.append(await asyncio.wait_for(changed.wait(), 5))
        changed.clear()
        hub.unsubscribe(changed)
        await asyncio.to_thread(hub.close)
        await asyncio.sleep(0)
        woken.append(changed.is_set())
        return woken

    assert asyncio.run(watch()) == [True, False]
    assert hub.browsers == 0 and hub.closed


def test_what_was_chosen_is_taken_once_in_order_and_of_too_much_the_newest() -> None:
    hub = StreamHub()
    for kbps in range(40):
        hub.wish(StreamChoice(max_kbps=kbps))
    wishes = hub.take_wishes()
    assert [wish.max_kbps for wish in wishes] == list(range(24, 40)) and hub.take_wishes() == []

"""Tests of receiver/web/browser_messages.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowcast.receiver.stream_choice import StreamChoice
from narrowcast.receiver.web.browser_messages import BrowserMessageError, Button, Drawn, parse_browser_message


def test_what_the_page_says_is_understood() -> None:
    assert parse_browser_message('{"drawn": 12}') == Drawn(number=12)
    assert parse_browser_message('{"press": "record"}') is Button.RECORD
    assert parse_browser_message('{"restore": "never"}') == StreamChoice(restore="never")
    assert parse_browser_message('{"max_kbps": 64}') == StreamChoice(max_kbps=64)
    assert parse_browser_message('{"max_fps": 0.5}') == StreamChoice(max_fps=0.5)
    assert parse_browser_message('{"max_fps": 0}') == StreamChoice(max_fps=0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "12",
        '{"drawn": -1}',
        '{"drawn": true}',
        '{"drawn": 1e3}',
        '{"drawn": 99999999999999999}',
    ]
    + ['{"press": "explode"}', '{"press": ["record"]}', '{"press": null}', '{"drawn": 1, "press": "record"}']
    + [
        '{"restore": "perhaps"}',
        '{"restore": 1}',
        '{"max_kbps": -1}',
        '{"max_kbps": 0.5}',
        '{"max_kbps": NaN}',
    ]
    + ['{"max_fps": 1e9}', '{"max_fps": true}', '{"max_kbps": "64"}', '{"max_kbps": 1e999}']
    + ["[" * 250],
)
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(BrowserMessageError, match="needed"):
        parse_browser_message(text)


@given(st.text(max_size=80))
def test_any_text_is_understood_or_refused(text: str) -> None:
    try:
        parse_browser_message(text)
    except BrowserMessageError:
        return
    assert text.strip().startswith("{")

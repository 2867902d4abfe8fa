"""What a browser may send: that it has drawn a picture, and which button was pressed."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import TypeAlias

from narrowcast.errors import ProtocolError

MAX_MESSAGE_BYTES = 256
"Ours have under 40; the server ends a connection that announces more."

_MAX_NUMBER = 2**53


class BrowserMessageError(ProtocolError):
    """A message that our page does not send."""


class Button(enum.Enum):
    """A button of the page."""

    SNAPSHOT = "snapshot"
    "save the picture, and fetch the exact one"
    RECORD = "record"
    "begin to record, or end it"


_BUTTON_NAMES = tuple(button.value for button in Button)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The browser has drawn a picture and is free for the next one."""

    number: int
    "of the picture"


BrowserMessage: TypeAlias = Drawn | Button


def parse_browser_message(text: str) -> BrowserMessage:
    """Read {"drawn": 12} or {"press": "record"}."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrowserMessageError("needed JSON") from error
    if not isinstance(message, dict) or len(message) != 1:
        raise BrowserMessageError("needed an object with one field")
    name, value = next(iter(message.items()))
    if name == "drawn" and type(value) is int and 0 <= value <= _MAX_NUMBER:
        return Drawn(number=value)
    if name == "press" and isinstance(value, str) and value in _BUTTON_NAMES:
        return Button(value)
    raise BrowserMessageError('needed "drawn" with a number or "press" with a button')

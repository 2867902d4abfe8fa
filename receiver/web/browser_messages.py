"""What a browser may send: that it has drawn a picture, which button was pressed, and what was chosen."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import TypeAlias, get_args

from narrowcast.codec.names import Restore
from narrowcast.errors import ProtocolError
from narrowcast.receiver.stream_choice import StreamChoice

MAX_MESSAGE_BYTES = 256
"Ours have under 40; the server ends a connection that announces more."

_MAX_NUMBER = 2**53

MAX_CHOSEN_KBPS, MAX_CHOSEN_FPS = 1e6, 240
_MIN_CHOSEN_FPS = 0.1
"Limits that may be chosen, as those of the settings; 0 is none."


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


BrowserMessage: TypeAlias = Drawn | Button | StreamChoice


def parse_browser_message(text: str) -> BrowserMessage:
    """Read {"drawn": 12}, {"press": "record"}, {"restore": "never"}, {"max_kbps": 64} or {"max_fps": 5}."""
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
    choice = _choice(name, value)
    if choice is None:
        raise BrowserMessageError('needed "drawn" with a number, "press" with a button, or a choice')
    return choice


def _choice(name: str, value: object) -> StreamChoice | None:
    """What was chosen, or None where no page of ours sends that."""
    if name == "restore":
        return next((StreamChoice(restore=each) for each in get_args(Restore) if each == value), None)
    if type(value) is not int and type(value) is not float:
        return None
    if name == "max_kbps" and (value == 0 or 1 <= value <= MAX_CHOSEN_KBPS):
        return StreamChoice(max_kbps=float(value))
    if name == "max_fps" and (value == 0 or _MIN_CHOSEN_FPS <= value <= MAX_CHOSEN_FPS):
        return StreamChoice(max_fps=float(value))
    return None

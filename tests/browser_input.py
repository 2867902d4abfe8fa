"""What a person does in a headless Chromium: keys, wheel, mouse and fingers, as real input events."""

from __future__ import annotations

from dataclasses import dataclass

from tests.browser import Browser

_CODES = {" ": 32, "Escape": 27, "Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39}


@dataclass(frozen=True, kw_only=True)
class Box:
    """Where an element lies in the window, in CSS pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Of the element."""
        return self.x + self.width / 2, self.y + self.height / 2


def box_of(browser: Browser, selector: str) -> Box:
    """Where the first element of a selector lies."""
    found = browser.run(
        f"(() => {{ const b = document.querySelector({selector!r}).getBoundingClientRect(); "
        "return [b.x, b.y, b.width, b.height]; })()"
    )
    return Box(x=found[0], y=found[1], width=found[2], height=found[3])


def press(browser: Browser, key: str) -> None:
    """Press and release a key; named as KeyboardEvent.key has it."""
    text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
    code = _CODES.get(key, ord(key.upper()[0]))
    browser.call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
    browser.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)


def hover(browser: Browser, x: float, y: float) -> None:
    """Move the mouse."""
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)


def wheel(browser: Browser, x: float, y: float, down: float) -> None:
    """Turn the wheel; negative is away from the hand, which zooms in."""
    browser.call("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=down)


def click(browser: Browser, x: float, y: float, *, times: int = 1) -> None:
    """Click, or double click."""
    for count in range(1, times + 1):
        for kind in ("mousePressed", "mouseReleased"):
            browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=count)


def drag(browser: Browser, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Move the mouse with its button held down."""
    at = {"button": "left", "buttons": 1, "clickCount": 1}
    browser.call("Input.dispatchMouseEvent", type="mousePressed", x=start[0], y=start[1], **at)
    browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=end[0], y=end[1], **at)
    browser.call("Input.dispatchMouseEvent", type="mouseReleased", x=end[0], y=end[1], **at)


def pinch(browser: Browser, x: float, y: float, before: float, after: float) -> None:
    """Put two fingers down so far apart from the middle, move them, and take them away."""

    def points(spread: float) -> list[dict[str, float]]:
        return [{"x": x - spread, "y": y, "id": 0}, {"x": x + spread, "y": y, "id": 1}]

    browser.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=points(before))
    for step in range(1, 5):
        spread = before + (after - before) * step / 4
        browser.call("Input.dispatchTouchEvent", type="touchMove", touchPoints=points(spread))
    browser.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

"""A headless Chromium, driven over its debugging socket: for the benchmark, and for tests."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from narrowcast.errors import BenchError

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
NOT_INSTALLED = "Chromium is not installed (Debian: apt-get install chromium)"

_DEADLINE_S = 60.0
"A browser that answers does so sooner."


class BrowserError(BenchError):
    """The browser does not do what it is told; the text says what."""


class BrowserTab:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self.complaints: list[str] = []
        "errors on the console, exceptions and failed requests"
        self._numbers = itertools.count(1)
        self._socket = socket
        target = self._ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self._ask("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command to the tab and return its answer."""
        return self._ask(method, parameters, self._session)

    def open(self, url: str) -> None:
        """Load a page."""
        self.call("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise BrowserError(f"a script failed in the page: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, script: str) -> Any:
        """Ask until the expression is true; returns it."""
        deadline = time.monotonic() + _DEADLINE_S
        while not (value := self.run(script)):
            if time.monotonic() >= deadline:
                raise BrowserError(f"waited in vain for {script}")
            time.sleep(0.05)
        return value

    def look(self, *, width: int, height: int, dark: bool, phone: bool = False, scale: float = 1.0) -> None:
        """Set the window's size and the system's colours."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=scale,
            mobile=phone,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self) -> bytes:
        """The whole page as PNG."""
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(answer["data"])

    def _ask(self, method: str, parameters: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        try:
            return self._answer(method, parameters, session)
        except ConnectionClosed as error:
            raise BrowserError("the browser has ended") from error
        except TimeoutError as error:
            raise BrowserError(f"the browser does not answer ({method})") from error

    def _answer(self, method: str, parameters: dict[str, Any], session: str | None) -> dict[str, Any]:
        number = next(self._numbers)
        command = {"id": number, "method": method, "params": parameters}
        self._socket.send(json.dumps(command | ({"sessionId": session} if session else {})))
        while True:
            message = json.loads(self._socket.recv(_DEADLINE_S))
            if message.get("id") == number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result
            self._note(message)

    def _note(self, event: dict[str, Any]) -> None:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(parameters["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
            self.complaints.append(json.dumps(parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.complaints.append(parameters["entry"]["text"])


@contextmanager
def chromium(profile: Path, *further_options: str) -> Iterator[BrowserTab]:
    """Run a browser of its own, with a folder for its files; BrowserError where there is none."""
    if CHROMIUM is None:
        raise BrowserError(NOT_INSTALLED)
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    options += ["--disable-background-networking", "--hide-scrollbars", *further_options]
    options += ["--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen([CHROMIUM, *options], stdout=quiet, stderr=quiet) as process:
        try:
            with connect(_debugger_url(process, profile), max_size=None) as socket:
                yield BrowserTab(socket)
        finally:
            process.kill()


def _debugger_url(process: subprocess.Popen[bytes], profile: Path) -> str:
    """The address of the debugging socket, which the browser writes into its folder."""
    file, deadline_s = profile / "DevToolsActivePort", time.monotonic() + _DEADLINE_S
    while process.poll() is None and time.monotonic() < deadline_s:
        lines = file.read_text().splitlines() if file.exists() else []
        if len(lines) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.05)
    raise BrowserError("Chromium ended before it listened")

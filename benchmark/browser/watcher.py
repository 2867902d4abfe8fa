"""A browser that watches a page, as a program: JSON lines of what the page says of itself each second."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from narrowcast.benchmark.browser.chromium import BrowserTab, chromium
from narrowcast.errors import NarrowcastError

# The page's own module holds its figures; a module is loaded once, so this is the same one.
_FIGURES = """
(async () => {
  const { figures } = await import(document.querySelector("script").src);
  const taken = { ...figures, painting: document.querySelector("#painting").textContent };
  figures.agesMs = [];
  return taken;
})()
"""
_SHOWN = "Number(document.querySelector('#picture')?.dataset.sequence ?? -1) >= 0"
_LOADED_BYTES = "performance.getEntriesByType('resource').reduce((sum, file) => sum + file.transferSize, 0)"

OWN_CERTIFICATE = "--ignore-certificate-errors"
"The page's certificate is its own, and nobody is there to click."


def watch(browser: BrowserTab, url: str, seconds: float) -> None:
    """Open a page and print a line when its first picture is drawn, and one each second from then on."""
    began_s = time.monotonic()
    browser.open(url)
    browser.wait_for(_SHOWN)
    first_ms = 1000 * (time.monotonic() - began_s)
    _print("first", first_ms=round(first_ms), loaded_bytes=browser.run(_LOADED_BYTES))
    browser.run(_FIGURES)
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        time.sleep(1)
        _print("figures", **browser.run(_FIGURES))


def main() -> int:
    """Watch the page that the arguments name; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, required=True)
    arguments = parser.parse_args()
    try:
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
            chromium(Path(profile), OWN_CERTIFICATE) as browser,
        ):
            watch(browser, arguments.url, arguments.seconds)
            for complaint in browser.complaints:
                print(complaint, file=sys.stderr)
    except NarrowcastError as error:
        _print("failed", reason=error.on_command_line())
        return 1
    return 0


def _print(event: str, **fields: Any) -> None:
    print(json.dumps({"event": event, **fields}), flush=True)


if __name__ == "__main__":
    sys.exit(main())

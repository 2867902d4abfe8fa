"""A headless Chromium for tests, where there is one."""

from __future__ import annotations

import pytest

from narrowcast.benchmark.browser.chromium import CHROMIUM, NOT_INSTALLED, BrowserTab, chromium

__all__ = ["NEEDS_CHROMIUM", "Browser", "chromium"]

Browser = BrowserTab
"What the tests call it."

NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason=NOT_INSTALLED)

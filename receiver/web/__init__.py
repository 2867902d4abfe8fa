"""The browser page: picture, charts and buttons over a WebSocket. Imported only where a page is wanted."""

from __future__ import annotations

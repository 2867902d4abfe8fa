"""The sender's page: browsers get the coded stream over a WebSocket and decode it themselves."""

from __future__ import annotations

"""The receiver: network to payloads to the display."""

from __future__ import annotations

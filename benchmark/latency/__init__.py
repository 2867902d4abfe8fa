"""`narrowcast bench latency`: capture to display, measured twice, between two processes."""

from __future__ import annotations

"""Peers that come over WebSockets, beside those of the ZeroMQ socket, for one session."""

from __future__ import annotations

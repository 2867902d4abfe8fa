"""The sender: camera to payloads to the network."""

from __future__ import annotations

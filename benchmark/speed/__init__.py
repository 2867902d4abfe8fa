"""`narrowcast bench speed`: a frame's stages, start and memory, for narrowcast and its peers."""

from __future__ import annotations

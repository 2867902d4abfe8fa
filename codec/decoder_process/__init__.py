"""Decoding in a process of its own: FFmpeg, dav1d and OpenCV meet a peer's bytes there, with few rights."""

from __future__ import annotations

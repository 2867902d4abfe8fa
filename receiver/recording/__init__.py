"""What is saved of a stream: a video, the payloads as they came (.ncast), or snapshots."""

from __future__ import annotations

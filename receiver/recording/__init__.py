"""What is kept of a stream: a video, or the payloads as they came (.ncast)."""

from __future__ import annotations

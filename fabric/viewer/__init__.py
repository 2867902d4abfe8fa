"""What watches a camera of a fabric: joins at its last keyframe, follows it, and skips where it falls behind."""

from __future__ import annotations

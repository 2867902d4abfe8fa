"""What watches a camera: it joins at the last keyframe, follows, and skips where it falls behind."""

from __future__ import annotations

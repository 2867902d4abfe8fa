"""The codecs that are measured against each other: narrowcast's own, and video encoders through PyAV."""

from __future__ import annotations

"""`narrowcast play`: a recording of payloads viewed, exported, rendered again."""

from __future__ import annotations

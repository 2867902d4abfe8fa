"""`narrowcast relay`: one receiver on each thin link, whose frames are published as they came."""

from __future__ import annotations

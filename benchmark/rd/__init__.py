"""`narrowcast bench rd`: rate against quality, for narrowcast and its peers."""

from __future__ import annotations

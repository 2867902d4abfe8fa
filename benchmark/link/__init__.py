"""`narrowcast bench link`: narrowcast and its peers over thin links."""

from __future__ import annotations

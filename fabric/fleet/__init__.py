"""`narrowcast fleet`: workers that share the cameras of a fabric, and tell a tile and the alerts of each."""

from __future__ import annotations

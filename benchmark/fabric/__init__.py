"""`narrowcast bench fabric`: cameras through a relay and a server to more and more viewers."""

from __future__ import annotations

"""`narrowcast bench codec`: is the codec exact, what does stillness cost, and what do inter frames."""

from __future__ import annotations

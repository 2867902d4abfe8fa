"""`narrowcast play`: views, exports or renders a recording of payloads again."""

from __future__ import annotations

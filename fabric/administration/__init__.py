"""`narrowcast fabric`: a server of one's own, who may publish which camera there, and who may watch."""

from __future__ import annotations

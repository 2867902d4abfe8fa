"""`narrowcast bench fanout`: one sender, more and more receivers, all on this machine."""

from __future__ import annotations

"""`narrowcast wall`: a page of all cameras of a fabric, tile by tile; a click opens one in full."""

from __future__ import annotations

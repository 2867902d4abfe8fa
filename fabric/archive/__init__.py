"""`narrowcast fabric archive`: segments of what a fabric has recorded, in a folder or an object store."""

from __future__ import annotations

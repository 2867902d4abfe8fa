"""What a fabric has recorded of a camera, as `narrowcast play` reads it."""

from __future__ import annotations

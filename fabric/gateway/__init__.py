"""`narrowcast send fabric:CAMERA`: a camera of a fabric for ordinary receivers behind thin links."""

from __future__ import annotations

"""Measurements: the demo, and a folder for each benchmark over what they share."""

from __future__ import annotations

"""Measurements: the demo, codecs against each other, plots."""

from __future__ import annotations

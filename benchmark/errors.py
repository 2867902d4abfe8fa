"""What can go wrong in a benchmark, by name; each text is one line for the person who started it."""

from __future__ import annotations

from narrowcast.errors import BenchError


class ClipError(BenchError):
    """A clip or picture is missing or cannot be read."""


class PeerError(BenchError):
    """A codec is not installed, or failed on a clip."""


class PlotError(BenchError):
    """A plot cannot be drawn or written."""


class ProgramError(BenchError):
    """A program that a benchmark started did not do its part."""


class LinkError(BenchError):
    """A thin link cannot be set up on this machine, or not in this way."""

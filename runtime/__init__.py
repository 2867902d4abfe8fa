"""What the two programs share around their pipelines: signals, threads, the terminal, picture files."""

from __future__ import annotations

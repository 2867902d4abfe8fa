"""`narrowcast demo`: sender and receiver as two processes on this machine, and what was measured."""

from __future__ import annotations

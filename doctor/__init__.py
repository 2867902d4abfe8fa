"""The doctor: whether this machine can send and receive, and what to do where it cannot."""

from __future__ import annotations

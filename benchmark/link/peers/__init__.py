"""What narrowcast is measured against on a thin link: each module a sender and a receiver to be run."""

from __future__ import annotations

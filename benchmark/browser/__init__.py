"""`narrowcast bench browser`: the sender's page in Chromium, on this machine or over thin links."""

from __future__ import annotations

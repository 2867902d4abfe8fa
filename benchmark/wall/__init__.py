"""`narrowcast bench wall`: recorded cameras through workers to the wall's page in a browser."""

from __future__ import annotations

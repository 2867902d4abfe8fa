"""What both programs' pages share: addresses, who may look, the server and its certificate."""

from __future__ import annotations

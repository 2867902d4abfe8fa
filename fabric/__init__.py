"""The fabric: relays publish cameras to NATS, which fans them out to any number of viewers and records them.

Nothing here is imported, and no NATS package is needed, until an address fabric:NAME or --fabric is used.
"""

from __future__ import annotations

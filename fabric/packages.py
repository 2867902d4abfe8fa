"""Whether the packages that a fabric needs are installed."""

from __future__ import annotations

from importlib.util import find_spec

from narrowcast.errors import FabricError


def check_packages() -> None:
    """FabricError where one is missing."""
    missing = [name for name in ("nats", "nkeys") if find_spec(name) is None]
    if missing:
        raise FabricError(
            f'a fabric needs more packages ({", ".join(missing)}): pip install "narrowcast[fabric]"'
        )

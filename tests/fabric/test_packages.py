"""Whether the packages of a fabric are installed."""

from __future__ import annotations

import pytest

from narrowcast.errors import FabricError
from narrowcast.fabric import packages


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    packages.check_packages()
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    with pytest.raises(FabricError, match=r'\(nats, nkeys\): pip install "narrowcast\[fabric\]"'):
        packages.check_packages()

"""The public face: names that are loaded when they are used."""

from __future__ import annotations

import pytest

import narrowcast


def test_every_public_name_is_there_and_no_other() -> None:
    assert all(getattr(narrowcast, name).__name__ == name for name in narrowcast.__all__)
    assert set(narrowcast.__all__) <= set(dir(narrowcast))
    with pytest.raises(AttributeError, match="no attribute 'recieve'; it has .*receive"):
        narrowcast.recieve  # noqa: B018

"""The public face: names that are loaded when they are used."""

from __future__ import annotations

import pytest

import narrowcast


def test_every_public_name_is_there_and_no_other() -> None:
    names = [name for name in narrowcast.__all__ if name != "__version__"]
    assert all(getattr(narrowcast, name).__name__ == name for name in names)
    assert set(narrowcast.__all__) <= set(dir(narrowcast))
    with pytest.raises(AttributeError, match="no attribute 'recieve'; it has .*receive"):
        narrowcast.recieve  # noqa: B018


def test_the_version_is_that_of_the_installation() -> None:
    assert narrowcast.__version__ == narrowcast.installed_version() != ""

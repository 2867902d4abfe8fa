"""Where the packages of the extra narrowcast[fabric] are missing, there is nothing here to be tested."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from narrowcast.errors import FabricError
from narrowcast.fabric.server import find_server


def _missing() -> str:
    """What is not installed; empty where all is."""
    try:
        find_server()
    except FabricError as error:
        return str(error)
    return "" if find_spec("nats") and find_spec("nkeys") else "nats-py and nkeys are not installed"


MISSING = _missing()
collect_ignore_glob = ["*"] if MISSING else []


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keys and recordings of a test lie in a folder of its own."""
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o700)
    monkeypatch.setenv("NARROWCAST_HOME", str(home))
    yield home

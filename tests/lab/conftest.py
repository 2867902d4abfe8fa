"""What the tests of the lab share: drawn digits, and a run on them that has come to its end."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from narrowcast.codec import names

NEEDED = ("matplotlib", "scipy", "zstandard")
collect_ignore_glob = [] if all(map(find_spec, NEEDED)) else ["*"]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Small networks gain nothing from threads, and torch without converting anything starts soonest."""
    monkeypatch.setenv(names.BACKEND_VARIABLE, "torch")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def mnist_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of drawn digits."""
    from tests.lab.drawn_digits import write_mnist

    return write_mnist(tmp_path_factory.mktemp("mnist"))


@pytest.fixture(scope="session")
def finished_run(mnist_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of `lab mnist`, small."""
    from narrowcast.lab.mnist.command import run
    from tests.lab.small_run import small_settings

    out = tmp_path_factory.mktemp("run")
    run(small_settings(mnist_folder, out))
    return out

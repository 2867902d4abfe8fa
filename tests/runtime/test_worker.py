"""A thread that reports its failure."""

from __future__ import annotations

import threading

import pytest

from runtime.worker import Worker


def test_what_the_function_raised_is_raised_by_check() -> None:
    def fail() -> None:
        raise ValueError("broken")

    worker = Worker("test", fail)
    worker.check()
    worker.start()
    worker.join(5.0)
    with pytest.raises(ValueError, match="broken"):
        worker.check()


def test_it_lives_until_its_function_returns() -> None:
    release = threading.Event()
    worker = Worker("test", lambda: None if release.wait(5.0) else None)
    worker.join(0.1)
    worker.start()
    assert worker.alive
    release.set()
    worker.join(5.0)
    assert not worker.alive
    worker.check()

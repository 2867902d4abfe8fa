"""The machine's description names what a figure depends on."""

from __future__ import annotations

import platform

import numpy as np

from benchmark.machine import describe_machine


def test_versions_are_those_that_run() -> None:
    machine = describe_machine()
    assert machine.python == platform.python_version()
    assert machine.packages["numpy"] == np.__version__
    assert machine.cores >= 1
    assert machine.processor

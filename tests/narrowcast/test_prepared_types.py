"""Types at their first use in several threads at once, by which msgspec ends a program."""

from __future__ import annotations

import subprocess
import sys

RACE = """
import dataclasses, sys, threading
from typing import Annotated
import msgspec
from narrowcast.prepared_types import prepared

sys.setswitchinterval(1e-6)
Positive = Annotated[int, msgspec.Meta(ge=0)]
values = {f"f{number}": 1 for number in range(8)}
for count in range(300):
    inner = dataclasses.make_dataclass(f"Inner{count}", [(name, Positive) for name in values])
    fields = [(name, Positive) for name in values] + [("inner", inner)]
    outer = dataclasses.make_dataclass(f"Outer{count}", fields)
    start = threading.Barrier(4)

    def use():
        start.wait()
        assert msgspec.convert({**values, "inner": values}, prepared(outer)).inner.f0 == 1

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_a_type_may_be_used_first_by_several_threads_at_once() -> None:
    assert subprocess.run([sys.executable, "-c", RACE], timeout=120).returncode == 0

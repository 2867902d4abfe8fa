"""No thread of ours stays real-time, whatever a library does with it."""

from __future__ import annotations

import os
import sys
import threading

import numpy as np
import pytest

from narrowcast.codec.hybrid.base_format import AV1, installed_formats
from narrowcast.codec.hybrid.base_layer import BaseEncoder
from narrowcast.codec.hybrid.thread_priority import ordinary_priority

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux lets a thread's scheduling be read"
)


def scheduling() -> dict[int, int]:
    """Return the policy of every thread of this process."""
    return {int(thread): os.sched_getscheduler(int(thread)) for thread in os.listdir("/proc/self/task")}


def test_what_becomes_real_time_meanwhile_is_given_back() -> None:
    stop, begun = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        stop.wait(30)

    worker = threading.Thread(target=work)
    try:
        with ordinary_priority():
            try:
                os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
            except PermissionError:
                pytest.skip("this user may not make threads real-time, so no library can")
            worker.start()
            begun.wait(30)
            assert os.SCHED_FIFO in scheduling().values()
        assert set(scheduling().values()) == {os.SCHED_OTHER}
    finally:
        stop.set()
        if worker.ident is not None:
            worker.join()


@pytest.mark.skipif(AV1 not in installed_formats(), reason="this PyAV has no SVT-AV1")
def test_an_av1_encoder_leaves_this_process_as_it_was() -> None:
    encoder = BaseEncoder(AV1, 128, 96, crf=50, scale=0, preset=12, threads=2)
    for index in range(3):
        encoder.encode(np.zeros((96, 128, 3), np.uint8), keyframe=index == 0)
    assert set(scheduling().values()) == {os.SCHED_OTHER}


def test_without_a_free_descriptor_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(path: object) -> list[str]:
        raise OSError(24, "too many open files")

    monkeypatch.setattr(os, "listdir", no_more)
    with ordinary_priority():
        pass

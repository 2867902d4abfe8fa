"""Bad networks between the real pipelines: a proxy that freezes or breaks connections, whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest

from narrowcast.benchmark.network.proxy import TcpProxy
from narrowcast.receiver.config import ReceiverConfig
from tests.pipelines import RunningPipeline, run_receiver, run_sender, small_sender, wait_until

LOOPBACK = "127.0.0.1"


@contextmanager
def stream(sender_listens: bool) -> Iterator[tuple[RunningPipeline, TcpProxy]]:
    """A receiver that is shown pictures through a proxy."""
    with ExitStack() as stack:
        if sender_listens:
            sender = stack.enter_context(run_sender(small_sender()))
            proxy = stack.enter_context(TcpProxy((LOOPBACK, port_of(sender))))
            receiver = stack.enter_context(run_receiver(ReceiverConfig(url=proxy.url, window=False)))
        else:
            listening = ReceiverConfig(url=f"tcp://{LOOPBACK}:0", bind=True, window=False)
            receiver = stack.enter_context(run_receiver(listening))
            proxy = stack.enter_context(TcpProxy((LOOPBACK, port_of(receiver))))
            stack.enter_context(run_sender(small_sender(url=proxy.url, bind=False)))
        yield receiver, proxy


def port_of(pipeline: RunningPipeline) -> int:
    return int(pipeline.address().rpartition(":")[2])


def has_linked(receiver: RunningPipeline, times: int) -> bool:
    return sum(text.startswith("receiving ") for text in receiver.reporter.notices) >= times


def pictures_flow(receiver: RunningPipeline) -> Callable[[], bool]:
    """From now on, whether a second has passed in which pictures were shown."""
    seen = len(receiver.reporter.seconds)
    return lambda: any(second["shown"] > 0 for second in receiver.reporter.seconds[seen + 1 :])


@pytest.mark.parametrize("sender_listens", [True, False])
def test_a_frozen_connection_is_given_up_and_pictures_flow_after_the_thaw(sender_listens: bool) -> None:
    with stream(sender_listens) as (receiver, proxy):
        wait_until(pictures_flow(receiver))
        proxy.freeze()
        wait_until(lambda: any("nothing heard" in text for text in receiver.reporter.notices))
        proxy.thaw()
        wait_until(partial(has_linked, receiver, 2))
        wait_until(pictures_flow(receiver))
    assert receiver.error is None
    assert receiver.reporter.summaries[0]["failed"] == 0


@pytest.mark.parametrize("sender_listens", [True, False])
def test_broken_connections_are_made_anew_as_soon_as_that_is_possible(sender_listens: bool) -> None:
    with stream(sender_listens) as (receiver, proxy):
        wait_until(pictures_flow(receiver))
        for linked in (1, 2):
            proxy.cut()
            proxy.mend()
            wait_until(partial(has_linked, receiver, linked + 1))
        wait_until(pictures_flow(receiver))
    assert receiver.error is None
    assert receiver.reporter.summaries[0]["failed"] == 0

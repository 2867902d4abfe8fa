"""A gateway between a real server and ordinary receivers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowcast.fabric.gateway.gateway import Gateway
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.runtime.signals import StopSignal
from narrowcast.sender.__main__ import main
from narrowcast.sender.config import SenderConfig
from tests.fabric.fabric_servers import TestServer, running_server
from tests.fabric.relay.test_relay import front, run_relay, told
from tests.fabric.viewer.test_feed import shows
from tests.pipelines import RunningPipeline, run_receiver, run_sender, small_sender, wait_until
from tests.reporters import RememberingReporter


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TestServer]:
    """A server of the test's own."""
    with running_server(tmp_path / "s") as running:
        yield running


def run_gateway(server: TestServer) -> RunningPipeline:
    """Start a gateway."""
    reporter, stop = RememberingReporter(), StopSignal()
    config = SenderConfig(source="fabric:front", fabric=server.url, url="tcp://127.0.0.1:0")
    return RunningPipeline(Gateway(config, reporter, stop), reporter, stop)


def receiver_of(gateway: RunningPipeline) -> RunningPipeline:
    return run_receiver(ReceiverConfig(url=gateway.address(), window=False))


def test_ordinary_receivers_are_served_over_interruptions(server: TestServer) -> None:
    with (
        run_sender(small_sender()) as sender,
        run_relay(server, front(sender)),
        run_gateway(server) as gateway,
    ):
        with receiver_of(gateway) as viewer:
            shows(viewer)
            with receiver_of(gateway) as other:
                shows(other)
            server.kill()
            wait_until(lambda: told(gateway, "the connection is gone"))
            server.start()
            shows(viewer)
        assert viewer.error is None and told(viewer, "receiving front, 64x64 at 60 fps, coded with jpeg")
        assert sum(second["failed"] for second in viewer.reporter.seconds) == 0
        wait_until(lambda: gateway.reporter.seconds[-1]["receivers"] == 0)
    assert gateway.error is None and gateway.reporter.summaries[0]["sent"] > 30


def test_a_gateway_waits_for_its_camera(server: TestServer) -> None:
    with run_gateway(server) as gateway, receiver_of(gateway) as viewer:
        wait_until(lambda: told(gateway, "knows no camera front: start its relay"))
        with run_sender(small_sender()) as sender, run_relay(server, front(sender)):
            shows(viewer)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fabric:a.b"], "'a.b' is no name of a camera"),
        (["a=fabric:front", "b=fabric:yard"], "a gateway serves one camera of a fabric: start one for each"),
        (["fabric:front", "--connect", "tcp://127.0.0.1:5555"], "a gateway waits for receivers"),
        (["fabric:front", "--fabric", "nats://hub"], "has no fingerprint"),
    ],
)
def test_mistakes_get_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and words in error

"""Events at a real broker, Debian's mosquitto: there, away, and back."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("paho.mqtt", reason="the extra mqtt is not installed")

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from narrowcast.receiver.events.event import EventKind, EventState
from narrowcast.receiver.events.mqtt import MqttSink
from narrowcast.receiver.events.settings import MqttAddress
from narrowcast.receiver.events.sinks import EventError
from tests.pipelines import wait_until
from tests.receiver.events.lines import line

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="mosquitto is not installed")


class Broker:
    """A broker of our own; it can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._config = folder / "mosquitto.conf"
        self._config.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = subprocess.Popen([MOSQUITTO, "-c", str(self._config)], stderr=subprocess.DEVNULL)

        def answers() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait_until(answers)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


class Listener:
    """What a home automation would hear."""

    def __init__(self, port: int) -> None:
        self.heard: list[tuple[str, str, bool]] = []
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = self._take
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("home/#", 1)
        self._client.loop_start()

    def _take(self, client: Client, data: Any, message: MQTTMessage) -> None:
        self.heard.append((message.topic, message.payload.decode(), message.retain))

    def topics(self) -> list[tuple[str, str]]:
        return [(topic, text) for topic, text, _ in self.heard]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    made = Broker(tmp_path)
    yield made
    made.stop()


def sink_at(broker: Broker) -> MqttSink:
    return MqttSink(MqttAddress(host="127.0.0.1", port=broker.port, topic="home/yard"))


def test_events_and_states_are_published_and_states_stay(broker: Broker) -> None:
    broker.start()
    sink = sink_at(broker)
    early = Listener(broker.port)
    wait_until(lambda: ("home/yard/online", "on") in early.topics())
    sink.send(line())
    sink.send(line(EventKind.MOVED, EventState.ONCE))
    wait_until(lambda: len(early.heard) >= 4)
    assert ("home/yard/motion", line().text) in early.topics()
    assert ("home/yard/motion/state", "on") in early.topics()
    assert not [topic for topic, _ in early.topics() if topic == "home/yard/moved/state"]
    late = Listener(broker.port)
    wait_until(lambda: len(late.heard) == 2)
    assert sorted(late.heard) == [("home/yard/motion/state", "on", True), ("home/yard/online", "on", True)]
    sink.close()
    wait_until(lambda: ("home/yard/online", "off") in late.topics())
    for listener in (early, late):
        listener.close()


def test_a_broker_that_is_away_is_told_and_gets_the_event_when_it_is_back(broker: Broker) -> None:
    sink = sink_at(broker)
    started = time.monotonic()
    with pytest.raises(EventError, match=f"nothing answers at 127.0.0.1:{broker.port}; it gets the event"):
        sink.send(line())
    assert time.monotonic() - started < 60
    broker.start()
    listener = Listener(broker.port)
    wait_until(lambda: ("home/yard/motion", line().text) in listener.topics())
    sink.close()
    listener.close()

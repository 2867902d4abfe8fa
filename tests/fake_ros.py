"""A ROS 2 that behaves, in one process: the part of rclpy and sensor_msgs that the example uses.

Fields are checked as rosidl's generated messages check them, so that what is published could be serialized.
"""

from __future__ import annotations

import array
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

_RANGES = {"uint8": 2**8, "uint32": 2**32, "int32": 2**31}


class Message:
    """A message: only fields that it has may be set, and to what they can hold."""

    FIELDS: dict[str, str] = {}

    def __setattr__(self, name: str, value: Any) -> None:
        """Check as rosidl does."""
        kind = self.FIELDS[name]
        if kind in _RANGES:
            assert isinstance(value, int) and 0 <= value < _RANGES[kind], (name, value)
        elif kind == "bytes":
            assert isinstance(value, array.array) and value.typecode == "B", (name, type(value))
        else:
            assert type(value).__name__ == kind, (name, value)
        super().__setattr__(name, value)


class Time(Message):
    FIELDS = {"sec": "int32", "nanosec": "uint32"}

    def __init__(self, nanoseconds: int = 0) -> None:
        self.sec, self.nanosec = divmod(nanoseconds, 10**9)


class Header(Message):
    FIELDS = {"stamp": "Time", "frame_id": "str"}

    def __init__(self) -> None:
        self.stamp, self.frame_id = Time(), ""


class Image(Message):
    FIELDS = {
        **{"header": "Header", "encoding": "str", "is_bigendian": "uint8", "data": "bytes"},
        **{"height": "uint32", "width": "uint32", "step": "uint32"},
    }

    def __init__(self) -> None:
        self.header = Header()


class CompressedImage(Message):
    FIELDS = {"header": "Header", "format": "str", "data": "bytes"}

    def __init__(self) -> None:
        self.header = Header()


@dataclass(frozen=True)
class Duration:
    nanoseconds: int


@dataclass(frozen=True)
class ClockTime:
    nanoseconds: int

    def __sub__(self, other: Duration) -> ClockTime:
        return ClockTime(self.nanoseconds - other.nanoseconds)

    def to_msg(self) -> Time:
        return Time(self.nanoseconds)


class Clock:
    def now(self) -> ClockTime:
        return ClockTime(time.time_ns())


class ExternalShutdownException(Exception):
    pass


@dataclass
class FakeRos:
    """What its nodes do; subscriptions are there before the publishers."""

    subscriptions: dict[str, tuple[type, Callable[[Any], None]]] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    nodes: list[str] = field(default_factory=list)
    running: bool = False
    spins: int = 0

    def init(self, args: list[str]) -> None:
        assert not self.running
        self.running, self.arguments = True, args

    def ok(self) -> bool:
        return self.running

    def spin_once(self, node: object, timeout_sec: float | None = None) -> None:
        if not self.running:
            raise ExternalShutdownException
        self.spins += 1

    def try_shutdown(self) -> None:
        self.running = False


@contextmanager
def fake_ros(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRos]:
    """Put it where rclpy and sensor_msgs are imported from."""
    ros = FakeRos()

    class Publisher:
        def __init__(self, kind: type, topic: str, qos: object) -> None:
            assert qos == "sensor data"
            self._kind, self._topic = kind, topic

        def get_subscription_count(self) -> int:
            return int(self._topic in ros.subscriptions)

        def publish(self, message: Message) -> None:
            assert ros.running and type(message) is self._kind
            kind, take = ros.subscriptions[self._topic]
            assert kind is self._kind
            take(message)

    class Node:
        def __init__(self, name: str) -> None:
            assert ros.running
            self.name = name
            ros.nodes.append(name)

        def create_publisher(self, kind: type, topic: str, qos: object) -> Publisher:
            return Publisher(kind, topic, qos)

        def get_clock(self) -> Clock:
            return Clock()

        def destroy_node(self) -> None:
            ros.nodes.remove(self.name)

    _put(
        monkeypatch, "rclpy", init=ros.init, ok=ros.ok, spin_once=ros.spin_once, try_shutdown=ros.try_shutdown
    )
    _put(monkeypatch, "rclpy.node", Node=Node)
    _put(monkeypatch, "rclpy.qos", qos_profile_sensor_data="sensor data")
    _put(monkeypatch, "rclpy.duration", Duration=lambda nanoseconds: Duration(nanoseconds))
    _put(monkeypatch, "rclpy.executors", ExternalShutdownException=ExternalShutdownException)
    _put(monkeypatch, "sensor_msgs")
    _put(monkeypatch, "sensor_msgs.msg", Image=Image, CompressedImage=CompressedImage)
    yield ros
    assert not ros.running and not ros.nodes, "the node was left"


def _put(monkeypatch: pytest.MonkeyPatch, name: str, **contents: object) -> None:
    module = ModuleType(name)
    for each, value in contents.items():
        setattr(module, each, value)
    monkeypatch.setitem(sys.modules, name, module)

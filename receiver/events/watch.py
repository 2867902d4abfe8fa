"""Watches one stream for events and sends them on: what a running receiver calls."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from narrowcast.receiver.events.delivery import Delivery
from narrowcast.receiver.events.event import Event, to_json
from narrowcast.receiver.events.link_watch import LinkWatch
from narrowcast.receiver.events.mqtt import MqttSink
from narrowcast.receiver.events.scene_watch import SceneWatch
from narrowcast.receiver.events.settings import EventSettings, parse_mqtt
from narrowcast.receiver.events.sinks import CommandSink, EventLine, FileSink, Sink, WebSink
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.reporting import Notice


class EventWatch:
    """The events of one stream; with no way out for them, nothing is looked at."""

    def __init__(
        self, settings: EventSettings, stream: str, tell: Callable[[Notice], None], stack: ExitStack
    ) -> None:
        """Open every way out.

        Args:
            settings: which there are.
            stream: what events call the stream until its sender names it.
            tell: takes notices, in the thread that calls `check`.
            stack: closes all.

        Raises EventError where one cannot be opened.
        """
        self.events = 0
        "since the start"
        self._active = settings.sends_events
        self._stream = stream
        self._tell = tell
        self._link = LinkWatch(round(1e6 * settings.frozen_after))
        still_after = settings.still_after
        self._scene = SceneWatch(None if still_after is None else round(1e6 * still_after))
        self._deliveries = [Delivery(sink) for sink in _sinks(settings)]
        for delivery in self._deliveries:
            stack.callback(delivery.close)

    @property
    def linked(self) -> bool:
        """Whether there is a link with a sender."""
        return self._link.linked

    @property
    def failures(self) -> int:
        """Deliveries that failed, since the start."""
        return sum(delivery.failures for delivery in self._deliveries)

    def link_up(self, name: str, fps: float) -> None:
        """A sender is there; its stream has a name, or an empty one, and a pace."""
        self._stream = name or self._stream
        self._send(self._link.link_up(fps, now_us()))

    def link_down(self, reason: str) -> None:
        """The sender is not there any more."""
        self._send(self._scene.pause(now_us()))
        self._send(self._link.link_down(reason, now_us()))

    def picture(self, rgb: NDArray[np.uint8], capture_sender_us: int) -> None:
        """A picture came, uint8 RGB [H, W, 3], that was taken then on the sender's clock."""
        if not self._active:
            return
        at_us = now_us()
        self._send(self._link.picture(capture_sender_us, at_us))
        self._send(self._scene.picture(rgb, at_us))

    def check(self) -> None:
        """Look at the time, and tell what went wrong; call it a few times a second."""
        if not self._active:
            return
        self._send(self._link.check(now_us()))
        for delivery in self._deliveries:
            for notice in delivery.take_notices():
                self._tell(notice)

    def _send(self, events: list[Event]) -> None:
        if not self._active:
            return
        for event in events:
            self.events += 1
            at = datetime.now().astimezone() - timedelta(microseconds=now_us() - event.at_us)
            text = to_json(event, stream=self._stream, at=at)
            line = EventLine(kind=event.kind, state=event.state, stream=self._stream, text=text)
            for delivery in self._deliveries:
                delivery.put(line)


def _sinks(settings: EventSettings) -> list[Sink]:
    """Open the ways out, those first that may be refused."""
    sinks: list[Sink] = []
    if settings.events is not None:
        sinks.append(FileSink(settings.events))
    if settings.on_event is not None:
        sinks.append(CommandSink(settings.on_event))
    if settings.event_url is not None:
        sinks.append(WebSink(settings.event_url))
    if settings.mqtt is not None:
        sinks.append(MqttSink(parse_mqtt(settings.mqtt)))
    return sinks

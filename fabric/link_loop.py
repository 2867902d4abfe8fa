"""Runs the link of a session inside an asyncio loop: hundreds of links need no thread each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from narrowcast.protocol import Link, LinkNotice, Transport
from narrowcast.protocol.zmq.link import Session
from narrowcast.runtime.clock import now_us

MAX_STEPS = 8
"In a row for one link, so that none keeps the others waiting."
_IDLE_US = 500_000
"Revoked keys, reconnections: a link is looked at this often though nothing comes."


class ClosableSession(Session, Protocol):
    """A session that can say goodbye."""

    def close(self, reason: str) -> None:
        """Say BYE; send what waits, then close the transport."""
        ...


class LinkLoop:
    """Steps a link whenever its socket or its timers ask for it. Belongs to the loop's thread."""

    def __init__(self, session: ClosableSession, transport: Transport, on_step: Callable[[], None]) -> None:
        """Begin at once; `on_step` is called after each step, for what the session has."""
        self._session = session
        self._transport = transport
        self._link = Link(session, transport, now_us)
        self._on_step = on_step
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._descriptors = transport.descriptors
        for descriptor in self._descriptors:
            self._loop.add_reader(descriptor, self._step)
        self._again = self._loop.call_soon(self._step)

    @property
    def messages_refused(self) -> int:
        """Messages thrown away unread."""
        return self._link.messages_refused

    def notices(self) -> list[LinkNotice]:
        """What happened to connections since the last call."""
        return self._link.notices()

    def wake(self) -> None:
        """Step soon: the session has something to send."""
        self._again.cancel()
        self._again = self._loop.call_soon(self._step)

    def say_goodbye(self, reason: str) -> None:
        """Say BYE; it needs a moment to leave before `close`."""
        self._session.close(reason)
        self._link.flush()

    def close(self) -> None:
        """Close the socket."""
        for descriptor in self._descriptors:
            self._loop.remove_reader(descriptor)
        self._again.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._transport.close(0)

    def _step(self) -> None:
        self._again.cancel()
        for _ in range(MAX_STEPS):
            self._link.step(0)
            self._on_step()
            self._link.flush()  # the ACKs of what was taken
            if not self._transport.has_input:
                self._set_timer()
                return
        self._again = self._loop.call_soon(self._step)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        now = now_us()
        due_us = min(now + _IDLE_US, self._session.next_timer_us(now))
        self._timer = self._loop.call_later(max(0, due_us - now) / 1e6, self._step)

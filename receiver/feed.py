"""Where a receiver's frames come from: a sender's socket, or what an address of another scheme names."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from narrowcast import codec
from narrowcast.protocol import (
    ArrivedFrame,
    CodecOffer,
    ReceiverEvent,
    ReceiverSession,
    ReceiverSessionConfig,
    Report,
    StreamParameters,
    Transport,
    TransportConfig,
)
from narrowcast.receiver.config import ReceiverConfig
from narrowcast.receiver.memory import most_pixels
from narrowcast.receiver.network import ReceiverNetwork, ReceiverNetworkGauges
from narrowcast.receiver.notices import address_notices
from narrowcast.runtime.connection_report import ConnectionReport
from narrowcast.runtime.fabric_address import is_fabric
from narrowcast.runtime.reporting import Notice
from narrowcast.runtime.security import choose_security

_FABRIC = "narrowcast.fabric.viewer.feed"
"Loaded for addresses of a fabric alone: nothing here depends on it."


class FrameFeed(Protocol):
    """Gives out frames one at a time, to the decode thread; the main thread takes the rest."""

    @property
    def stream(self) -> StreamParameters | None:
        """What comes; None while nothing does."""
        ...

    @property
    def gauges(self) -> ReceiverNetworkGauges:
        """The newest readings."""
        ...

    @property
    def decoder_idle(self) -> bool:
        """Whether the decoder has finished everything that it was given."""
        ...

    def start(self) -> None:
        """Begin."""
        ...

    def check(self) -> None:
        """Raise what its thread raised."""
        ...

    def stop(self, bye: str) -> None:
        """End, with this reason where there is somebody to be told."""
        ...

    def events(self) -> list[ReceiverEvent]:
        """What happened since the last call."""
        ...

    def connection_notices(self) -> list[Any]:
        """What happened to connections since the last call, for the feed's `ConnectionNotices`."""
        ...

    def next_frame(self, timeout_s: float) -> ArrivedFrame | None:
        """Wait for a frame; asking for one says that the one before is decoded."""
        ...

    def decode_failed(self, reason: str) -> None:
        """Give out nothing before the next keyframe."""
        ...

    def request_keyframe(self, reason: str) -> None:
        """Have a keyframe come soon, where that is possible."""
        ...

    def ask_for(self, *, max_kbps: float, max_fps: float) -> None:
        """Ask for no more than so much, 0 for no limit, where there is a sender to be asked."""
        ...

    def request_still(self, sequence: int) -> None:
        """Fetch the exact picture behind a frame; an event tells the end of it."""
        ...

    def send_report(self, report: Report) -> None:
        """Tell the sender how this receiver is doing."""
        ...


class ConnectionNotices(Protocol):
    """Turns what happened to connections into notices."""

    @property
    def refused(self) -> bool:
        """Whether the other side has refused us since it last accepted us."""
        ...

    def accepted(self) -> None:
        """Note that the other side talks to us."""
        ...

    def notices(self, events: list[Any], now_us: int) -> list[Notice]:
        """What is to be told."""
        ...


@dataclass(frozen=True, kw_only=True)
class OpenedFeed:
    """A feed that is open and does not run yet."""

    feed: FrameFeed
    url: str
    "where it listens or connects"
    notices: Sequence[Notice]
    "that say so"
    connections: ConnectionNotices
    close: Callable[[], None]
    "for one that is never started"


def open_feed(config: ReceiverConfig) -> OpenedFeed:
    """Open what a receiver's address names; NarrowcastError in one line where that is not possible."""
    if is_fabric(config.url):
        opened: OpenedFeed = import_module(_FABRIC).open_feed(config)
        return opened
    return _open_socket(config)


def codec_offers() -> tuple[CodecOffer, ...]:
    """What this installation can decode."""
    return tuple(CodecOffer(name=info.name, model_id=info.model_id) for info in codec.available_codecs())


def _open_socket(config: ReceiverConfig) -> OpenedFeed:
    security = choose_security(config.url, bind=config.bind, insecure=config.insecure, secure=config.secure)
    transport = Transport(TransportConfig(url=config.url, bind=config.bind, security=security))
    return OpenedFeed(
        feed=ReceiverNetwork(_make_session(config), transport),
        url=transport.url,
        notices=address_notices(config, transport.url, security),
        connections=ConnectionReport(transport.url, security.own.public if security else None),
        close=transport.close,
    )


def _make_session(config: ReceiverConfig) -> ReceiverSession:
    return ReceiverSession(
        ReceiverSessionConfig(
            codecs=codec_offers(),
            instance=random.getrandbits(63),
            connects=not config.bind,
            max_pixels=most_pixels(config.max_size),
            max_kbps=config.max_kbps,
            max_fps=config.max_fps,
            name=socket.gethostname()[:64],
        )
    )

"""Builds a sender from source to socket, runs it, and takes it down again."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from narrowcast import codec
from narrowcast.protocol import (
    MAX_CONTROL_BYTES,
    JointTransport,
    Security,
    SenderSession,
    SenderSessionConfig,
    SenderStatistics,
    StreamParameters,
    Transport,
    TransportConfig,
)
from narrowcast.runtime.connection_report import ConnectionReport
from narrowcast.runtime.picture_files import PictureFolder
from narrowcast.runtime.reporting import Reporter
from narrowcast.runtime.security import choose_security, invitation_url
from narrowcast.runtime.service_manager import ServiceManager
from narrowcast.runtime.signals import StopSignal
from narrowcast.runtime.web.address import WebError
from narrowcast.sender.coder import FrameCoder
from narrowcast.sender.config import SenderConfig, parse_color
from narrowcast.sender.network import SenderNetwork
from narrowcast.sender.notices import address_notices
from narrowcast.sender.running_sender import RunningSender
from narrowcast.sender.sources.opening import open_source
from narrowcast.sender.sources.source import Source
from narrowcast.sender.sources.spec import SourceSpec, parse_source
from narrowcast.sender.sources.wishes import SourceWishes
from narrowcast.sender.still_keeper import StillKeeper

if TYPE_CHECKING:
    from narrowcast.sender.web.site import SenderSite


def open_configured(spec: SourceSpec, config: SenderConfig) -> Source:
    """Open a source at the size and pace of a configuration."""
    wishes = SourceWishes(
        width=config.width,
        height=config.height,
        fps=config.fps,
        loop=config.loop,
        fit=config.fit,
        deinterlace=config.deinterlace,
        hwaccel=config.hwaccel,
        every_s=config.every,
        background=parse_color(config.background),
        pixel_format=config.pixel_format,
        raw_size=config.raw_size,
    )
    return open_source(spec, wishes)


class SenderPipeline:
    """One sender: `run` builds all its parts, sends, and takes them down again."""

    def __init__(
        self,
        config: SenderConfig,
        reporter: Reporter[SenderStatistics],
        stop: StopSignal,
        opener: Callable[[SourceSpec, SenderConfig], Source] = open_configured,
        on_ready: Callable[[RunningSender], None] = lambda sender: None,
        manager: ServiceManager | None = None,
    ) -> None:
        """Make ready to run; SourceError where the configuration names no source.

        Args:
            config: what to send, and where.
            reporter: is told what happens.
            stop: ends the sender.
            opener: opens the source.
            on_ready: is given the sender when everything is open and warm.
            manager: of the service; one of several senders is given one that does not speak for the program.
        """
        self.spec = parse_source(config.source)
        "the source"
        self._config = config
        self._reporter = reporter
        self._stop = stop
        self._opener = opener
        self._on_ready = on_ready
        self._manager = manager or ServiceManager()

    def run(self) -> None:
        """Send until the source ends, a limit is reached or a stop is asked for."""
        with ExitStack() as stack:
            sender = self._open(stack)
            self._on_ready(sender)
            meter = sender.run()
        if meter is not None:
            meter.finish(sender.network.gauges)

    def _open(self, stack: ExitStack) -> RunningSender:
        """Open every part; the stack closes the last first."""
        config = self._config
        save_picture = self._open_folder(stack)
        source = self._opener(self.spec, config)
        stack.callback(source.close)
        if source.live:
            source.start()
        security = choose_security(
            config.url, bind=config.bind, insecure=config.insecure, secure=config.secure
        )
        session = _make_session(config, source.fps, keys=security is not None)
        stills = StillKeeper(lambda *answer: network.provide_still(*answer))
        stack.callback(stills.close)
        site = _open_site(config, session.config.stream, stills, stack)
        transport = _open_socket(config, security)
        # The network thread closes the socket that it works with: ours to close is one without a thread.
        unused = stack.enter_context(ExitStack())
        unused.callback(transport.close)
        invitation = invitation_url(transport.url, security, config.advertise) if config.bind else ""
        addresses = address_notices(config, transport.url, invitation, security)
        for notice in [*addresses, *(site.notices() if site is not None else [])]:
            self._reporter.notice(notice)
        coder = FrameCoder(config)
        coder.warm_up()
        coder.rest()
        network = SenderNetwork(session, transport if site is None else JointTransport(transport, site.peers))
        stack.enter_context(self._stop)
        sender = RunningSender(
            config=config,
            url=transport.url,
            invitation=invitation,
            fps=source.fps,
            reporter=self._reporter,
            stop=self._stop,
            manager=self._manager,
            source=source,
            coder=coder,
            network=network,
            connections=ConnectionReport(transport.url, security.own.public if security else None),
            stills=stills,
            save_picture=save_picture,
        )
        network.start()
        unused.pop_all()
        if site is not None:
            site.start()
        stack.push(sender.say_goodbye)
        return sender

    def _open_folder(self, stack: ExitStack) -> Callable[[str, codec.Rgb], None]:
        """What keeps a picture as it was before coding, under a name."""
        if self._config.save_frames is None:
            return lambda name, rgb: None
        folder = PictureFolder(self._config.save_frames)
        stack.callback(folder.close)
        return folder.add


def _open_socket(config: SenderConfig, security: Security | None) -> Transport:
    return Transport(
        TransportConfig(
            url=config.url, bind=config.bind, max_message_bytes=MAX_CONTROL_BYTES, security=security
        )
    )


def _open_site(
    config: SenderConfig, stream: StreamParameters, stills: StillKeeper, stack: ExitStack
) -> SenderSite | None:
    """Open the page's socket; None where no page is wanted."""
    if config.web is None:
        return None
    try:
        from narrowcast.sender.web.site import SenderSite
    except ImportError as error:
        raise WebError(f'the page needs more packages ({error}): pip install "narrowcast[web]"') from error
    site = SenderSite(config.web, stream, stills.find, config.web_certificate)
    stack.callback(site.close)
    return site


def _make_session(config: SenderConfig, fps: float, *, keys: bool) -> SenderSession:
    model_ids = {info.name: info.model_id for info in codec.available_codecs()}
    if config.codec not in model_ids:
        raise codec.unknown_codec(config.codec, model_ids)
    stream = StreamParameters(
        width=config.width,
        height=config.height,
        fps=fps,
        codec=config.codec,
        model_id=model_ids[config.codec],
        max_kbps=config.max_kbps,
        name=config.name,
    )
    return SenderSession(
        SenderSessionConfig(
            stream=stream,
            epoch=random.getrandbits(16),
            instance=random.getrandbits(63),
            announce=not config.bind,
            keys=keys or (config.web is not None and not config.web.loopback),
            max_receivers=config.max_receivers,
        )
    )

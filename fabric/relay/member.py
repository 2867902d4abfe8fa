"""A camera of the relay with all that belongs to it: its lease, its link, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable

from narrowcast.fabric.lease import Holder, Lease
from narrowcast.fabric.link_loop import LinkLoop
from narrowcast.fabric.relay.camera import RelayedCamera
from narrowcast.fabric.relay.config import RelayConfig, RelaySource
from narrowcast.fabric.relay.publisher import Publisher
from narrowcast.protocol import LinkUp, NoAnswer, Rejected, Transport, TransportConfig
from narrowcast.receiver.notices import notice_of
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.connection_report import ConnectionReport
from narrowcast.runtime.line_throttle import peer_throttle
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.runtime.security import choose_security

REFUSED_US = 30_000_000
"After so long a sender that turned the relay away for good is asked again: it may have been started anew."


class RelayMember:
    """Opens the link while the lease is held: a relay that stands by costs the thin link nothing."""

    def __init__(
        self,
        number: int,
        camera: RelaySource,
        config: RelayConfig,
        own: Holder,
        tell: Callable[[Notice], None],
    ) -> None:
        """Make ready; SecurityError where the camera's address may not be used like this."""
        self.name = camera.name
        self.lease = Lease(camera.name, own)
        self.camera = RelayedCamera(
            number,
            camera.name,
            connects=not config.bind,
            keyframe_us=round(1e6 * config.keyframe_every),
            tell=self.tell,
        )
        self._address = camera.address
        self._tell_notice = tell
        self._security = choose_security(
            camera.url, bind=config.bind, insecure=config.insecure, secure=config.secure
        )
        self._transport = TransportConfig(url=camera.url, bind=config.bind, security=self._security)
        self._connections = ConnectionReport(
            camera.address, self._security.own.public if self._security else None
        )
        self._throttle = peer_throttle()
        self._link: LinkLoop | None = None
        self._refused_us: int | None = None
        self._stands_by_for = ""

    @property
    def linked(self) -> bool:
        """Whether the sender answers."""
        return self._link is not None and self.camera.session.linked

    def hold(self, publisher: Publisher) -> None:
        """Publish from now on: the lease is ours."""
        if self._stands_by_for:
            self._stands_by_for = ""
            self.tell("the other relay is gone: this one goes on", False)
        if self._refused_us is not None and now_us() - self._refused_us > REFUSED_US:
            self._refused_us = None
            self.close_link()
        if self._link is None:
            transport = Transport(self._transport)
            self._link = LinkLoop(self.camera.renew_session(), transport, self._step)
        if self.camera.publisher is not publisher:
            self.camera.attach(publisher)

    def stand_by(self) -> None:
        """Publish nothing: another relay has the camera."""
        holder = self.lease.holder
        if self._link is not None:
            self.camera.session.close("another relay has this camera")
            self.close_link()
        self.camera.give_up()
        host = holder.host if holder is not None else "another machine"
        if host != self._stands_by_for:
            self._stands_by_for = host
            self.tell(f"a relay on {host} has this camera; standing by for it", False)

    def look_after(self) -> None:
        """Give up what has waited too long."""
        self.camera.look_after()

    def say_goodbye(self) -> None:
        """Tell the sender and the viewers that the relay ends."""
        if self._link is not None:
            self.camera.say_down("the relay was stopped")
            self._link.say_goodbye("the relay was stopped")

    def close_link(self) -> None:
        """Close the socket; harmless where there is none."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def tell(self, text: str, warn: bool) -> None:
        """Tell a line of this camera, a limited number of each."""
        level = Level.WARNING if warn else Level.INFO
        told = self._throttle.notice("text", Notice(f"{self.name}: {text}", level=level), now_us())
        if told is not None:
            self._tell_notice(told)

    def _step(self) -> None:
        """Take what a step of the link has brought."""
        self.camera.take_frames()
        for event in self.camera.take_events():
            if isinstance(event, LinkUp):
                self._connections.accepted()
            elif isinstance(event, Rejected) and event.final:
                self._refused_us = now_us()
            if not (isinstance(event, NoAnswer) and self._connections.refused):
                self._tell_event(notice_of(event, self._address), type(event))
        if self._link is not None:
            for notice in self._connections.notices(self._link.notices(), now_us()):
                self._tell_event(notice, None)

    def _tell_event(self, notice: Notice | None, kind: type | None) -> None:
        if notice is None:
            return
        named = Notice(f"{self.name}: {notice.text}", level=notice.level, remedy=notice.remedy)
        told = named if kind is None else self._throttle.notice(kind, named, now_us())
        if told is not None:
            self._tell_notice(told)

"""Tell the local network of streams that can be received (--announce), and that they are gone."""

from __future__ import annotations

import contextlib
import hashlib
import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from narrowcast.errors import ConfigError, Remedy
from narrowcast.protocol import parse_endpoint
from narrowcast.runtime.addresses import is_loopback
from narrowcast.runtime.announcement import (
    SERVICE_TYPE,
    Announcement,
    AnnouncementError,
    open_multicast,
    pack_properties,
)
from narrowcast.runtime.common_settings import EVERY_INTERFACE
from narrowcast.runtime.reporting import Notice, failure
from narrowcast.sender.config import SenderConfig
from narrowcast.worker import Worker

if TYPE_CHECKING:
    from zeroconf import ServiceInfo

    from narrowcast.sender.running_sender import RunningSender

_ID_CHARACTERS = 8
_MAX_LABEL_BYTES = 63 - 1 - _ID_CHARACTERS
"What DNS leaves of a name beside that."
_GOODBYE_S = 0.5
"What it may take: a quarter of a second, and more only where a stream was still being announced."


def check_announced(configs: Sequence[SenderConfig]) -> None:
    """ConfigError where nobody on the network could use what would be announced."""
    for config in configs:
        if not config.bind:
            raise ConfigError("is for a sender that listens: leave it out, or connect", setting="announce")
        if is_loopback(config.url):
            raise ConfigError(
                f"tells the network of {config.url}, which only this machine can reach",
                setting="announce",
                remedy=Remedy(setting="listen", value=EVERY_INTERFACE),
            )


class Announcer:
    """Announces streams until it is closed. What goes wrong with one is told, and the stream goes on."""

    def __init__(self, tell: Callable[[Notice], None], interfaces: Sequence[str] | None = None) -> None:
        """Open the sockets; DiscoveryError where that is not possible.

        Args:
            tell: takes a line for people.
            interfaces: addresses of the interfaces to speak on; None for all.
        """
        self._zeroconf = open_multicast(interfaces, remedy=Remedy(setting="announce", value=False))
        self._tell = tell
        self._closed = False

    def add(self, make: Callable[[], Announcement]) -> None:
        """Announce what `make` gives; the network has it a second or two later, and this does not wait."""
        Worker("announce", lambda: self._register(make)).start()

    def close(self) -> None:
        """Tell the network that they are gone."""
        self._closed = True
        closing = Worker("announce", self._zeroconf.close)
        closing.start()
        closing.join(_GOODBYE_S)

    def _register(self, make: Callable[[], Announcement]) -> None:
        from zeroconf import Error

        try:
            # Its name is its own, so nobody is asked for leave: a sender that was killed takes it up again.
            self._zeroconf.register_service(_service_info(make()), cooperating_responders=True)
        except (Error, AnnouncementError, OSError) as error:
            if not self._closed:
                self._tell(failure("cannot announce", error, "the stream goes on"))


def _service_info(announcement: Announcement) -> ServiceInfo:
    from zeroconf import ServiceInfo

    # Cameras from one box have one host name, and start together when the power comes back.
    own_id = hashlib.sha256(announcement.url.encode()).hexdigest()[:_ID_CHARACTERS]
    words = f"{announcement.name or 'camera'} on {announcement.host}".encode()[:_MAX_LABEL_BYTES]
    return ServiceInfo(
        SERVICE_TYPE,
        f"{words.decode('utf-8', 'ignore')} {own_id}.{SERVICE_TYPE}",
        port=announcement.port,
        parsed_addresses=list(announcement.addresses),
        properties=pack_properties(announcement),
        # Not the machine's own name, which its system may answer for with other addresses.
        server=f"narrowcast-{own_id}.local.",
    )


@contextlib.contextmanager
def announcing(
    wanted: bool, tell: Callable[[Notice], None], interfaces: Sequence[str] | None = None
) -> Iterator[Callable[[RunningSender], None]]:
    """What announces each sender that listens; does nothing where no announcement is wanted."""
    if not wanted:
        yield lambda sender: None
        return
    announcer = Announcer(tell, interfaces)
    try:
        yield lambda sender: announcer.add(lambda: announcement_of(sender))
    finally:
        announcer.close()


def announcement_of(sender: RunningSender) -> Announcement:
    """Describe a sender that listens."""
    config, endpoint = sender.config, parse_endpoint(sender.invitation, bind=False)
    return Announcement(
        name=config.name,
        host=socket.gethostname().partition(".")[0],
        addresses=_addresses(endpoint.host),
        port=endpoint.port,
        key=endpoint.key,
        width=config.width,
        height=config.height,
        fps=sender.fps,
        codec=config.codec,
    )


def _addresses(host: str) -> tuple[str, ...]:
    """The address that an invitation names; where it names this machine by name, all that it has."""
    try:
        return (str(ipaddress.ip_address(host.strip("[]"))),)
    except ValueError:
        pass
    if host != socket.gethostname():
        return (socket.gethostbyname(host),)
    import ifaddr

    own = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return tuple(address for address in own if not ipaddress.ip_address(address).is_loopback)

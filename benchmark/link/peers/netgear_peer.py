"""vidgear's NetGear with JPEG compression, in the mode that carries a message beside the frame."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from narrowcast.benchmark.link.peers.peer_program import (
    PeerSettings,
    host_and_port,
    newest_pictures,
    run_peer,
    tell,
)
from narrowcast.benchmark.shown import ShownLog, ShownPicture
from narrowcast.runtime.clock import now_us

REQUEST_TIMEOUT_S = 30
"""NetGear gives a connection up after three frames that took longer than 4 s, as all do at 16 kbit/s."""


def send(url: str, settings: PeerSettings) -> None:
    """Send each picture as soon as the one before has been answered."""
    netgear = _open(url, settings, receive_mode=False)
    for picture in newest_pictures(settings):
        netgear.send(picture.rgb, message=picture.capture_sender_us)


def receive(url: str, settings: PeerSettings) -> None:
    """Show each picture; NetGear answers by itself."""
    netgear = _open(url, settings, receive_mode=True)
    tell("listening", url=url)
    log = ShownLog(settings.pictures)
    while (received := netgear.recv(return_data="OK")) is not None:
        capture_us, rgb = received
        log.add(rgb, ShownPicture(capture_sender_us=capture_us, shown_us=now_us()))


def _open(url: str, settings: PeerSettings, *, receive_mode: bool) -> Any:
    # Looked up by name: its type hints refuse the options that its documentation names.
    make_netgear: Any = import_module("vidgear.gears").NetGear
    host, port = host_and_port(url)
    return make_netgear(
        address=host,
        port=str(port),
        protocol="tcp",
        receive_mode=receive_mode,
        bidirectional_mode=True,
        jpeg_compression="RGB",  # the order of the channels in and out
        jpeg_compression_quality=settings.jpeg_quality,
        request_timeout=REQUEST_TIMEOUT_S,
    )


if __name__ == "__main__":
    run_peer(send, receive)

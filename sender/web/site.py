"""The page of one sender: uvicorn in a thread of its own, beside the network thread that owns the session."""

from __future__ import annotations

import asyncio
from pathlib import Path

from narrowcast.protocol import MAX_CONTROL_BYTES, StreamParameters, WebSocketPeers
from narrowcast.runtime.reporting import Level, Notice
from narrowcast.runtime.web.access_control import AccessControl
from narrowcast.runtime.web.address import WebAddress
from narrowcast.runtime.web.certificate import PageCertificate, page_certificate
from narrowcast.runtime.web.listening import make_server, open_web_socket
from narrowcast.sender.web.app import PageContent, make_app
from narrowcast.sender.web.generator_files import GeneratorFiles
from narrowcast.sender.web.jpeg_socket import JpegPictures, PictureOf
from narrowcast.worker import Worker

_END_S = 1.0
"How long the server waits for its last answers when the sender ends."

_MAX_CONNECTIONS = 128
"Browsers open a handful each."


class SenderSite:
    """Serves the page until it is closed."""

    def __init__(
        self, address: WebAddress, stream: StreamParameters, picture_of: PictureOf, certificate: Path | None
    ) -> None:
        """Open the socket and make the page; WebError where that is not possible. `start` serves it.

        Args:
            address: where; beyond this machine it is encrypted.
            stream: what the sender sends.
            picture_of: the picture behind a frame, by its sequence, for browsers that cannot decode.
            certificate: PEM file with private key and certificates; None makes one.
        """
        self._certificate: PageCertificate | None = None
        if certificate is not None or not address.loopback:
            self._certificate = page_certificate(address, certificate)
        self._listener = open_web_socket(address)
        port = int(self._listener.getsockname()[1])
        self.peers = WebSocketPeers(encrypted=self._certificate is not None)
        "the browsers' connections, for the session's transport"
        self.url = address.url(port, "http" if self._certificate is None else "https")
        "what to open in a browser"
        content = PageContent(
            stream=stream,
            peers=self.peers,
            pictures=JpegPictures(picture_of, stream.max_kbps),
            generator=GeneratorFiles(),
        )
        self._server = make_server(
            make_app(content, AccessControl(address, port, "narrowcast send")),
            self._listener,
            max_connections=_MAX_CONNECTIONS,
            max_message_bytes=MAX_CONTROL_BYTES,
            tls=None if self._certificate is None else self._certificate.context,
        )
        self._worker = Worker("web", lambda: asyncio.run(self._server.serve()))

    def start(self) -> None:
        """Serve the page."""
        self._worker.start()

    def notices(self) -> list[Notice]:
        """Where the page is, and what a person compares before trusting it."""
        told = [Notice(f"to watch in a browser, open {self.url}", level=Level.WARNING)]
        if self._certificate is not None and self._certificate.made:
            text = "the browser will warn of the page's own certificate; its SHA-256 fingerprint is "
            told.append(Notice(text + self._certificate.fingerprint, level=Level.WARNING))
        return told

    def close(self) -> None:
        """Disconnect the browsers, end the server and close the socket."""
        self.peers.end()
        self._server.should_exit = True
        self._worker.join(_END_S)
        self._listener.close()

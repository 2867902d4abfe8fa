"""What is served at one address: the page of one stream, or a grid of several with a page each."""

from __future__ import annotations

from collections.abc import Sequence

from receiver.web.address import WebAddress
from receiver.web.app import make_app
from receiver.web.door import Door
from receiver.web.server import WebServer, open_web_socket
from receiver.web.view import WebView


class Site:
    """Serves views until it is closed."""

    def __init__(self, address: WebAddress, names: Sequence[str], *, mark: bool) -> None:
        """Open the socket and serve a view for each name; WebError where that is not possible.

        Args:
            address: where.
            names: what the pages call their streams.
            mark: whether pictures that a generator painted are marked as reconstructed.
        """
        listener = open_web_socket(address)
        self.views = [WebView(name=name, mark=mark, one_of_several=len(names) > 1) for name in names]
        "one for each name, in that order"
        self._server = WebServer(make_app(self.views, Door(address)), listener, streams=len(names))
        self.url = address.url(self._server.port)
        "what to open in a browser"

    def close(self) -> None:
        """Send the browsers away and end the server."""
        for view in self.views:
            view.close()
        self._server.stop()

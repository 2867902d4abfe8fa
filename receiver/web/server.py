"""What is served at one address: a page for each stream, by uvicorn in a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from narrowcast.receiver.web.app import make_app
from narrowcast.receiver.web.browser_messages import MAX_MESSAGE_BYTES
from narrowcast.receiver.web.shown import shown_pictures
from narrowcast.receiver.web.view import WebView
from narrowcast.receiver.whep.players import WhepPlayers
from narrowcast.runtime.web.access_control import AccessControl
from narrowcast.runtime.web.address import WebAddress
from narrowcast.runtime.web.listening import make_server, open_web_socket
from narrowcast.worker import Worker

_END_S = 1.0
"How long the server waits for its last answers when the receiver ends."

_MAX_CONNECTIONS = 128
"For each stream: browsers open a handful each, and the grid a socket for each stream."


class Site:
    """Serves the views of one or more streams until it is closed."""

    def __init__(self, address: WebAddress, names: Sequence[str], *, frame_ancestors: str = "") -> None:
        """Open the socket and serve a view for each name; WebError where that is not possible.

        Args:
            address: where.
            names: what the pages call their streams.
            frame_ancestors: the sites that may show a stream's picture in a frame; empty for none.
        """
        self._listener = open_web_socket(address)
        port = int(self._listener.getsockname()[1])
        self.url = address.url(port)
        "what to open in a browser"
        self.views = [WebView(name=name, one_of_several=len(names) > 1) for name in names]
        "one for each name, in that order"
        self._players = [WhepPlayers(partial(shown_pictures, view)) for view in self.views]
        app = make_app(self.views, AccessControl(address, port), frame_ancestors, self._players)
        self._server = make_server(
            app,
            self._listener,
            max_connections=_MAX_CONNECTIONS * len(names),
            max_message_bytes=MAX_MESSAGE_BYTES,
        )
        self._worker = Worker("web", self._run)
        self._worker.start()

    def close(self) -> None:
        """Disconnect the browsers, end the server and close the socket."""
        for view in self.views:
            view.close()
        self._server.should_exit = True
        self._worker.join(_END_S)
        self._listener.close()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        await self._server.serve()
        for players in self._players:
            await players.close()

"""The HTTP server of the metrics: one path, for whoever asks under a name of this machine, with limits."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PATH = "/metrics"

REQUEST_S = 10.0
"For a request and its answer; Prometheus takes milliseconds."

MAX_CONNECTIONS = 8
"Each has a thread; for one more, the oldest is closed."

_PAUSE_S = 0.1
"After an accept that failed: descriptors that were just closed become free."

_LOCAL_ENDINGS = (".local", ".localhost", ".internal", ".home.arpa")
"Endings that nobody can register a name under."


class MetricsServer(ThreadingHTTPServer):
    """Answers GET /metrics with what `text` gives."""

    daemon_threads = True

    def __init__(self, host: str, port: int, text: Callable[[], bytes], content_type: str) -> None:
        """Listen; OSError where that is not possible. `serve_forever` serves."""
        self.text = text
        self.content_type = content_type
        self.host = host
        self._lock = threading.Lock()
        self._since_s: dict[socket.socket, float] = {}
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self.address_family = found[0]
        super().__init__((str(found[4][0]), port), _Handler)

    def server_bind(self) -> None:
        """Bind, without HTTPServer's question to the name service, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.host, int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; where no descriptor is free, pause, for the loop tries again at once."""
        try:
            return super().get_request()
        except OSError:
            time.sleep(_PAUSE_S)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection, in the place of the oldest one if there are many."""
        with self._lock:
            if len(self._since_s) >= MAX_CONNECTIONS:
                self._cut(next(iter(self._since_s)))
            self._since_s[request] = time.monotonic()
        super().process_request(request, client_address)

    def service_actions(self) -> None:
        """Cut connections that are overdue; the server's loop calls this twice a second."""
        with self._lock:
            overdue_s = time.monotonic() - REQUEST_S
            for request in [each for each, since_s in self._since_s.items() if since_s < overdue_s]:
                self._cut(request)

    def shutdown_request(self, request: Any) -> None:
        """Forget a connection that has ended."""
        with self._lock:
            self._since_s.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing about a connection that broke: anybody who connects could fill the log."""

    def _cut(self, request: socket.socket) -> None:
        del self._since_s[request]
        with contextlib.suppress(OSError):
            request.shutdown(socket.SHUT_RDWR)  # its thread reads the end


class _Handler(BaseHTTPRequestHandler):
    """Answers one HTTP request."""

    server: MetricsServer
    server_version = "narrowcast"
    sys_version = ""
    timeout = REQUEST_S

    def do_GET(self) -> None:
        """Answer a GET: the metrics, 404 for another path, 403 for a foreign Host."""
        if not host_allowed(self.headers.get("Host", ""), self.server.host):
            self._answer(403, b"ask under a number or a local name of this machine\n", "text/plain")
        elif self.path.partition("?")[0] != PATH:
            self._answer(404, b"there is /metrics alone\n", "text/plain")
        else:
            self._answer(200, self.server.text(), self.server.content_type)

    def log_message(self, format: str, *args: object) -> None:
        """Log no requests."""

    def _answer(self, status: int, content: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)


def host_allowed(header: str, configured: str) -> bool:
    """Whether the Host of a request is a name that nobody else can make resolve to this machine.

    Otherwise another site's page in a browser of this network could read the metrics (DNS rebinding).

    Args:
        header: as it came.
        configured: the host that the metrics are served at.
    """
    try:
        name = urlsplit(f"//{header}").hostname
    except ValueError:
        return False
    if not name:
        return False
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    own = (configured.lower(), socket.gethostname().lower())
    return "." not in name or name.endswith(_LOCAL_ENDINGS) or name in own

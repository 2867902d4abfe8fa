"""The parsers of what peers, browsers and people who paste addresses send, as fuzzers call them."""

from __future__ import annotations

from narrowcast.protocol.endpoint import parse_endpoint
from narrowcast.protocol.keys import key_text, parse_key
from narrowcast.protocol.wire.packing import unpack_all
from tests.fuzz import test_protocol as samples
from tests.fuzz.target import FuzzTarget


def _browser_message(data: bytes) -> object:
    from narrowcast.receiver.web.browser_messages import parse_browser_message

    return parse_browser_message(data.decode("utf-8", "replace"))


def _replay_request(data: bytes) -> object:
    from narrowcast.receiver.web.replay_socket import parse_replay_request

    return parse_replay_request(data.decode("utf-8", "replace"))


def _range(data: bytes) -> object:
    from narrowcast.receiver.web.file_range import parse_range

    part = parse_range(data.decode("latin-1"), 1000)
    assert part is None or (0 <= part.first <= part.end and (part.first >= 1000 or part.end <= 1000))
    return part


def _web_request(data: bytes) -> object:
    """A request's query, Host, Origin and cookies, a line each, before the rules of who may see the page."""
    from starlette.datastructures import Headers, QueryParams
    from starlette.requests import cookie_parser

    from narrowcast.runtime.web.access_control import AccessControl
    from narrowcast.runtime.web.address import parse_web_address

    query, host, origin, cookies = (data.split(b"\n", 3) + [b""] * 4)[:4]
    headers = Headers(raw=[(b"host", host), *([(b"origin", origin)] if origin else [])])
    access = AccessControl(parse_web_address("127.0.0.1:8080"), 8080)
    access.new_cookie(headers, QueryParams(query))
    return access.refusal(headers, cookie_parser(cookies.decode("latin-1")))


def network_targets() -> list[FuzzTarget]:
    """Every parser of messages, addresses and keys, and of the page's requests."""
    return [
        FuzzTarget(
            name="message",
            seeds=lambda: samples.FROM_RECEIVER + samples.FROM_SENDER,
            parse=lambda data: unpack_all(data, max_payload_bytes=6000),
        ),
        FuzzTarget(
            name="address",
            seeds=lambda: [b"tcp://127.0.0.1:5555", b"tcp://[::1]:5555", b"ipc:///tmp/socket"],
            parse=lambda data: parse_endpoint(data.decode("utf-8", "replace"), bind=False),
        ),
        FuzzTarget(
            name="key",
            seeds=lambda: [key_text(samples.KEY).encode()],
            parse=lambda data: parse_key(data.decode("utf-8", "replace")),
        ),
        FuzzTarget(
            name="browser-message",
            seeds=lambda: [
                b'{"drawn": 12}',
                b'{"press": "record"}',
                b'{"restore": "never"}',
                b'{"max_fps": 5}',
            ],
            parse=_browser_message,
        ),
        FuzzTarget(
            name="replay-request",
            seeds=lambda: [b'{"at": 12000, "every": 266}', b'{"next": 1}'],
            parse=_replay_request,
        ),
        FuzzTarget(
            name="range",
            seeds=lambda: [b"bytes=10-99", b"bytes=-5", b"bytes=2000-"],
            parse=_range,
        ),
        FuzzTarget(
            name="web-request",
            seeds=lambda: [
                b"token=abc\n127.0.0.1:8080\n",
                b"\n127.0.0.1:8080\nhttp://127.0.0.1:8080",
                b"\nlocalhost\nhttp://[::1]",
            ],
            parse=_web_request,
        ),
    ]

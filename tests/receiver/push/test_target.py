"""Addresses to push to, as a person types them."""

from __future__ import annotations

import pytest

from narrowcast.errors import ConfigError
from narrowcast.receiver.push.target import parse_target


@pytest.mark.parametrize(
    ("text", "container"),
    [
        ("rtsp://host:8554/cam", "rtsp"),
        ("rtmp://host/app/cam", "flv"),
        ("srt://host:9000?mode=caller", "mpegts"),
        ("udp://239.0.0.1:5000", "mpegts"),
    ],
)
def test_each_protocol_has_its_container(text: str, container: str) -> None:
    assert parse_target(text).container == container


def test_datagrams_are_as_long_as_players_expect_and_rtsp_goes_over_tcp() -> None:
    assert parse_target("udp://h:5").url == "udp://h:5?pkt_size=1316"
    assert parse_target("udp://h:5?ttl=2").url == "udp://h:5?ttl=2&pkt_size=1316"
    assert parse_target("udp://h:5?pkt_size=188").url == "udp://h:5?pkt_size=188"
    assert parse_target("rtsp://h/x").options == {"rtsp_transport": "tcp"}


@pytest.mark.parametrize(
    "text",
    ["", "host:8554", "http://host/x", "rtsp://", "udp://host", "srt://host", "rtsp://me:secret@h:99999/x"],
)
def test_what_is_none_is_told_in_one_line_without_its_password(text: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_target(text)
    assert "\n" not in str(raised.value) and "secret" not in str(raised.value)

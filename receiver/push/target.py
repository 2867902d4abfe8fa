"""Where a stream is pushed to: the address, and the container that its protocol carries."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from narrowcast.errors import ConfigError

FORMATS = {"rtsp": "rtsp", "rtsps": "rtsp", "rtmp": "flv", "rtmps": "flv", "srt": "mpegts", "udp": "mpegts"}
"FFmpeg's name of the container for each scheme."

UDP_PACKET_BYTES = 1316
"Seven packets of MPEG-TS: what fits into an Ethernet frame, and what every player expects."


@dataclass(frozen=True, kw_only=True)
class PushTarget:
    """One address to push to."""

    url: str
    "as FFmpeg takes it"
    container: str
    "FFmpeg's name"
    options: dict[str, str]
    "of the container"


def parse_target(text: str) -> PushTarget:
    """Read "rtsp://host:8554/name" and the like; an error names no password."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        has_port = parts.port is not None
    except ValueError as error:
        raise ConfigError("is no address that can be read", setting="push") from error
    container = FORMATS.get(parts.scheme)
    if container is None or not parts.hostname:
        raise ConfigError(
            "is no address to push to; write it as rtsp://HOST:8554/NAME, srt://HOST:PORT, udp://HOST:PORT "
            "or rtmp://HOST/APP/NAME",
            setting="push",
        )
    if parts.scheme in ("srt", "udp") and not has_port:
        raise ConfigError(f"has no port; write it as {parts.scheme}://HOST:PORT", setting="push")
    options = {}
    if container == "rtsp":
        options["rtsp_transport"] = "tcp"  # pictures with holes are worse than late ones
    if parts.scheme == "udp" and "pkt_size" not in parts.query:
        url += f"{'&' if parts.query else '?'}pkt_size={UDP_PACKET_BYTES}"
    return PushTarget(url=url, container=container, options=options)

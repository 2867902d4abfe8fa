"""x264 (veryfast, zerolatency) over TCP through PyAV, told what the link carries."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from fractions import Fraction

import av
from av.video.codeccontext import VideoCodecContext

from narrowcast.benchmark.link.peers.peer_program import (
    PeerSettings,
    host_and_port,
    newest_pictures,
    run_peer,
    tell,
)
from narrowcast.benchmark.peers.video_peer import ENDLESS_GOP, to_rgb, to_yuv
from narrowcast.benchmark.shown import ShownLog, ShownPicture
from narrowcast.runtime.clock import now_us

HEADER = struct.Struct(">QI")
"""Before each frame: capture time in microseconds, and bytes that follow. Leaner than any container."""
PACKET_HEADER_BYTES = 66
"""Ethernet, IPv4 and TCP with timestamps, once a frame at these rates."""
LINK_SHARE = 0.9
"""Share of the link that video and headers may take; the rest keeps a queue from forming."""
LEAST_VIDEO_SHARE = 0.4
"""Share of the link that video gets at least, however much the headers take."""
BUFFER_SECONDS = 1.0
"""How far the encoder may run ahead of its rate, as narrowcast's token bucket allows its frames."""
SEND_BUFFER_BYTES = 16 * 1024
"""The kernel's own would hold minutes of a thin link."""


def send(url: str, settings: PeerSettings) -> None:
    """Code the newest picture whenever the socket has taken the one before."""
    with socket.create_connection(host_and_port(url)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        encoder = make_encoder(settings)
        start_us: int | None = None
        for picture in newest_pictures(settings):
            start_us = picture.capture_sender_us if start_us is None else start_us
            frame = to_yuv(picture.rgb)
            frame.pts = round((picture.capture_sender_us - start_us) * settings.fps / 1e6)
            data = b"".join(bytes(packet) for packet in encoder.encode(frame))
            connection.sendall(HEADER.pack(picture.capture_sender_us, len(data)) + data)


def receive(url: str, settings: PeerSettings) -> None:
    """Show each picture as it comes."""
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = 1  # a thread for each frame would hold frames back
    log = ShownLog(settings.pictures)
    with socket.create_server(host_and_port(url)) as listener:
        tell("listening", url=url)
        connection, _ = listener.accept()
    with connection:
        for capture_us, data in _messages(connection):
            for frame in decoder.decode(av.Packet(data)):
                log.add(to_rgb(frame), ShownPicture(capture_sender_us=capture_us, shown_us=now_us()))


def make_encoder(settings: PeerSettings) -> VideoCodecContext:
    """Make x264 with no frame of delay and a rate that the link carries, headers counted."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)
    bps = video_bps(settings.kbps, settings.fps)
    context.width, context.height, context.pix_fmt = settings.width, settings.height, "yuv420p"
    context.framerate = Fraction(settings.fps).limit_denominator(1001)
    context.time_base = 1 / context.framerate
    context.gop_size = ENDLESS_GOP
    context.max_b_frames = 0
    context.bit_rate = bps
    context.options = {
        "preset": "veryfast",
        "tune": "zerolatency",
        "maxrate": str(bps),
        "bufsize": str(round(BUFFER_SECONDS * bps)),
        "x264-params": "keyint=infinite:scenecut=0",
    }
    return context


def video_bps(link_kbps: float, fps: float) -> int:
    """What is left of a link for video."""
    headers_bps = 8 * fps * (PACKET_HEADER_BYTES + HEADER.size)
    link_bps = 1000 * link_kbps
    return round(max(LINK_SHARE * link_bps - headers_bps, LEAST_VIDEO_SHARE * link_bps))


def _messages(connection: socket.socket) -> Iterator[tuple[int, bytes]]:
    """Take frames off the stream: capture time and data."""
    with connection.makefile("rb") as stream:
        while len(header := stream.read(HEADER.size)) == HEADER.size:
            capture_us, count = HEADER.unpack(header)
            yield capture_us, stream.read(count)


if __name__ == "__main__":
    run_peer(send, receive)

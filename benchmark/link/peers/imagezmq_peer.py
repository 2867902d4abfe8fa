"""imagezmq as its documentation shows it: JPEG frames, request and reply, the capture time as the text."""

from __future__ import annotations

import cv2
import numpy as np

from narrowcast.benchmark.link.peers.peer_program import PeerSettings, newest_pictures, run_peer, tell
from narrowcast.benchmark.shown import ShownLog, ShownPicture
from narrowcast.codec import Rgb
from narrowcast.runtime.clock import now_us


def send(url: str, settings: PeerSettings) -> None:
    """Send each picture as soon as the one before has been answered."""
    import imagezmq

    sender = imagezmq.ImageSender(connect_to=url)
    for picture in newest_pictures(settings):
        sender.send_jpg(str(picture.capture_sender_us), encode_jpeg(picture.rgb, settings.jpeg_quality))


def receive(url: str, settings: PeerSettings) -> None:
    """Show each picture, then answer."""
    import imagezmq

    hub = imagezmq.ImageHub(open_port=url)
    tell("listening", url=url)
    log = ShownLog(settings.pictures)
    while True:
        text, data = hub.recv_jpg()
        log.add(decode_jpeg(data), ShownPicture(capture_sender_us=int(text), shown_us=now_us()))
        hub.send_reply(b"OK")


def encode_jpeg(rgb: Rgb, quality: int) -> bytes:
    """Code uint8 RGB [H, W, 3]."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    coded, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert coded, "JPEG can hold every picture"
    return data.tobytes()


def decode_jpeg(data: bytes) -> Rgb:
    """Undo `encode_jpeg`, but for what was lost."""
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert bgr is not None, "the message was no JPEG"
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)


if __name__ == "__main__":
    run_peer(send, receive)

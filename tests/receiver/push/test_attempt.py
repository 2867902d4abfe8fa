"""One push over UDP, read by FFmpeg through PyAV."""

from __future__ import annotations

import socket

import av
import numpy as np

from narrowcast.receiver.push.attempt import NewestPicture, PushAttempt
from narrowcast.receiver.push.target import parse_target
from narrowcast.receiver.window.overlay import Picture
from narrowcast.worker import Worker
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_newest_picture_is_taken_once_and_again_when_none_follows() -> None:
    pictures = NewestPicture()
    assert pictures.take(0, 0.0) == (0, None)
    first, second = camera_like(64, 64, seed=1), camera_like(64, 64, seed=2)
    pictures.put(first)
    pictures.put(second)
    number, picture = pictures.take(0, 0.0)
    assert number == 2 and picture is second
    number, picture = pictures.take(number, 0.0)
    assert number == 2 and picture is second


def test_pictures_arrive_as_they_were_and_with_their_times() -> None:
    port, pictures, picture = free_port(), NewestPicture(), camera_like(97, 65, seed=3)
    attempt = PushAttempt(parse_target(f"udp://127.0.0.1:{port}"), pictures)
    camera = Worker("camera", lambda: show_until_closed(camera, pictures, picture))
    camera.start()
    frames, times = [], []
    with av.open(f"udp://127.0.0.1:{port}?timeout=60000000", options={"analyzeduration": "100000"}) as reader:
        for frame in reader.decode(video=0):
            frames.append(frame.to_ndarray(format="rgb24"))
            times.append(frame.time)
            if len(frames) == 5:
                break
    camera.close()
    assert attempt.pushing
    attempt.close(10.0)
    assert frames[-1].shape == (64, 96, 3), "even sides, as H.264 needs them"
    assert float(np.abs(frames[-1].astype(int) - picture[:64, :96]).mean()) < 16
    assert times == sorted(set(times))


def show_until_closed(camera: Worker, pictures: NewestPicture, picture: Picture) -> None:
    while not camera.wait_closing(0.02):
        pictures.put(picture)


def test_it_ends_where_the_size_changes_or_the_server_is_not_there() -> None:
    pictures = NewestPicture()
    pictures.put(camera_like(64, 64))
    refused = PushAttempt(parse_target("rtsp://127.0.0.1:9/x"), pictures)
    wait_until(lambda: refused.error is not None)
    assert refused.error is not None and "refused" in refused.error
    changing = PushAttempt(parse_target(f"udp://127.0.0.1:{free_port()}"), pictures)
    wait_until(lambda: changing.pushing)
    pictures.put(camera_like(80, 64))
    wait_until(lambda: changing.error == "the pictures have another size")


def test_it_ends_without_a_picture() -> None:
    attempt = PushAttempt(parse_target("rtsp://127.0.0.1:9/x"), NewestPicture())
    assert attempt.error is None
    attempt.close(30.0)
    assert attempt.error == "it has ended"

"""The node for ROS 2, run as it is against a real sender and a fake of ROS 2 that checks its messages."""

from __future__ import annotations

import runpy
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.fake_ros import CompressedImage, Image, fake_ros
from tests.pipelines import RunningPipeline, run_sender, small_sender

EXAMPLE = Path(__file__).parent.parent / "examples" / "ros2_camera.py"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", [str(EXAMPLE), *arguments])
    runpy.run_path(str(EXAMPLE), run_name="__main__")


def sender() -> RunningPipeline:
    return run_sender(replace(small_sender(max_frames=40, width=96), fps=200.0))


def nanoseconds(message: Any) -> int:
    return int(message.header.stamp.sec * 10**9 + message.header.stamp.nanosec)


def test_frames_are_published_under_the_time_of_their_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    images: list[Any] = []
    compressed: list[Any] = []
    began_ns = time.time_ns()
    with fake_ros(monkeypatch) as ros, sender() as stream:
        ros.subscriptions["yard"] = Image, images.append
        ros.subscriptions["yard/compressed"] = CompressedImage, compressed.append
        words = ("--topic", "yard", "--frame-id", "mast", "--until-end", "--ros-args", "-p", "a:=1")
        run(monkeypatch, stream.address(), *words)
        assert ros.arguments == ["--ros-args", "-p", "a:=1"] and ros.spins > 0
    assert len(images) == len(compressed) > 0
    stamps = [nanoseconds(image) for image in images]
    assert began_ns < stamps[-1] < time.time_ns()
    for image, jpeg in zip(images, compressed, strict=True):
        assert image.header.frame_id == "mast" and (image.encoding, image.is_bigendian) == ("rgb8", 0)
        assert (image.height, image.width, image.step) == (64, 96, 288)
        rgb = np.frombuffer(image.data, np.uint8).reshape(image.height, image.width, 3)
        decoded = cv2.imdecode(np.frombuffer(jpeg.data, np.uint8), cv2.IMREAD_COLOR)
        assert decoded is not None and np.abs(decoded[..., ::-1].astype(int) - rgb).mean() < 10
        assert jpeg.format.startswith("rgb8; jpeg") and nanoseconds(jpeg) == nanoseconds(image)


def test_nothing_is_made_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_ros(monkeypatch) as ros, sender() as stream:
        run(monkeypatch, stream.address(), "--until-end")
        assert ros.subscriptions == {}


def test_a_shutdown_of_ros_ends_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_ros(monkeypatch) as ros, run_sender(small_sender()) as stream:
        ros.subscriptions["image_raw"] = Image, lambda image: ros.try_shutdown()
        run(monkeypatch, stream.address())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((), "needs rclpy: source"), (("--topik", "a"), "unrecognized arguments: --topik a")],
)
def test_mistakes_get_one_line_and_status_2(
    arguments: tuple[str, ...],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "rclpy", None)
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "tcp://127.0.0.1:5555", *arguments)
    assert ended.value.code == 2 and words in capsys.readouterr().err

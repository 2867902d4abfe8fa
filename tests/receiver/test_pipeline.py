"""The receiver's pipeline, with real senders and a sender's session where it has to misbehave."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from narrowcast import codec
from narrowcast.protocol import (
    Link,
    SenderSession,
    SenderSessionConfig,
    StreamParameters,
    Transport,
    TransportConfig,
)
from narrowcast.receiver.config import ExpectedStream, ReceiverConfig
from narrowcast.receiver.pipeline import RejectedError
from narrowcast.receiver.play.contents import examine
from narrowcast.receiver.recording.file import FileExistsAlready
from narrowcast.receiver.recording.payload_file import PayloadFile
from narrowcast.runtime.clock import now_us
from tests.codec.picture_samples import camera_like
from tests.pipelines import run_receiver, run_sender, small_sender, wait_until
from tests.protocol.sending import send_frame, wants_keyframe


class ScriptedSender:
    """A sender's session and socket, driven step by step by the test."""

    def __init__(self, *, codec_name: str = "jpeg", model_id: str = "") -> None:
        self.transport = Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True))
        stream = StreamParameters(width=64, height=64, fps=30.0, codec=codec_name, model_id=model_id)
        self.session = SenderSession(SenderSessionConfig(stream=stream, epoch=7, instance=7))
        self._link = Link(self.session, self.transport, now_us)

    def step(self) -> None:
        """Take in and send out what there is."""
        self._link.step(5)
        self.session.events()

    def send(self, payload: bytes) -> None:
        """Send a payload once a frame is wanted."""
        wait_until(lambda: self.session.grant(now_us()) is not None, self.step)
        send_frame(self.session, now_us(), payload=payload)
        self.step()

    def close(self) -> None:
        """Say goodbye."""
        self.session.close("the script is over")
        self._link.flush()
        self.transport.close(200)


def recorded_frames(path: Path) -> int:
    """How many frames a file holds, by decoding it."""
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_it_takes_as_many_frames_as_asked_and_records_them(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with run_sender(small_sender()) as sender:
        config = ReceiverConfig(url=sender.address(), window=False, record=path, max_frames=20)
        receiver = run_receiver(config)
        receiver.join()
    assert receiver.error is None
    assert recorded_frames(path) == 20
    summary = receiver.reporter.summaries[0]
    assert summary["decoded"] == summary["shown"] == 20
    assert summary["failed"] == 0


def test_a_payload_that_does_not_decode_costs_that_picture_only() -> None:
    good = codec.create_encoder("jpeg", width=64, height=64).encode(camera_like(64, 64, seed=1)).payload
    sender = ScriptedSender()
    with run_receiver(ReceiverConfig(url=sender.transport.url, window=False, max_frames=2)) as receiver:
        sender.send(good)
        sender.send(b"not a picture")
        wait_until(lambda: wants_keyframe(sender.session, now_us()), sender.step)
        sender.send(good)
        wait_until(lambda: receiver.ended, sender.step)
    sender.close()
    assert receiver.error is None
    summary = receiver.reporter.summaries[0]
    assert summary["failed"] == 1
    assert summary["shown"] == 2
    assert any(text.startswith("waiting for a keyframe") for text in receiver.reporter.notices)


def test_a_sender_with_another_model_is_refused_for_good() -> None:
    sender = ScriptedSender(codec_name="gan", model_id="another")
    with run_receiver(ReceiverConfig(url=sender.transport.url, window=False)) as receiver:
        wait_until(lambda: receiver.ended, sender.step)
    sender.close()
    assert isinstance(receiver.error, RejectedError)
    assert "model" in str(receiver.error)


def test_another_sender_may_follow_with_another_size_and_codec(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    first = run_sender(small_sender(max_frames=5))
    url = first.address()
    receiver = run_receiver(ReceiverConfig(url=url, window=False, record=path, max_frames=12))
    first.join()
    with run_sender(small_sender(url=url, codec="png", width=96)), receiver:
        receiver.join()
    assert receiver.error is None
    links = [text for text in receiver.reporter.notices if text.startswith("receiving")]
    assert [text.split()[1] for text in links] == ["64x64", "96x64"]
    assert links[1].endswith("coded with png")
    assert recorded_frames(path) == 12


def test_a_prepared_decoder_is_used_for_the_stream_that_was_expected() -> None:
    expected = ExpectedStream(codec="jpeg", width=64, height=64)
    with run_sender(small_sender()) as sender:
        config = ReceiverConfig(url=sender.address(), window=False, max_frames=3, expected=expected)
        receiver = run_receiver(config)
        receiver.join()
    assert receiver.reporter.summaries[0]["shown"] == 3


def test_stopping_closes_the_recording_and_says_goodbye(tmp_path: Path) -> None:
    path = tmp_path / "out.mkv"
    with run_sender(small_sender()) as sender:
        receiver = run_receiver(ReceiverConfig(url=sender.address(), window=False, record=path))
        wait_until(lambda: any("receiving" in text for text in receiver.reporter.notices))
        wait_until(path.exists)
        wait_until(lambda: bool(receiver.reporter.seconds))
        receiver.stop()
        wait_until(lambda: any("said goodbye" in text for text in sender.reporter.notices))
    assert recorded_frames(path) == receiver.reporter.summaries[0]["decoded"] > 0


def test_decoded_pictures_are_saved(tmp_path: Path) -> None:
    with run_sender(small_sender()) as sender:
        config = ReceiverConfig(url=sender.address(), window=False, max_frames=4, save_frames=tmp_path)
        run_receiver(config).join()
    assert len(list(tmp_path.glob("*-decoded.png"))) == 4


def test_without_a_display_it_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with run_sender(small_sender()) as sender:
        receiver = run_receiver(ReceiverConfig(url=sender.address(), max_frames=2))
        receiver.join()
    assert "there is no display here; going on without a window" in receiver.reporter.notices
    assert receiver.reporter.summaries[0]["decoded"] == 2


@pytest.mark.parametrize("suffix", [".mp4", ".ncast"])
def test_a_recording_in_pieces_loses_nothing_between_them(tmp_path: Path, suffix: str) -> None:
    with run_sender(small_sender(fps=20)) as sender:
        config = ReceiverConfig(
            url=sender.address(),
            window=False,
            record=tmp_path / f"cam-%Y%m%d-%H%M%S{suffix}",
            segment=1.0,
            keep=3600.0,
            max_frames=60,
        )
        receiver = run_receiver(config)
        receiver.join()
    paths = sorted(tmp_path.glob("cam-*"), key=lambda path: path.stat().st_mtime_ns)
    counts = []
    for path in paths:
        if suffix == ".ncast":
            with PayloadFile(path) as file:
                counts.append(examine(file).frames)
        else:
            counts.append(recorded_frames(path))
    assert receiver.error is None and sum(counts) == 60 and len(counts) >= 2
    (told,) = [text for text in receiver.reporter.notices if text.startswith("recorded")]
    assert told == f"recorded 60 frames to {len(paths)} files, the last one {paths[-1]}"
    assert len(list(tmp_path.glob(".cam-*.narrowcast"))) == 1


def test_the_time_of_capture_is_written_into_what_people_see_and_not_into_saved_frames(
    tmp_path: Path,
) -> None:
    with run_sender(small_sender(width=256)) as sender:
        for timestamp in (False, True):
            folder = tmp_path / f"{timestamp}"
            folder.mkdir()
            config = ReceiverConfig(
                url=sender.address(),
                window=False,
                record=folder / "out.mp4",
                save_frames=folder / "frames",
                timestamp=timestamp,
                max_frames=5,
            )
            run_receiver(config).join()
    grounds = []
    for name in ("False", "True"):
        with av.open(str(tmp_path / name / "out.mp4")) as container:
            recorded = next(container.decode(video=0)).to_ndarray(format="rgb24")
        saved = cv2.imread(str(sorted((tmp_path / name / "frames").iterdir())[0]))
        assert saved is not None
        difference = np.abs(recorded.astype(int) - saved[..., ::-1]).mean(axis=2)
        grounds.append((np.percentile(difference[:8], 90), np.percentile(difference[40:], 90)))
    (plain_corner, plain_rest), (stamped_corner, stamped_rest) = grounds
    assert stamped_corner > 3 * plain_corner and stamped_rest < 2 * plain_rest, grounds


@pytest.mark.parametrize("name", ["out.mp4", "out.ncast"])
def test_a_file_made_while_a_sender_is_waited_for_is_kept_and_ends_the_receiver(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    config = ReceiverConfig(url="tcp://127.0.0.1:0", bind=True, window=False, record=path)
    receiver = run_receiver(config)
    url = receiver.address()
    path.write_bytes(b"precious")
    with run_sender(small_sender(url=url, bind=False)):
        receiver.join()
    assert isinstance(receiver.error, FileExistsAlready) and path.read_bytes() == b"precious"

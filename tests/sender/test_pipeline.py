"""The sender's pipeline, with real receivers and a receiver's session where it has to misbehave."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from protocol import CodecOffer, Link, ReceiverSession, Transport, TransportConfig
from protocol import ReceiverSessionConfig as SessionConfig
from receiver.config import ReceiverConfig
from runtime.clock import now_us
from tests.pipelines import run_receiver, run_sender, small_sender, wait_until


def test_nothing_is_coded_while_nobody_receives() -> None:
    with run_sender(small_sender()) as sender:
        wait_until(lambda: "waiting for a receiver" in sender.reporter.notices)
    assert sender.error is None
    assert sender.reporter.summaries == []


def test_it_sends_as_many_frames_as_asked_and_says_goodbye() -> None:
    with run_sender(small_sender(max_frames=7)) as sender:
        receiver = run_receiver(ReceiverConfig(url=sender.address(), window=False, until_end=True))
        sender.join()
        receiver.join()
    (sent,), (received,) = sender.reporter.summaries, receiver.reporter.summaries
    assert sent["coded"] == received["shown"] == 7
    assert sent["keyframes"] == received["keyframes"] == 7
    assert sent["captured"] >= 7
    assert sent["captured"] == sent["coded"] + sent["skipped"]
    assert sent["encode_ms"]["count"] == 7
    assert sent["network_ms"]["count"] == 7


def test_the_clip_starts_with_its_first_receiver_and_ends_the_stream() -> None:
    config = replace(small_sender(source="demo:"), fps=None, max_seconds=0.5, size=(128, 72))
    with run_sender(config) as sender:
        receiver = run_receiver(ReceiverConfig(url=sender.address(), window=False, until_end=True))
        receiver.join()
        sender.join()
    (sent,), (received,) = sender.reporter.summaries, receiver.reporter.summaries
    assert received["first_shown_capture_us"] - sent["first_capture_us"] < 500_000
    assert received["shown"] == sent["coded"] > 0


def test_a_receiver_that_takes_no_frame_stops_the_coding_after_one() -> None:
    with run_sender(small_sender(max_frames=50)) as sender:
        transport = Transport(TransportConfig(url=sender.address(), bind=False))
        offers = (CodecOffer(name="jpeg", model_id=""),)
        session = ReceiverSession(SessionConfig(codecs=offers, instance=1))
        link = Link(session, transport, now_us)
        wait_until(lambda: session.frames_waiting == 1, lambda: link.step(10))
        for _ in range(20):
            link.step(10)
        assert session.frames_waiting == 1
        session.close("enough")
        link.flush()
        transport.close(200)
        wait_until(lambda: any("left" in text for text in sender.reporter.notices))
    assert sender.reporter.summaries[0]["coded"] == 1


def test_a_sender_may_connect_to_a_receiver_that_listens() -> None:
    receiver = run_receiver(ReceiverConfig(url="tcp://127.0.0.1:0", bind=True, window=False, max_frames=5))
    with receiver, run_sender(small_sender(url=receiver.address(), bind=False)) as sender:
        receiver.join()
    assert receiver.error is None
    assert receiver.reporter.summaries[0]["shown"] == 5
    assert any("narrowcast receive --listen" in text for text in sender.reporter.notices)


def test_it_prints_the_command_for_the_other_machine() -> None:
    with run_sender(small_sender(url="tcp://127.0.0.1:0")) as sender:
        url = sender.address()
    assert any(text.endswith(f"run: narrowcast receive {url}") for text in sender.reporter.notices)
    assert not any("warning" in text for text in sender.reporter.notices)


def test_the_command_for_other_machines_names_an_address_that_they_reach() -> None:
    with run_sender(replace(small_sender(url="tcp://0.0.0.0:0"), insecure=True)) as sender:
        assert not sender.address().startswith("tcp://0.0.0.0")
    assert not any("receive tcp://0.0.0.0" in text for text in sender.reporter.notices)


def test_the_pictures_before_coding_are_saved(tmp_path: Path) -> None:
    config = replace(small_sender(max_frames=3), save_frames=tmp_path / "frames")
    with run_sender(config) as sender:
        run_receiver(ReceiverConfig(url=sender.address(), window=False, until_end=True)).join()
        sender.join()
    assert len(list((tmp_path / "frames").glob("*-source.png"))) == 3


def test_one_receiver_more_than_it_takes_is_turned_away() -> None:
    with run_sender(replace(small_sender(), max_receivers=1)) as sender:
        config = ReceiverConfig(url=sender.address(), window=False)
        with run_receiver(config) as first:
            wait_until(lambda: any("receiving" in text for text in first.reporter.notices))
            with run_receiver(config) as second:
                wait_until(lambda: any("turned us away" in text for text in second.reporter.notices))

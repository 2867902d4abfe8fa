"""What a receiver answers to the frames of a link: acknowledgements, events and keyframe requests."""

from __future__ import annotations

from dataclasses import replace

from narrowcast.protocol.session.events import FramesMissed, KeyframeRequested, ReceiverEvent
from narrowcast.protocol.session.frame_intake import FrameIntake, KeyframeRequests
from narrowcast.protocol.wire.messages import Ack, FrameMessage, FramePart, KeyframeRequest, Message
from tests.protocol.receiving import WELCOME


class Intake(FrameIntake):
    """Keeps what it sends and tells."""

    def __init__(self, max_payload_bytes: int = 1000) -> None:
        self.sent: list[Message] = []
        self.told: list[ReceiverEvent] = []
        super().__init__(max_payload_bytes, self.sent.append, self.told.append)


def frame(sequence: int, *, keyframe: bool = False, parts: int = 1) -> FrameMessage:
    return FrameMessage(
        sequence=sequence,
        capture_sender_us=10,
        send_delay_us=5,
        payload=b"first",
        keyframe=keyframe,
        parts=parts,
    )


def test_a_frame_is_acknowledged_when_it_is_taken() -> None:
    intake = Intake()
    intake.receive(frame(0, keyframe=True), WELCOME, 1000)
    assert intake.waiting == 1 and intake.sent == []
    taken = intake.take(4000)
    assert taken is not None and (taken.sequence, taken.arrival_local_us) == (0, 1000)
    assert intake.sent == [Ack(sequence=0, hold_us=3000)]
    assert intake.take(5000) is None


def intake_after_the_first_of_a_pair() -> Intake:
    """Frames 1 and 2 came as a pair at 1000 us, and the first of them was taken at 2000 us."""
    intake = Intake()
    intake.receive(frame(0, keyframe=True), WELCOME, 0)
    intake.take(0)
    intake.receive(replace(frame(1), first_of_pair=True), WELCOME, 1000)
    intake.receive(frame(2), WELCOME, 1000)
    intake.take(2000)
    return intake


def test_one_ack_answers_a_pair() -> None:
    intake = intake_after_the_first_of_a_pair()
    assert intake.sent == [Ack(sequence=0)]
    intake.take(5000)
    assert intake.sent[1:] == [Ack(sequence=2, hold_us=4000)]


def test_the_rest_of_a_pair_that_is_of_no_use_is_acknowledged() -> None:
    intake = intake_after_the_first_of_a_pair()
    intake.decode_failed("damaged", 3000)
    assert intake.sent[1:] == [Ack(sequence=2, hold_us=2000)]


def test_a_frame_in_parts_counts_when_its_last_part_is_here() -> None:
    intake = Intake()
    intake.receive(frame(0, keyframe=True, parts=2), WELCOME, 0)
    assert intake.waiting == 0
    intake.receive(FramePart(sequence=0, part=1, payload=b" second"), WELCOME, 9)
    taken = intake.take(9)
    assert taken is not None and (taken.payload, taken.arrival_local_us) == (b"first second", 9)


def test_a_broken_chain_gives_the_credit_back_and_asks_for_a_keyframe() -> None:
    intake = Intake()
    intake.receive(frame(0, keyframe=True), WELCOME, 0)
    intake.receive(frame(3), WELCOME, 0)
    reason = "frame 3 builds on 2, the last one here is 0"
    assert intake.told == [FramesMissed(count=2), KeyframeRequested(reason=reason)]
    assert intake.sent == [Ack(sequence=3)] and intake.missed == 3
    intake.run_timers(intake.request_us or 0)
    assert intake.sent[-1] == KeyframeRequest(after_sequence=3, reason=reason)
    intake.receive(frame(4, keyframe=True), WELCOME, 0)
    assert intake.request_us is None


def test_after_a_decode_error_the_frames_that_build_on_it_are_given_back() -> None:
    intake = Intake()
    intake.receive(frame(0, keyframe=True), WELCOME, 0)
    intake.take(0)
    intake.receive(frame(1), WELCOME, 0)
    intake.decode_failed("altered", 7)
    assert intake.waiting == 0 and intake.missed == 1
    assert intake.sent[-1] == Ack(sequence=1, hold_us=7)
    assert intake.told == [KeyframeRequested(reason="altered")]


def test_a_new_link_begins_with_an_empty_queue_and_a_keyframe() -> None:
    intake = Intake()
    intake.receive(frame(7, keyframe=True), WELCOME, 0)
    intake.link_began()
    assert intake.waiting == 0
    intake.receive(frame(1), WELCOME, 0)
    assert intake.waiting == 0 and intake.request_us is None
    intake.receive(frame(2, keyframe=True), WELCOME, 0)
    assert intake.waiting == 1


def test_a_request_goes_out_at_once_and_repeats_until_the_keyframe_comes() -> None:
    requests = KeyframeRequests()
    assert not requests.take_due(0)
    assert requests.want("lost")
    assert not requests.want("lost again")
    assert requests.take_due(10) and requests.reason == "lost again"
    assert not requests.take_due(1_900_000)
    assert requests.take_due(2_000_010)
    requests.keyframe_came()
    assert requests.due_us is None
    assert not requests.take_due(9_000_000)


def test_a_new_break_waits_out_the_half_second() -> None:
    requests = KeyframeRequests()
    requests.want("first")
    requests.take_due(0)
    requests.keyframe_came()
    assert requests.want("second")
    assert requests.due_us == 500_000
    assert not requests.take_due(499_999)
    assert requests.take_due(500_000)


def test_who_records_asks_for_a_keyframe_and_loses_no_frame() -> None:
    intake = Intake()
    intake.receive(frame(0, keyframe=True), WELCOME, 0)
    intake.request_keyframe("for the recording")
    intake.run_timers(10)
    (request,) = [message for message in intake.sent if isinstance(message, KeyframeRequest)]
    assert (request.after_sequence, request.reason) == (0, "for the recording")
    assert not intake.told and intake.waiting == 1 and intake.missed == 0
    intake.receive(frame(1, keyframe=True), WELCOME, 20)
    intake.run_timers(9_000_000)
    assert sum(isinstance(message, KeyframeRequest) for message in intake.sent) == 1

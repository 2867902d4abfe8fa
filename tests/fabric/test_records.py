"""What the messages of a camera hold."""

from __future__ import annotations

import pytest

from narrowcast.fabric.records import (
    ChainCheck,
    MessageWriter,
    arrived_frame_of,
    parameters_of,
    unpack_message,
)
from narrowcast.receiver.recording.payload_records import RecordDamaged
from tests.fabric.fabric_samples import START_US, frames, messages, sequences, unpacked


def test_a_message_holds_the_payload_as_it_came() -> None:
    sent = frames(7)
    found = unpacked(sent)
    assert [each.frame.payload for each in found] == [frame.payload for frame in sent]
    assert [each.keyframe for each in found] == [frame.keyframe for frame in sent]
    assert found[3].frame.time_us == START_US + 300_000
    assert found[0].stream is not None and found[0].stream.format == ("jpeg", "", 64, 64)


def test_nothing_is_written_before_a_keyframe() -> None:
    assert sequences([unpack_message(data) for data in messages(frames(4, first=3))]) == [5, 6]
    writer = MessageWriter()
    messages(frames(3), writer)
    assert not writer.awaiting_keyframe
    writer.restart()
    assert writer.awaiting_keyframe and messages(frames(2, first=3), writer) == []


@pytest.mark.parametrize("place", [0, 5, 20, 60, 200, -1])
def test_a_message_with_an_altered_byte_is_damaged(place: int) -> None:
    data = bytearray(messages(frames(1))[0])
    data[place] ^= 1
    with pytest.raises(RecordDamaged):
        unpack_message(bytes(data))


def test_what_is_no_message_is_damaged() -> None:
    keyframe, frame = messages(frames(2))
    for data in (b"", b"x" * 40, keyframe[:-1], keyframe + frame, frame[:-1], frame + b"x"):
        with pytest.raises(RecordDamaged):
            unpack_message(data)


def test_a_whole_chain_passes_once() -> None:
    chain, found = ChainCheck(), unpacked(frames(12))
    assert all(chain.take(each) for each in found)
    assert not any(chain.take(each) for each in found), "what came before is left out"
    assert not chain.broken


def test_what_builds_on_a_lost_frame_waits_for_a_keyframe() -> None:
    chain, found = ChainCheck(), unpacked(frames(12))
    del found[2]
    assert [each.frame.sequence for each in found if chain.take(each)] == [0, 1, 5, 6, 7, 8, 9, 10, 11]


def test_another_run_of_the_sender_begins_with_its_keyframe() -> None:
    chain, first, second = ChainCheck(), unpacked(frames(7)), unpacked(frames(7, epoch=2))
    taken = [each for each in [*first, *second[1:], *second] if chain.take(each)]
    assert [(each.frame.epoch, each.frame.sequence) for each in taken] == [
        *((1, number) for number in range(7)),
        (2, 5),
        (2, 6),
    ]


def test_a_chain_that_is_given_up_goes_on_at_a_keyframe() -> None:
    chain, found = ChainCheck(), unpacked(frames(12))
    assert all(chain.take(each) for each in found[:3])
    chain.lose()
    assert chain.broken
    assert [each.frame.sequence for each in found[3:] if chain.take(each)] == [5, 6, 7, 8, 9, 10, 11]


def test_a_receiver_gets_its_age_by_the_calendar() -> None:
    found = unpacked(frames(1))[0]
    assert found.stream is not None
    frame = arrived_frame_of(found.frame, found.stream, now_us=9_000_000, calendar_us=START_US + 250_000)
    assert frame.capture_local_us == 8_750_000 and frame.wanted
    assert (frame.codec, frame.width, frame.epoch, frame.sequence) == ("jpeg", 64, 1, 0)


def test_a_stream_is_described_by_its_entry_point_alone() -> None:
    stream = unpacked(frames(1))[0].stream
    assert stream is not None
    parameters = parameters_of(stream, "front")
    assert (parameters.name, parameters.codec, parameters.width, parameters.fps) == (
        "front",
        "jpeg",
        64,
        15.0,
    )

"""What worker and decode process write to each other is read again; a hostile answer is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from narrowcast.fabric.fleet.decode_messages import (
    LENGTH,
    CameraDone,
    CameraWork,
    DecodeAnswer,
    DecodeBatch,
    HostileAnswerError,
    SceneEvent,
    pack_answer,
    pack_batch,
    unpack_answer,
    unpack_batch,
)
from narrowcast.receiver.events.event import EventKind, EventState

WORK = CameraWork(slot=7, codec="hybrid", width=64, height=64, payloads=(b"a", b"b"))
BATCH = DecodeBatch(works=(WORK,), forget=(3,))
SEEN = SceneEvent(kind=EventKind.BLACK, state=EventState.END, seconds=2.5)
DONE = CameraDone(slot=7, decoded=2, jpeg=b"\xff\xd8x", events=(SEEN,), refusal="")


def test_a_batch_and_its_answer_survive() -> None:
    packed = pack_batch(BATCH)
    assert LENGTH.unpack(packed[:4])[0] == len(packed) - 4 and unpack_batch(packed[4:]) == BATCH
    answer = DecodeAnswer(done=(DONE,))
    assert unpack_answer(pack_answer(answer)[4:], BATCH) == answer


@pytest.mark.parametrize(
    "done",
    [
        (),
        (DONE, DONE),
        (replace(DONE, slot=8),),
        (replace(DONE, jpeg=b"<script>"),),
        (replace(DONE, jpeg=b"\xff\xd8" + bytes(70_000)),),
        (replace(DONE, refusal="two\nlines"),),
    ],
)
def test_a_hostile_answer_is_refused(done: tuple[CameraDone, ...]) -> None:
    with pytest.raises(HostileAnswerError):
        unpack_answer(pack_answer(DecodeAnswer(done=done))[4:], BATCH)


def test_garbage_is_refused() -> None:
    with pytest.raises(HostileAnswerError, match="cannot be read"):
        unpack_answer(b"garbage", BATCH)

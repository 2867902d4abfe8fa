"""Each kind of field takes its own type and range, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from protocol.errors import MessageError
from protocol.wire.fields import Blob, Boolean, FieldKind, Integer, Real, Text
from protocol.wire.session_messages import Role


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Integer(low=0, high=9), [0, 9, Role.SENDER], [-1, 10, True, 1.0, "1", None, b"1"]),
        (Real(low=0, high=9), [0, 1.5, 9], [-0.1, 9.1, float("nan"), float("inf"), True, "1", None]),
        (Boolean(), [True, False], [0, 1, None, "true"]),
        (Text(max_characters=3), ["", "abc"], ["abcd", b"abc", 1, None]),
        (Blob(max_bytes=3), [b"", b"abc"], [b"abcd", "abc", None, [1]]),
    ],
)
def test_kind_takes_its_own(kind: FieldKind, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert kind.check(value) == value
    for value in bad:
        with pytest.raises(MessageError, match="needed .* got"):
            kind.check(value)


def test_the_complaint_does_not_repeat_what_the_peer_wrote() -> None:
    with pytest.raises(MessageError) as caught:
        Integer(low=0, high=1).check("\x1b[2Jevil")
    assert "evil" not in str(caught.value)

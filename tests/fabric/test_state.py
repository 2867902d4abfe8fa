"""What a relay tells of its camera."""

from __future__ import annotations

import pytest

from narrowcast.fabric.state import CameraState, StateError, pack_state, unpack_state
from tests.fabric.fabric_samples import STREAM


def test_a_state_comes_back_as_it_was() -> None:
    state = CameraState(stream=STREAM, linked=False, ended=True, reason="the sender said goodbye")
    assert unpack_state(pack_state(state)) == state


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"x" * 5000, pack_state(CameraState(stream=STREAM, linked=True)).replace(b":64", b":0")],
)
def test_what_is_no_state_is_told(data: bytes) -> None:
    with pytest.raises(StateError, match="a state"):
        unpack_state(data)


def test_text_of_a_state_is_safe_to_print() -> None:
    state = unpack_state(pack_state(CameraState(stream=STREAM, linked=False, reason="a\x1b[2Jb")))
    assert state.reason == "a?[2Jb"

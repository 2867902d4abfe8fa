"""Wrong configurations are refused when they are made."""

from __future__ import annotations

import pytest

from narrowcast.protocol.session.config import SenderSessionConfig
from narrowcast.protocol.wire.session_messages import StreamParameters


@pytest.mark.parametrize(("epoch", "max_receivers"), [(2**16, 1), (-1, 1), (1, 0)])
def test_wrong_sender_configuration_is_refused(epoch: int, max_receivers: int) -> None:
    stream = StreamParameters(width=64, height=64, fps=15.0, codec="jpeg")
    with pytest.raises(ValueError, match="needs"):
        SenderSessionConfig(stream=stream, epoch=epoch, instance=1, max_receivers=max_receivers)


@pytest.mark.parametrize(("fps", "told"), [(0.0, 0.1), (1e-9, 0.1), (29.97, 29.97), (1e9, 1000.0)])
def test_whatever_a_source_calls_its_frame_rate_welcome_can_say(fps: float, told: float) -> None:
    stream = StreamParameters(width=64, height=64, fps=fps, codec="jpeg")
    assert SenderSessionConfig(stream=stream, epoch=1, instance=1).stream.fps == told

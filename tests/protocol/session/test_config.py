"""Wrong configurations are refused when they are made."""

from __future__ import annotations

import pytest

from protocol.session.config import SenderSessionConfig
from protocol.wire.session_messages import StreamParameters


@pytest.mark.parametrize(("epoch", "max_receivers"), [(2**16, 1), (-1, 1), (1, 0)])
def test_wrong_sender_configuration_is_refused(epoch: int, max_receivers: int) -> None:
    stream = StreamParameters(width=64, height=64, fps=15.0, codec="jpeg")
    with pytest.raises(ValueError, match="needs"):
        SenderSessionConfig(stream=stream, epoch=epoch, instance=1, max_receivers=max_receivers)

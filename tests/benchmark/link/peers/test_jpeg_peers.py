"""imagezmq and NetGear as they are installed, over loopback."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.benchmark.link.systems import SYSTEMS
from tests.benchmark.link.peer_samples import check_pictures_are_the_clips


@pytest.mark.parametrize("name", ["imagezmq", "netgear"])
def test_pictures_arrive_with_their_capture_times(name: str, tmp_path: Path) -> None:
    if not SYSTEMS[name].installed:
        pytest.skip(f"{name} is not installed: pip install 'narrowcast[peers]'")
    check_pictures_are_the_clips(SYSTEMS[name], tmp_path, sender_listens=False)

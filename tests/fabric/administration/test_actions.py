"""What the actions print is tested with the command: test_main.py; here, what they refuse to Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.errors import FabricError
from narrowcast.fabric.administration import actions
from narrowcast.runtime.signals import StopSignal


def test_what_is_no_fabric_is_not_run(tmp_path: Path) -> None:
    with pytest.raises(FabricError, match="is no folder of a fabric"):
        actions.run(tmp_path / "none", StopSignal(), print)

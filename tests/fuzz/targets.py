"""Every parser of bytes from outside, as fuzzers call it, by its name."""

from __future__ import annotations

from tests.fuzz.codec_targets import codec_targets
from tests.fuzz.fabric_targets import fabric_targets
from tests.fuzz.file_targets import file_targets
from tests.fuzz.network_targets import network_targets
from tests.fuzz.target import FuzzTarget


def all_targets() -> dict[str, FuzzTarget]:
    """Every target by its name."""
    targets = [*network_targets(), *codec_targets(), *file_targets(), *fabric_targets()]
    return {target.name: target for target in targets}

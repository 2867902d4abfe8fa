"""The settings of a worker, checked before anything is opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated

from narrowcast.runtime.common_settings import FabricSettings
from narrowcast.runtime.fabric_address import check_camera
from narrowcast.runtime.settings import Setting

MAX_PROCESSES = 256


@dataclass(frozen=True, kw_only=True)
class FleetConfig(FabricSettings):
    """Every setting of `narrowcast fleet`."""

    camera: Annotated[tuple[str, ...], Setting(metavar="LIST", parse=str.strip)] = ()
    "decode these cameras alone, as in front,yard; by default a share of all that the fabric has"
    processes: Annotated[int | None, Setting(minimum=1, maximum=MAX_PROCESSES)] = None
    "decode in so many processes; by default one for each processor"

    def __post_init__(self) -> None:
        """Check every range and every name."""
        super().__post_init__()
        for name in self.camera:
            check_camera(name, "camera")

    @property
    def process_count(self) -> int:
        """How many decode."""
        return self.processes or min(MAX_PROCESSES, os.cpu_count() or 1)

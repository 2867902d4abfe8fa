"""The weights file of the hybrid codec's generator, and its manifest."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from narrowcast.codec.weights_file import (
    SHIPPED,
    load_weights_file,
    read_manifest,
    save_manifest,
    save_weights,
)

if TYPE_CHECKING:  # a receiver reads the manifest without torch
    from narrowcast.codec.hybrid.restoration import Restoration, RestorationConfig

MANIFEST = "restoration.json"
_WEIGHTS = "restoration.safetensors"


def save_restoration(folder: Path, restoration: Restoration, config: RestorationConfig) -> None:
    """Write the generator (floats as float16) and its manifest."""
    digest = save_weights(folder / _WEIGHTS, restoration)
    save_manifest(folder / MANIFEST, {"config": asdict(config), "sha256": digest})


def load_restoration(folder: Path = SHIPPED) -> Restoration:
    """Load the generator; WeightsError where it is missing, altered or of another version."""
    from narrowcast.codec.hybrid.restoration import Restoration, RestorationConfig

    with read_manifest(folder / MANIFEST) as content:
        restoration = Restoration(RestorationConfig(**content["config"]))
        digest = str(content["sha256"])
    load_weights_file(folder / _WEIGHTS, restoration, digest)
    return restoration

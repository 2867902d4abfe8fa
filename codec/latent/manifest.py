"""The manifest of the latent codec's weights: sizes, model id and digests; read without loading a network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from narrowcast.codec.latent.config import ModelConfig
from narrowcast.codec.weights_file import SHIPPED, read_manifest

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """What manifest.json says."""

    config: ModelConfig
    "sizes of the model"
    model_id: str
    "hash of the exact half's integers"
    sha256: dict[str, str]
    "hex digest of each part's file"


def load_manifest(folder: Path = SHIPPED) -> Manifest:
    """Read manifest.json; WeightsError where it is missing or damaged."""
    with read_manifest(folder / MANIFEST) as content:
        config = ModelConfig(**content["config"])
        digests = {part: str(digest) for part, digest in dict(content["sha256"]).items()}
        return Manifest(config, str(content["model_id"]), digests)

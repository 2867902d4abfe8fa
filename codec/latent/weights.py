"""The weights files of the latent codec: three networks under one manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from narrowcast.codec.errors import WeightsError
from narrowcast.codec.latent.analysis import Analysis
from narrowcast.codec.latent.config import ModelConfig
from narrowcast.codec.latent.exact import ExactModel
from narrowcast.codec.latent.manifest import MANIFEST, Manifest, load_manifest
from narrowcast.codec.latent.synthesis import Synthesis
from narrowcast.codec.layers import Network
from narrowcast.codec.weights_file import SHIPPED, load_weights_file, save_manifest, save_weights

PARTS = ("exact", "analysis", "synthesis")


def save_model(folder: Path, exact: ExactModel, analysis: Analysis, synthesis: Synthesis) -> Manifest:
    """Write all parts (floats as float16) and the manifest."""
    digests = {
        part: save_weights(_path(folder, part), network)
        for part, network in zip(PARTS, (exact, analysis, synthesis), strict=True)
    }
    manifest = Manifest(exact.config, exact.model_id, digests)
    save_manifest(folder / MANIFEST, asdict(manifest))
    return manifest


def load_exact(folder: Path = SHIPPED) -> ExactModel:
    """Load the exact half, ready for use, and check that its id is the manifest's."""
    manifest = load_manifest(folder)
    exact = ExactModel(manifest.config)
    load_weights_file(_path(folder, "exact"), exact, manifest.sha256.get("exact"))
    if exact.model_id != manifest.model_id:
        raise WeightsError(
            f"model id is {exact.model_id}, the manifest says {manifest.model_id}; install again"
        )
    exact.prepare()
    return exact


def load_analysis(folder: Path = SHIPPED) -> Analysis:
    """Load the sender's network."""
    return _load_network(Analysis, folder, "analysis")


def load_synthesis(folder: Path = SHIPPED) -> Synthesis:
    """Load the receiver's network."""
    return _load_network(Synthesis, folder, "synthesis")


def _load_network(make: Callable[[ModelConfig], Network], folder: Path, part: str) -> Network:
    manifest = load_manifest(folder)
    network = make(manifest.config)
    load_weights_file(_path(folder, part), network, manifest.sha256.get(part))
    return network


def _path(folder: Path, part: str) -> Path:
    return folder / f"{part}.safetensors"

"""Weights files: safetensors parts, a manifest with their SHA-256, and the way back to models."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from codec.errors import WeightsError
from codec.hybrid.restoration import Restoration, RestorationConfig
from codec.latent.analysis import Analysis
from codec.latent.config import ModelConfig
from codec.latent.exact import ExactModel
from codec.latent.synthesis import Synthesis
from codec.layers import Network
from codec.metrics.realism_network import RealismNetwork
from narrowcast.errors import CodecError

MANIFEST = "manifest.json"
RESTORATION = "restoration.json"
FORMAT = 1
PARTS = ("exact", "analysis", "synthesis")
SHIPPED = Path(__file__).parent / "weights"
"""The weights that come with the package."""


@dataclass(frozen=True)
class Manifest:
    """What manifest.json says."""

    config: ModelConfig
    "sizes of the model"
    model_id: str
    "hash of the exact half's integers"
    sha256: dict[str, str]
    "hex digest of each part's file"


def save_model(folder: Path, exact: ExactModel, analysis: Analysis, synthesis: Synthesis) -> Manifest:
    """Write all parts (floats as float16) and the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    digests: dict[str, str] = {}
    for part, model in zip(PARTS, (exact, analysis, synthesis), strict=True):
        path = folder / f"{part}.safetensors"
        data = save({name: _compact(value) for name, value in model.state_dict().items()})
        path.write_bytes(data)
        digests[part] = hashlib.sha256(data).hexdigest()
    manifest = Manifest(exact.config, exact.model_id, digests)
    content = {"format": FORMAT, **asdict(manifest)}
    (folder / MANIFEST).write_text(json.dumps(content, indent=2) + "\n")
    return manifest


def _compact(value: Tensor) -> Tensor:
    value = value.detach().cpu().contiguous()
    return value.half() if value.is_floating_point() else value


def load_manifest(folder: Path = SHIPPED) -> Manifest:
    """Read manifest.json; WeightsError where it is missing or not one."""
    with _manifest(folder / MANIFEST) as content:
        config = ModelConfig(**content["config"])
        digests = {part: str(digest) for part, digest in dict(content["sha256"]).items()}
        return Manifest(config, str(content["model_id"]), digests)


@contextmanager
def _manifest(path: Path) -> Iterator[dict[str, Any]]:
    """Read a manifest; WeightsError where it is missing, of another format, or not what the block can use."""
    try:
        content = json.loads(path.read_text())
        found = content["format"]
        if found != FORMAT:
            raise WeightsError(f"{path} has format {found}, this version reads {FORMAT}; update narrowcast")
        yield dict(content)
    except FileNotFoundError as error:
        raise WeightsError(
            f"no weights in {path.parent} ({path.name} is missing); install narrowcast again"
        ) from error
    except OSError as error:
        raise WeightsError(f"cannot read {path} ({error.strerror}); install narrowcast again") from error
    except WeightsError:
        raise
    except (ValueError, KeyError, TypeError, CodecError) as error:
        raise WeightsError(f"{path} is damaged ({error}); install narrowcast again") from error


def load_exact(folder: Path = SHIPPED) -> ExactModel:
    """Load the exact half, ready for use, and check that its id is the manifest's."""
    manifest = load_manifest(folder)
    exact = ExactModel(manifest.config)
    _load_part(exact, folder, "exact", manifest.sha256.get("exact"))
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
    _load_part(network, folder, part, manifest.sha256.get(part))
    return network


def save_restoration(folder: Path, restoration: Restoration, config: RestorationConfig) -> None:
    """Write the hybrid codec's generator (float16) and its manifest."""
    _save_single(folder, "restoration", restoration, {"config": asdict(config)})


def load_restoration(folder: Path = SHIPPED) -> Restoration:
    """Load the hybrid codec's generator; WeightsError where it is missing, altered or of another version."""
    with _manifest(folder / RESTORATION) as content:
        restoration = Restoration(RestorationConfig(**content["config"]))
        digest = str(content["sha256"])
    _load_part(restoration, folder, "restoration", digest)
    return restoration


@dataclass(frozen=True, kw_only=True)
class Realism:
    """The part of the trained discriminator that judges single pictures."""

    network: RealismNetwork
    "picture to mean logit"
    real_logit: float
    "its mean over camera pictures"
    coded_logit: float
    "its mean over coarsely coded ones"


def save_realism(folder: Path, realism: Realism) -> None:
    """Write the discriminator's part (float16) and its manifest."""
    scale = {"real_logit": realism.real_logit, "coded_logit": realism.coded_logit}
    _save_single(folder, "realism", realism.network, scale)


def load_realism(folder: Path = SHIPPED) -> Realism:
    """Load what judges pictures; WeightsError where it is missing, altered or of another version."""
    with _manifest(folder / "realism.json") as content:
        real, coded = float(content["real_logit"]), float(content["coded_logit"])
        digest = str(content["sha256"])
        if not real > coded:
            raise ValueError("camera pictures do not score above coded ones")
    network = RealismNetwork()
    _load_part(network, folder, "realism", digest)
    return Realism(network=network.eval(), real_logit=real, coded_logit=coded)


def _save_single(folder: Path, part: str, model: nn.Module, extra: dict[str, Any]) -> None:
    """Write a part that has a manifest of its own: PART.safetensors and PART.json."""
    folder.mkdir(parents=True, exist_ok=True)
    data = save({name: _compact(value) for name, value in model.state_dict().items()})
    (folder / f"{part}.safetensors").write_bytes(data)
    content = {"format": FORMAT, **extra, "sha256": hashlib.sha256(data).hexdigest()}
    (folder / f"{part}.json").write_text(json.dumps(content, indent=2) + "\n")


def _load_part(model: nn.Module, folder: Path, part: str, digest: str | None) -> None:
    path = folder / f"{part}.safetensors"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"cannot read {path} ({error.strerror}); install narrowcast again") from error
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise WeightsError(
            f"{path} is truncated or altered: SHA-256 {found[:12]}..., the manifest says "
            f"{(digest or 'nothing')[:12]}...; install narrowcast again"
        )
    try:
        model.load_state_dict(load(data))
    except (SafetensorError, RuntimeError) as error:
        raise WeightsError(f"{path} does not fit this version ({error}); update narrowcast") from error
    if any(
        not torch.isfinite(value).all() for value in model.state_dict().values() if value.is_floating_point()
    ):
        raise WeightsError(f"{path} holds values that are not finite; install narrowcast again")

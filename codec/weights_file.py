"""Weights on disk: a safetensors file for each network, and a manifest with its SHA-256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrowcast.codec.errors import WeightsError
from narrowcast.errors import CodecError

if TYPE_CHECKING:  # manifests are read by programs that run no network: they do without torch
    from torch import Tensor, nn

FORMAT = 1
SHIPPED = Path(__file__).parent / "weights"
"""The weights that come with the package."""


def save_weights(path: Path, network: nn.Module) -> str:
    """Write a network's state (floats as float16); returns the file's SHA-256 in hexadecimal."""
    from safetensors.torch import save

    path.parent.mkdir(parents=True, exist_ok=True)
    data = save({name: _compact(value) for name, value in network.state_dict().items()})
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def load_weights_file(path: Path, network: nn.Module, digest: str | None) -> None:
    """Read a network's state; WeightsError where the file is missing, has another digest or does not fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load

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
        network.load_state_dict(load(data))
    except (SafetensorError, RuntimeError) as error:
        raise WeightsError(f"{path} does not fit this version ({error}); update narrowcast") from error
    if any(
        not value.isfinite().all() for value in network.state_dict().values() if value.is_floating_point()
    ):
        raise WeightsError(f"{path} holds values that are not finite; install narrowcast again")


def save_manifest(path: Path, content: dict[str, Any]) -> None:
    """Write a manifest of the current format; the inverse of `read_manifest`."""
    path.write_text(json.dumps({"format": FORMAT, **content}, indent=2) + "\n")


@contextmanager
def read_manifest(path: Path) -> Iterator[dict[str, Any]]:
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
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError, CodecError) as error:
        raise WeightsError(f"{path} is damaged ({error}); install narrowcast again") from error


def _compact(value: Tensor) -> Tensor:
    value = value.detach().cpu().contiguous()
    return value.half() if value.is_floating_point() else value

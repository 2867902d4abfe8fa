"""The generator as OpenVINO's models beside its weights: a receiver reads them without torch."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from narrowcast.codec.errors import WeightsError
from narrowcast.codec.hybrid.weights import MANIFEST
from narrowcast.codec.openvino_models import import_openvino
from narrowcast.codec.weights_file import read_manifest, save_manifest

FLOAT = "restoration-float"
"""The model with the weights as they are, stored as float16."""

INT8 = "restoration-int8"
"""The same with the convolutions of its body in 8 bits."""

_SUFFIXES = ".xml", ".bin"


def save_converted(folder: Path, name: str, model: Any) -> None:
    """Write OpenVINO's model of the generator beside its weights, and its digests into their manifest."""
    import_openvino().save_model(model, folder / f"{name}.xml", compress_to_fp16=True)
    with read_manifest(folder / MANIFEST) as content:
        content["converted"] = content.get("converted", {}) | {name: _digests(folder, name)}
    content.pop("format")
    save_manifest(folder / MANIFEST, content)


def converted_model(folder: Path, name: str = FLOAT) -> Path | None:
    """Return the model's file; None where the weights have none, WeightsError where it was altered."""
    with read_manifest(folder / MANIFEST) as content:
        digests = content.get("converted", {}).get(name)
    if digests is None:
        return None
    try:
        found = _digests(folder, name)
    except OSError as error:
        reason = f"cannot read {error.filename} ({error.strerror})"
        raise WeightsError(f"{reason}; install narrowcast again") from error
    for file, digest in found.items():
        if digests.get(file) != digest:
            raise WeightsError(f"{folder / file} is truncated or altered; install narrowcast again")
    return folder / f"{name}.xml"


def _digests(folder: Path, name: str) -> dict[str, str]:
    """SHA-256 of the model's two files, in hexadecimal."""
    files = [f"{name}{suffix}" for suffix in _SUFFIXES]
    return {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in files}

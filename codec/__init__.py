"""The codecs: pictures to payloads and back, each codec in a room of its own; names.py lists them.

What is behind these names is loaded when it is first used: a command line needs the codecs' names alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from narrowcast.codec.api import (
        MIN_SIDE,
        BitBudget,
        CodecInfo,
        Decoder,
        EncodedFrame,
        Encoder,
        Provenance,
        Rgb,
    )
    from narrowcast.codec.errors import (
        BackendError,
        BitstreamError,
        FrameSizeError,
        ReferenceMismatch,
        UnknownCodecError,
        WeightsError,
    )
    from narrowcast.codec.installed import available_codecs, has_torch, unknown_codec
    from narrowcast.codec.names import CODECS, LATENT
    from narrowcast.codec.registry import backend_name, create_decoder, create_encoder
    from narrowcast.errors import CodecError

__all__ = [
    "CODECS",
    "MIN_SIDE",
    "BackendError",
    "BitBudget",
    "BitstreamError",
    "CodecError",
    "CodecInfo",
    "Decoder",
    "EncodedFrame",
    "Encoder",
    "FrameSizeError",
    "ReferenceMismatch",
    "LATENT",
    "Provenance",
    "Rgb",
    "UnknownCodecError",
    "WeightsError",
    "available_codecs",
    "backend_name",
    "create_decoder",
    "create_encoder",
    "has_torch",
    "unknown_codec",
]

_HOMES = {
    "BackendError": "narrowcast.codec.errors",
    "BitBudget": "narrowcast.codec.api",
    "BitstreamError": "narrowcast.codec.errors",
    "CODECS": "narrowcast.codec.names",
    "CodecError": "narrowcast.errors",
    "CodecInfo": "narrowcast.codec.api",
    "Decoder": "narrowcast.codec.api",
    "EncodedFrame": "narrowcast.codec.api",
    "Encoder": "narrowcast.codec.api",
    "FrameSizeError": "narrowcast.codec.errors",
    "ReferenceMismatch": "narrowcast.codec.errors",
    "LATENT": "narrowcast.codec.names",
    "MIN_SIDE": "narrowcast.codec.api",
    "Provenance": "narrowcast.codec.api",
    "Rgb": "narrowcast.codec.api",
    "UnknownCodecError": "narrowcast.codec.errors",
    "WeightsError": "narrowcast.codec.errors",
    "available_codecs": "narrowcast.codec.installed",
    "backend_name": "narrowcast.codec.registry",
    "create_decoder": "narrowcast.codec.registry",
    "create_encoder": "narrowcast.codec.registry",
    "has_torch": "narrowcast.codec.installed",
    "unknown_codec": "narrowcast.codec.installed",
}
"The module in which each public name is defined."


def __getattr__(name: str) -> object:
    """Load a public name at its first use."""
    if name not in _HOMES:
        raise AttributeError(
            f"module 'narrowcast.codec' has no attribute {name!r}; it has {', '.join(__all__)}"
        )
    return getattr(import_module(_HOMES[name]), name)

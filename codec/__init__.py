"""The codecs: pictures to payloads and back, each codec in a room of its own; names.py lists them.

What is behind these names is loaded when it is first used: a command line needs the codecs' names alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codec.api import MIN_SIDE, BitBudget, CodecInfo, Decoder, EncodedFrame, Encoder, Provenance, Rgb
    from codec.errors import (
        BackendError,
        BitstreamError,
        FrameSizeError,
        ReferenceMismatch,
        UnknownCodecError,
        WeightsError,
    )
    from codec.names import CODECS, LATENT
    from codec.registry import available_codecs, backend_name, create_decoder, create_encoder
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
]

_HOMES = {
    "BackendError": "codec.errors",
    "BitBudget": "codec.api",
    "BitstreamError": "codec.errors",
    "CODECS": "codec.names",
    "CodecError": "narrowcast.errors",
    "CodecInfo": "codec.api",
    "Decoder": "codec.api",
    "EncodedFrame": "codec.api",
    "Encoder": "codec.api",
    "FrameSizeError": "codec.errors",
    "ReferenceMismatch": "codec.errors",
    "LATENT": "codec.names",
    "MIN_SIDE": "codec.api",
    "Provenance": "codec.api",
    "Rgb": "codec.api",
    "UnknownCodecError": "codec.errors",
    "WeightsError": "codec.errors",
    "available_codecs": "codec.registry",
    "backend_name": "codec.registry",
    "create_decoder": "codec.registry",
    "create_encoder": "codec.registry",
}
"The module in which each public name is defined."


def __getattr__(name: str) -> object:
    """Load a public name at its first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'codec' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)

"""The codecs: pictures to payloads and back, each codec in a room of its own; registry.py has the list."""

from codec.api import MIN_SIDE, BitBudget, CodecInfo, Decoder, EncodedFrame, Encoder, Rgb
from codec.errors import (
    BackendError,
    BitstreamError,
    FrameSizeError,
    HistoryMismatch,
    UnknownCodecError,
    WeightsError,
)
from codec.registry import (
    CODECS,
    DEFAULT_CODEC,
    GENERATIVE_CODECS,
    LATENT,
    available_codecs,
    backend_name,
    create_decoder,
    create_encoder,
)
from narrowcast.errors import CodecError

__all__ = [
    "CODECS",
    "DEFAULT_CODEC",
    "GENERATIVE_CODECS",
    "LATENT",
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
    "HistoryMismatch",
    "Rgb",
    "UnknownCodecError",
    "WeightsError",
    "available_codecs",
    "backend_name",
    "create_decoder",
    "create_encoder",
]

"""The codec: pictures to payloads and back, learned (gan) or classic (jpeg, png, webp, avif, ...)."""

from codec.api import MIN_SIDE, BitBudget, CodecInfo, Decoder, EncodedFrame, Encoder, Rgb
from codec.errors import (
    BackendError,
    BitstreamError,
    FrameSizeError,
    HistoryMismatch,
    UnknownCodecError,
    WeightsError,
)
from codec.registry import GENERATIVE_CODECS, available_codecs, backend_name, create_decoder, create_encoder
from narrowcast.errors import CodecError

__all__ = [
    "GENERATIVE_CODECS",
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

"""The codec: pictures to payloads and back, learned (gan) or classic (jpeg, png, webp, avif, ...)."""

from .api import CodecInfo, Decoder, EncodedFrame, Encoder, Rgb
from .errors import (
    BackendError,
    BitstreamError,
    CodecError,
    FrameSizeError,
    HistoryMismatch,
    UnknownCodecError,
    WeightsError,
)
from .factory import available_codecs, create_decoder, create_encoder

__all__ = [
    "BackendError",
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
    "create_decoder",
    "create_encoder",
]

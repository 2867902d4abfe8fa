"""What can go wrong in the codec, by name."""

from __future__ import annotations

from narrowcast.errors import CodecError


class UnknownCodecError(CodecError):
    """A codec was asked for by a name that this installation does not have."""


class FrameSizeError(CodecError):
    """A picture size outside 64x64 to 3840x2160, or other than the encoder was made for."""


class WeightsError(CodecError):
    """A weights file is missing, truncated, altered or of another layout."""


class BackendError(CodecError):
    """A device or runtime was asked for that this machine does not have."""


class BitstreamError(CodecError):
    """A payload cannot be decoded; ask for a keyframe and go on."""


class ReferenceMismatch(BitstreamError):
    """The decoder's reference frames are not those that the frame was coded from; ask for a keyframe."""

"""What is read of SDP without aiortc: whether an offer can be answered, and which codec an answer names."""

from __future__ import annotations

import re

from narrowcast.errors import ProtocolError
from narrowcast.receiver.whep.encoder import WebRtcCodec

_VIDEO = re.compile(r"^m=video \d+ \S+ (\d+).*?(?=^m=|\Z)", re.MULTILINE | re.DOTALL)
_CODECS: tuple[WebRtcCodec, ...] = ("H264", "VP8")
_NO_VIDEO = "it has no video in H.264 or VP8 that it would receive"


class OfferError(ProtocolError):
    """The offer of a player cannot be answered; the text says what it lacks."""


def check_offer(sdp: str) -> None:
    """Raise OfferError where a text is no SDP, or offers no video to be sent to it."""
    if not sdp.startswith("v=0"):
        raise OfferError("needed SDP, which begins with v=0")
    video = _VIDEO.search(sdp)
    if video is None or re.search(r"^a=(sendonly|inactive)\s*$", video[0], re.MULTILINE):
        raise OfferError(_NO_VIDEO)


def codec_of(sdp: str) -> WebRtcCodec:
    """The codec that an answer names first, which is the one that is sent; OfferError where it has none."""
    video = _VIDEO.search(sdp)
    if video is not None:
        for codec in _CODECS:
            if re.search(rf"^a=rtpmap:{video[1]} {codec}/", video[0], re.MULTILINE):
                return codec
    raise OfferError(_NO_VIDEO)


def refusal(error: Exception) -> OfferError:
    """What is told of an offer that aiortc stumbled over."""
    text = str(error).strip()
    if "send parameters" in text:  # no codec in common
        return OfferError(_NO_VIDEO)
    return OfferError(f"it cannot be understood ({text or type(error).__name__})")

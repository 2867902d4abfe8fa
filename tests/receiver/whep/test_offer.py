"""Offers and answers as text."""

from __future__ import annotations

import pytest

from narrowcast.receiver.whep.offer import OfferError, check_offer, codec_of, refusal

AUDIO = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 97\r\na=rtpmap:97 H264/90000\r\na=inactive\r\n"
VIDEO = (
    "m=video 9 UDP/TLS/RTP/SAVPF 98 97\r\na=recvonly\r\na=rtpmap:97 VP8/90000\r\na=rtpmap:98 H264/90000\r\n"
)


def test_the_codec_named_first_counts() -> None:
    assert codec_of(AUDIO + VIDEO) == "H264"
    assert codec_of(AUDIO + VIDEO.replace("98 97", "97 98")) == "VP8"
    with pytest.raises(OfferError, match=r"no video in H\.264 or VP8"):
        codec_of(AUDIO)


@pytest.mark.parametrize("sdp", ["", "m=video", AUDIO, AUDIO + VIDEO.replace("recvonly", "inactive")])
def test_what_cannot_be_answered_is_refused(sdp: str) -> None:
    with pytest.raises(OfferError):
        check_offer(sdp)


def test_sound_that_is_not_wanted_does_no_harm() -> None:
    check_offer(AUDIO + VIDEO)


def test_a_failure_of_the_parser_is_told_in_one_line() -> None:
    assert str(refusal(KeyError())) == "it cannot be understood (KeyError)"
    assert str(refusal(ValueError("no mid"))) == "it cannot be understood (no mid)"

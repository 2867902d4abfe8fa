"""Pictures as H.264 or VP8 for WebRTC: no frame waits for another, and every keyframe stands alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, cast

import av
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import Colorspace

from narrowcast.codec import Rgb
from narrowcast.receiver.live_video import TICK, X264_OPTIONS, LiveVideo, even_size

WebRtcCodec = Literal["H264", "VP8"]
"Names as SDP has them."

KEYFRAME_US = 10_000_000
"Players ask for a keyframe where they need one; this is for those that do not."

MAX_BPS = 2_500_000
"Of pictures that are hard to code; the links from here to players are not the thin one."

RATE = 30
"What the rate control takes for usual; each picture has its own time."

_H264_OPTIONS = {**X264_OPTIONS, "maxrate": str(MAX_BPS), "bufsize": str(MAX_BPS // 2)}
# A positive cpu-used takes a share of each frame's time, whatever is to be coded.
_VP8_OPTIONS = {"deadline": "realtime", "cpu-used": "-8", "crf": "20", "lag-in-frames": "0"}


class WebRtcEncoder:
    """Codes pictures in any thread, one call at a time; pictures of another size begin anew."""

    def __init__(self, codec: WebRtcCodec) -> None:
        self._codec = codec
        self._video = LiveVideo(KEYFRAME_US, Colorspace.ITU601)  # what WebRTC takes untagged video for
        self._context: VideoCodecContext | None = None

    @property
    def since_keyframe_us(self) -> int | None:
        """From the last keyframe to the last picture; None before the first."""
        return self._video.since_keyframe_us

    def code(self, rgb: Rgb, at_us: int, *, keyframe: bool) -> list[av.Packet[av.VideoStream]]:
        """Code a picture.

        Args:
            rgb: uint8 [H, W, 3].
            at_us: when it is shown, since the first one.
            keyframe: code it by itself.
        """
        width, height = even_size(rgb)
        context = self._context
        if context is None or (context.width, context.height) != (width, height):
            self._context = context = _open(self._codec, width, height)
            keyframe = True
        frame = self._video.frame(rgb, at_us, keyframe=keyframe)
        return cast("list[av.Packet[av.VideoStream]]", context.encode(frame))


def _open(codec: WebRtcCodec, width: int, height: int) -> VideoCodecContext:
    context = av.CodecContext.create("libx264" if codec == "H264" else "libvpx", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p"
    context.time_base = TICK
    context.framerate = Fraction(RATE)
    if codec == "H264":
        context.profile = "Baseline"  # what every player can decode
        context.options = dict(_H264_OPTIONS)
    else:
        context.bit_rate = MAX_BPS  # with crf, the most that it takes
        context.thread_count = 1  # its threads wait for each other longer than they work, on a busy machine
        context.options = dict(_VP8_OPTIONS)
    return context

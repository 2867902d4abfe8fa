"""The base layer of the hybrid codec: a video encoder and decoder through PyAV, one picture in, one out."""

from __future__ import annotations

import os
import weakref
from contextlib import nullcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np

from narrowcast.codec.api import Rgb
from narrowcast.codec.errors import BackendError, BitstreamError
from narrowcast.codec.hybrid.base_format import AV1, BaseFormat, scaled_size
from narrowcast.codec.hybrid.frame_conversion import RgbConversion, YuvConversion
from narrowcast.codec.hybrid.packet_check import Av1Check, H264Check
from narrowcast.codec.hybrid.stall import StalledEncoderError, StallWatch
from narrowcast.codec.hybrid.svt_av1 import SvtAv1Encoder, svt_av1_library
from narrowcast.codec.hybrid.thread_priority import ordinary_priority

if TYPE_CHECKING:
    import av
    from av.video.codeccontext import VideoCodecContext

ENDLESS_GOP = 9999
"""Frames to the next keyframe that the encoder makes by itself: in practice none, keyframes are asked for."""

NOMINAL_FPS = 15
"""The encoders want a frame rate; at constant quality it decides nothing that matters here."""

FFMPEG_CRF_END = 63
"""FFmpeg's own option for SVT-AV1's rate factor ends here; SVT-AV1's parameters go on to 70."""

CAMERA = {"scd": "0", "scm": "0"}
"""SVT-AV1 neither makes keyframes where a scene is cut nor uses its tools for screen content, which take up
to a second on the keyframe of a dark picture that it mistakes for a screen."""

SHARPNESS = 3
"""Strength of sharpening in SVT-AV1's deblocking: needs 3 to 7% fewer bits at equal LPIPS-Alex than 0
(docs/experiments.md)."""

SVT_LOG_VARIABLE, SVT_ERRORS_ONLY = "SVT_LOG", "1"
"""SVT-AV1 prints a page for each encoder that is opened, unless this environment variable limits it."""

AV1_CONSTANT_BITRATE = {"rc": "2", "buf-sz": "1000", "buf-initial-sz": "600", "buf-optimal-sz": "600"}
"""SVT-AV1 holds the bitrate, with a buffer in ms: smaller ones gave no smaller bursts."""

AV1_FINEST_BELOW_CRF = 28
"""SVT-AV1's finest quantiser where it holds a bitrate, below the rate factor: frames that others are
predicted from are coded finer. A narrower range took 50% more bits (docs/experiments.md)."""

H264_BUFFER_S = 0.4
"""Seconds of the bitrate that x264's rate control may spend ahead."""

QUALITY_STATS: Literal["quality_stats"] = "quality_stats"
QP_TO_LAMBDA = 118
"""FFmpeg passes a packet's quantiser on as side data of this kind, times this factor (FF_QP2LAMBDA)."""

DECODER_ALIGNMENT = 128
"""FFmpeg's buffers are wider than their pictures, up to the next multiple of this."""


class BaseEncoder:
    """Codes pictures of one size at one quality or a held bitrate; a keyframe first and where asked for."""

    def __init__(
        self,
        base: BaseFormat,
        width: int,
        height: int,
        *,
        crf: int,
        scale: int,
        preset: int = 8,
        threads: int = 1,
        bitrate_bps: int | None = None,
    ) -> None:
        """Open the encoder.

        Args:
            base: AV1 or H264.
            width: of the shown picture, pixels.
            height: of the shown picture, pixels.
            crf: constant rate factor, the encoder's own scale; with a bitrate, the finest that is sent.
            scale: index into SCALES.
            preset: preset of SVT-AV1, 7 to 13 in real time; H.264 is always "veryfast".
            threads: of the encoder.
            bitrate_bps: to hold, at NOMINAL_FPS; None spends the bits that the rate factor takes.
        """
        os.environ.setdefault(SVT_LOG_VARIABLE, SVT_ERRORS_ONLY)
        self._to_yuv = YuvConversion()
        self._size = scaled_size(width, height, scale)
        self._shown = width, height
        self.bitrate_bps = bitrate_bps
        "held; where changes_rate is true, another one may be set before any picture"
        self.quantiser: float | None = None
        "quantiser of the last picture, on the scale of the encoder; None where it does not report it"
        library = svt_av1_library() if base is AV1 and bitrate_bps is not None else None
        self.changes_rate = library is not None
        "whether the held bitrate may change without a keyframe"
        if library is not None and bitrate_bps is not None:
            parameters = _svt_parameters(crf, preset, threads, held=True)
            self._svt = SvtAv1Encoder(library, *self._size, parameters=parameters, bitrate_bps=bitrate_bps)
        else:
            options = _options(base, crf, preset, threads, bitrate_bps)
            self._ffmpeg = _FFmpegEncoder(base, *self._size, options, threads, bitrate_bps)

    def encode(self, rgb: Rgb, *, keyframe: bool) -> bytes:
        """Code uint8 [H, W, 3] of the shown size to one packet."""
        if self._size != self._shown:
            rgb = np.asarray(cv2.resize(rgb, self._size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        frame = self._to_yuv(rgb)
        if self.changes_rate and self.bitrate_bps is not None:
            packet = self._svt.encode(frame, keyframe=keyframe, bitrate_bps=self.bitrate_bps)
            self.quantiser = self._svt.quantiser
            return packet
        packet, self.quantiser = self._ffmpeg.encode(frame, keyframe=keyframe)
        return packet


class _FFmpegEncoder:
    """An encoder of FFmpeg's, set up for low delay."""

    def __init__(
        self,
        base: BaseFormat,
        width: int,
        height: int,
        options: dict[str, str],
        threads: int,
        bitrate_bps: int | None,
    ) -> None:
        import av

        self._count = 0
        try:
            context = av.CodecContext.create(base.encoder, "w")
            _describe(context, width, height)  # type: ignore[arg-type]
            context.thread_count = threads
            context.bit_rate = bitrate_bps or 0
            context.options = options
            with ordinary_priority():
                context.open()
        except (av.FFmpegError, ValueError) as error:
            raise BackendError(f"{base.encoder} cannot code {width}x{height} here: {error}") from error
        self._context: VideoCodecContext = context  # type: ignore[assignment]
        self._watch = StallWatch(self._context.name)
        # SVT-AV1 complains of a stream without an end.
        self._end = weakref.finalize(self, self._context.encode, None)

    def encode(self, frame: av.VideoFrame, *, keyframe: bool) -> tuple[bytes, float | None]:
        """Code a picture to its packet; returns the quantiser beside it, where the encoder tells."""
        from av.video.frame import PictureType

        frame.pts = self._count
        frame.pict_type = PictureType.I if keyframe else PictureType.NONE
        self._count += 1
        first = frame.pts == 0  # some of the encoder's threads begin only now
        packets: list[Any] = []
        try:
            with ordinary_priority() if first else nullcontext():
                self._watch.run(lambda: packets.extend(self._context.encode(frame)))
        except StalledEncoderError:
            self._end.detach()
            raise
        if len(packets) != 1:
            raise BackendError(f"{self._context.name} held a picture back; it must give one packet a picture")
        return bytes(packets[0]), _quantiser(packets[0])


def _describe(context: VideoCodecContext, width: int, height: int) -> None:
    """Set what all encoders have in common: size, 4:2:0, no B-frames, no keyframes of their own."""
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p"
    context.framerate = Fraction(NOMINAL_FPS)
    context.time_base = 1 / context.framerate
    context.gop_size = ENDLESS_GOP
    context.max_b_frames = 0


def _svt_parameters(crf: int, preset: int, threads: int, *, held: bool) -> dict[str, str]:
    """Return SVT-AV1's parameters by their own names, the size excepted."""
    parameters = {
        "preset": str(preset),
        "pred-struct": "1",
        "lookahead": "0",
        "keyint": "-1",
        "sharpness": str(SHARPNESS),
        "lp": str(threads),
        "fps-num": str(NOMINAL_FPS),
        "fps-denom": "1",
        **CAMERA,
    }
    if held:
        return parameters | AV1_CONSTANT_BITRATE | {"min-qp": str(max(1, crf - AV1_FINEST_BELOW_CRF))}
    # FFmpeg's own option ends at 63; SVT-AV1 goes on to 70, which its parameters can say.
    return parameters | {"crf": str(crf)}


def _options(
    base: BaseFormat, crf: int, preset: int, threads: int, bitrate_bps: int | None
) -> dict[str, str]:
    """Return FFmpeg's options for an encoder."""
    if base is AV1:
        parameters = _svt_parameters(crf, preset, threads, held=bitrate_bps is not None)
        params = ":".join(f"{name}={value}" for name, value in parameters.items())
        rate = {} if bitrate_bps is not None else {"crf": str(min(crf, FFMPEG_CRF_END))}
        return rate | {"preset": str(preset), "svtav1-params": params}
    options = {"preset": "veryfast", "tune": "zerolatency"}
    params = "keyint=infinite:bframes=0:scenecut=0"
    if bitrate_bps is not None:
        kbps = max(1, bitrate_bps // 1000)
        buffer_kbit = max(1, round(H264_BUFFER_S * kbps))
        return options | {"x264-params": f"{params}:vbv-maxrate={kbps}:vbv-bufsize={buffer_kbit}:qpmin={crf}"}
    return options | {"crf": str(crf), "x264-params": params}


def _quantiser(packet: av.Packet[Any]) -> float | None:
    """Read a packet's quantiser from its side data; None where the encoder gives none."""
    if not packet.has_sidedata(QUALITY_STATS):
        return None
    return int.from_bytes(bytes(packet.get_sidedata(QUALITY_STATS))[:4], "little") / QP_TO_LAMBDA


class BaseDecoder:
    """Decodes one stream, a keyframe and the inter frames behind it; a packet's picture comes at once."""

    def __init__(self, base: BaseFormat, coded_size: tuple[int, int], *, threads: int = 1) -> None:
        """Make a decoder for pictures of coded_size (width, height), and of no other."""
        import av

        self._to_rgb = RgbConversion()
        self._size = coded_size
        self._check = Av1Check() if base is AV1 else H264Check()
        try:
            context = av.CodecContext.create(base.decoder, "r")
        except (av.FFmpegError, ValueError) as error:
            raise BackendError(f"this PyAV has no {base.decoder}; PyPI's has: `pip install av`") from error
        context.thread_count = threads
        # The second line of defence, behind packet_check: FFmpeg and dav1d refuse larger pictures.
        context.options = {"max_pixels": str(_padded(coded_size[0]) * _padded(coded_size[1]))}
        if base is AV1:
            context.options = context.options | {"max_frame_delay": "1"}
        else:
            context.thread_type = "SLICE"  # frame threads would hold pictures back
        self._context: VideoCodecContext = context  # type: ignore[assignment]

    def decode(self, packet: bytes, shown_size: tuple[int, int], out: Rgb | None = None) -> Rgb:
        """Decode one packet to uint8 [H, W, 3] of the shown size (width, height): to `out`, if it is given.

        Raises BitstreamError where the packet is damaged, gives no picture or one of another size.
        """
        rgb = self._to_rgb(self._frame(packet))
        if out is None:
            out = np.empty((shown_size[1], shown_size[0], 3), np.uint8)
        if self._size == shown_size:
            np.copyto(out, rgb)
        else:
            cv2.resize(rgb, shown_size, dst=out, interpolation=cv2.INTER_CUBIC)
        return out

    def follow(self, packet: bytes) -> None:
        """Decode one packet whose picture is not wanted; errors as in `decode`."""
        self._frame(packet)

    def _frame(self, packet: bytes) -> av.VideoFrame:
        import av

        self._check(packet, self._size)
        try:
            frames = self._context.decode(av.Packet(packet))
        except av.FFmpegError as error:
            raise BitstreamError(f"the base layer does not decode: {error.strerror}") from error
        if len(frames) != 1:
            raise BitstreamError(f"the base layer's packet holds {len(frames)} pictures instead of one")
        frame = frames[0]
        if (frame.width, frame.height) != self._size or frame.format.name != "yuv420p":
            raise BitstreamError(
                f"the base picture is {frame.width}x{frame.height} {frame.format.name}; "
                f"{self._size[0]}x{self._size[1]} yuv420p was announced"
            )
        if frame.is_corrupt:
            raise BitstreamError("the base picture is damaged")
        return frame


def _padded(side: int) -> int:
    """Return a side as decoders count it before they refuse a picture for its size, in pixels."""
    return -(-side // DECODER_ALIGNMENT) * DECODER_ALIGNMENT

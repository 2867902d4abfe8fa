"""SVT-AV1 through its own library, which PyAV's wheels carry: its bitrate changes while it runs.

FFmpeg has no way to tell an open SVT-AV1 encoder of another bitrate; opening it anew costs a keyframe. The
library takes the new one with any picture, in constant bitrate and low delay ("rate change on the fly"). The
structures below are those of its version 4 (EbSvtAv1.h, EbSvtAv1Enc.h); its large configuration stays opaque
and is set by names and texts.
"""

from __future__ import annotations

import ctypes
import logging
import re
import weakref
from contextlib import ExitStack
from ctypes import POINTER, Structure, byref, c_double, c_int64, c_uint8, c_uint32, c_uint64, c_void_p
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from narrowcast.codec.errors import BackendError
from narrowcast.codec.hybrid.stall import StalledEncoderError, StallWatch
from narrowcast.codec.hybrid.thread_priority import ordinary_priority

if TYPE_CHECKING:
    import av

logger = logging.getLogger(__name__)

SUPPORTED_MAJOR = 4
"""Of the library; the structures of another one may have another layout."""

LIBRARY_PLACES = ("../av.libs/libSvtAv1Enc*", ".dylibs/libSvtAv1Enc*", "../av.libs/*SvtAv1Enc*.dll")
"""Where PyAV's wheels for Linux, macOS and Windows keep it, from PyAV's folder."""

CONFIGURATION_BYTES = 1 << 16
"""More than the library's configuration takes (about 2 kB)."""

MAX_BITRATE_BPS = 100_000_000
"""The library takes no more."""

KEY_PICTURE, ANY_PICTURE = 3, 0xFF
END_OF_STREAM = 1
RATE_CHANGE_EVENT = 4


class _Picture(Structure):
    """EbSvtIOFormat: a picture's planes."""

    _fields_ = (
        ("luma", c_void_p),
        ("cb", c_void_p),
        ("cr", c_void_p),
        ("luma_stride", c_uint32),
        ("cr_stride", c_uint32),
        ("cb_stride", c_uint32),
    )


class _Buffer(Structure):
    """EbBufferHeaderType: a picture that goes in, or a packet that comes out."""

    _fields_ = (
        ("size", c_uint32),
        ("data", c_void_p),
        ("filled_bytes", c_uint32),
        ("allocated_bytes", c_uint32),
        ("events", c_void_p),
        ("wrapper", c_void_p),
        ("ticks", c_uint32),
        ("dts", c_int64),
        ("pts", c_int64),
        ("temporal_layer", c_uint8),
        ("quantiser", c_uint32),
        ("mean_quantiser", c_uint32),
        ("picture_type", c_uint32),
        ("luma_sse", c_uint64),
        ("cr_sse", c_uint64),
        ("cb_sse", c_uint64),
        ("flags", c_uint32),
        ("luma_ssim", c_double),
        ("cr_ssim", c_double),
        ("cb_ssim", c_double),
        ("metadata", c_void_p),
    )


class _RateInfo(Structure):
    """SvtAv1RateInfo."""

    _fields_ = (("quantiser", c_uint32), ("bitrate_bps", c_uint32))


class _Event(Structure):
    """EbPrivDataNode: something to change with a picture."""

    _fields_ = (("kind", c_uint32), ("data", c_void_p), ("size", c_uint32), ("next", c_void_p))


@cache
def svt_av1_library() -> ctypes.CDLL | None:
    """Return PyAV's own SVT-AV1, or None where there is none of the version that this file knows."""
    import av

    folder = Path(av.__file__).parent
    for pattern in LIBRARY_PLACES:
        for path in sorted(folder.parent.glob(str(Path(folder.name) / pattern))):
            try:
                library = ctypes.CDLL(str(path))
                library.svt_av1_get_version.restype = ctypes.c_char_p
                version = library.svt_av1_get_version().decode(errors="replace")
            except (OSError, AttributeError) as error:
                logger.debug("SVT-AV1 at %s cannot be used: %s", path, error)
                continue
            found = re.match(r"v?(\d+)\.", version)
            if found is not None and int(found.group(1)) == SUPPORTED_MAJOR:
                return library
            logger.debug("SVT-AV1 %s at %s is not of version %d", version, path, SUPPORTED_MAJOR)
    return None


class SvtAv1Encoder:
    """One stream at a constant bitrate that may change with every picture; a packet for each, at once."""

    def __init__(
        self, library: ctypes.CDLL, width: int, height: int, *, parameters: dict[str, str], bitrate_bps: int
    ) -> None:
        """Open an encoder.

        Args:
            library: of svt_av1_library().
            width: pixels, even.
            height: pixels, even.
            parameters: the library's parameters by their names, bitrate excepted.
            bitrate_bps: to begin with.

        Raises BackendError where the library refuses.
        """
        self._library = library
        self._bitrate_bps = bitrate_bps
        self._count = 0
        self._watch = StallWatch("SVT-AV1")
        self.quantiser = 0.0
        "of the last picture, 0 to 63"
        configuration = ctypes.create_string_buffer(CONFIGURATION_BYTES)
        handle = c_void_p()
        with ordinary_priority(), ExitStack() as undo:
            self._check(library.svt_av1_enc_init_handle(byref(handle), configuration), "begin")
            undo.callback(_free, library, handle)
            kbps = str(max(1, round(bitrate_bps / 1000)))
            sized = {"width": str(width), "height": str(height), "tbr": kbps}
            for name, value in {**sized, **parameters}.items():
                status = library.svt_av1_enc_parse_parameter(configuration, name.encode(), value.encode())
                self._check(status, f"take {name}={value}")
            self._check(library.svt_av1_enc_set_parameter(handle, configuration), "take its parameters")
            self._check(library.svt_av1_enc_init(handle), "start")
            undo.pop_all()
        self._handle = handle
        self._close = weakref.finalize(self, _close, library, handle)

    def encode(self, frame: av.VideoFrame, *, keyframe: bool, bitrate_bps: int) -> bytes:
        """Code a yuv420p picture to one packet, at this bitrate from now on."""
        count = self._count
        planes = [np.frombuffer(plane, np.uint8) for plane in frame.planes]  # type: ignore[call-overload]
        luma, cb, cr = frame.planes
        picture = _Picture(
            *(plane.ctypes.data for plane in planes), luma.line_size, cr.line_size, cb.line_size
        )
        buffer = _Buffer(
            size=ctypes.sizeof(_Buffer),
            data=ctypes.addressof(picture),
            filled_bytes=sum(plane.size for plane in planes),
            pts=count,
            picture_type=KEY_PICTURE if keyframe else ANY_PICTURE,
        )
        rate = _RateInfo(bitrate_bps=min(bitrate_bps, MAX_BITRATE_BPS))
        event = _Event(RATE_CHANGE_EVENT, ctypes.addressof(rate), ctypes.sizeof(rate), None)
        if bitrate_bps != self._bitrate_bps:
            buffer.events = ctypes.addressof(event)
            self._bitrate_bps = bitrate_bps
        self._count += 1
        used = frame, planes, picture, rate, event
        if count:
            return self._packet_of(buffer, used)
        with ordinary_priority():  # some of the library's threads begin only now
            return self._packet_of(buffer, used)

    def close(self) -> None:
        """End the stream and give back its memory and threads."""
        self._close()

    def _packet_of(self, buffer: _Buffer, used: tuple[object, ...]) -> bytes:
        """Hand a picture over, wait for its packet and copy it; `used` is what the buffer points to."""
        library = self._library
        out = POINTER(_Buffer)()

        def exchange(used: tuple[object, ...] = used) -> None:  # the library may come back to it late
            self._check(library.svt_av1_enc_send_picture(self._handle, byref(buffer)), "take a picture")
            self._check(library.svt_av1_enc_get_packet(self._handle, byref(out), c_uint8(0)), "give a packet")

        try:
            self._watch.run(exchange)
        except StalledEncoderError:
            self._close.detach()  # its threads and memory are lost
            raise
        packet = ctypes.string_at(out.contents.data, out.contents.filled_bytes)
        self.quantiser = float(out.contents.quantiser)
        library.svt_av1_enc_release_out_buffer(byref(out))
        return packet

    @staticmethod
    def _check(status: int, what: str) -> None:
        if status:
            raise BackendError(f"SVT-AV1 did not {what} (status {status & 0xFFFFFFFF:#x})")


def _close(library: ctypes.CDLL, handle: c_void_p) -> None:
    """Tell the encoder that nothing follows, take what it still has, and free it."""
    end = _Buffer(size=ctypes.sizeof(_Buffer), flags=END_OF_STREAM, picture_type=ANY_PICTURE)
    if library.svt_av1_enc_send_picture(handle, byref(end)) == 0:
        out = POINTER(_Buffer)()
        if library.svt_av1_enc_get_packet(handle, byref(out), c_uint8(1)) == 0 and out:
            library.svt_av1_enc_release_out_buffer(byref(out))
    _free(library, handle)


def _free(library: ctypes.CDLL, handle: c_void_p) -> None:
    library.svt_av1_enc_deinit(handle)
    library.svt_av1_enc_deinit_handle(handle)

"""What a base layer's packet may hold: read before any decoder sees it, so that no packet can ask for more.

A decoder allocates what a sequence header names and decodes as many pictures as a packet holds, shown or not:
192 kB can cost gigabytes and seconds. An encoder of this project writes one picture a packet, of the size
that was announced, 4:2:0 with 8 bits, and a sequence header exactly where a stream begins; no more is let in.

AV1: "AV1 Bitstream & Decoding Process Specification", sections 5.3 to 5.9.
H.264: ITU-T H.264, sections 7.3 and B.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from narrowcast.codec.bit_reader import BitReader, leb128
from narrowcast.codec.errors import BitstreamError

OBU_SEQUENCE_HEADER, OBU_TEMPORAL_DELIMITER, OBU_FRAME = 1, 2, 6
MAX_OBUS = 8
"More than are wanted, so that a few others are named; each costs memory before it is refused."
AV1_KEY_FRAME, AV1_INTER_FRAME = 0, 1
AV1_SELECT = 2
"seq_force_screen_content_tools and seq_force_integer_mv: each frame's header says."

NAL_SLICE, NAL_KEYFRAME_SLICE, NAL_SEI, NAL_SPS, NAL_PPS, NAL_DELIMITER = 1, 5, 6, 7, 8, 9
H264_BASELINE, H264_MAIN, H264_HIGH = 66, 77, 100
"""Profiles of 4:2:0 and 8 bits that encoders write. Readers differ in which others tell their chroma format,
and so in where the size stands."""
H264_MAX_OTHER_UNITS = 4
"NAL units beside a picture's slices: delimiter, SPS, PPS and one SEI."
H264_MAX_SEI_BYTES = 1024
"x264 names itself and its options in one."
H264_MAX_REFERENCE_FRAMES = 16
MACROBLOCK = 16
"Pixels on a side, as an SPS counts."

AV1_READ_BYTES = H264_READ_BYTES = 16
"More than the fields of a frame's or slice's header that are read here."

MAX_BYTES_A_PIXEL, MAX_HEADER_BYTES = 3, 65_536
"No encoder makes a packet larger than the raw picture and what stands before it."

_START_CODE = re.compile(rb"\x00\x00\x01")


def _need(condition: bool, text: str) -> None:
    if not condition:
        raise BitstreamError(f"the base layer's packet was refused: {text}")


def _need_length(packet: bytes, size: tuple[int, int]) -> None:
    largest = MAX_BYTES_A_PIXEL * size[0] * size[1] + MAX_HEADER_BYTES
    _need(len(packet) <= largest, f"it has {len(packet)} bytes, more than the picture itself")


def _need_size(found: tuple[int, int], announced: tuple[int, int]) -> None:
    _need(
        found == announced,
        f"its pictures are {found[0]}x{found[1]}; {announced[0]}x{announced[1]} was announced",
    )


# AV1


@dataclass(frozen=True, kw_only=True)
class Av1FrameFields:
    """What a sequence header says that the first bits of a frame header depend on."""

    screen_content_tools: int
    "seq_force_screen_content_tools"
    integer_mv: int
    "seq_force_integer_mv"
    frame_id_bits: int
    "0 where frames carry no id"


class Av1Check:
    """Refuses all but one shown picture a packet; of one stream, whose first packet is its only keyframe."""

    def __init__(self) -> None:
        self._fields: Av1FrameFields | None = None

    def __call__(self, packet: bytes, size: tuple[int, int]) -> None:
        """Check one temporal unit against the announced size (width, height); BitstreamError says why."""
        _need_length(packet, size)
        units = _obus(packet)
        if units and units[0] == (OBU_TEMPORAL_DELIMITER, b""):
            del units[0]
        keyframe = self._fields is None
        wanted = [OBU_SEQUENCE_HEADER, OBU_FRAME] if keyframe else [OBU_FRAME]
        kinds = [kind for kind, _ in units]
        _need(kinds == wanted, f"it holds OBUs of the types {kinds[:8]}; {wanted} are wanted")
        fields = self._fields or _av1_sequence(BitReader(units[0][1]), size)
        _av1_frame(BitReader(units[-1][1][:AV1_READ_BYTES]), fields, keyframe=keyframe)
        self._fields = fields


def _obus(packet: bytes) -> list[tuple[int, bytes]]:
    """Split a temporal unit into (type, content)."""
    units: list[tuple[int, bytes]] = []
    at = 0
    while at < len(packet):
        _need(len(units) < MAX_OBUS, f"it holds more than {MAX_OBUS} OBUs")
        header = packet[at]
        _need(not header & 0x85, f"an OBU header is {header:#04x}: forbidden bits or an extension")
        _need(bool(header & 2), "an OBU does not tell its size")
        size, at = leb128(packet, at + 1)
        _need(at + size <= len(packet), "an OBU ends behind the packet")
        units.append((header >> 3 & 15, packet[at : at + size]))
        at += size
    return units


def _av1_sequence(read: BitReader, size: tuple[int, int]) -> Av1FrameFields:
    """Check a sequence header (section 5.5)."""
    _need(read.bits(3) == 0, "it is not of AV1's main profile")
    _need(read.bits(2) == 0, "it is a still picture's")
    _need(not read.flag(), "it carries timing information")
    _need(not read.flag(), "it carries initial display delays")
    _need(read.bits(5) == 0, "it has several operating points")
    _need(read.bits(12) == 0, "it has layers")  # operating_point_idc
    if read.bits(5) > 7:  # seq_level_idx
        read.bits(1)  # seq_tier
    width_bits, height_bits = read.bits(4) + 1, read.bits(4) + 1
    _need_size((read.bits(width_bits) + 1, read.bits(height_bits) + 1), size)
    frame_id_bits = 0
    if read.flag():
        delta_bits = read.bits(4) + 2
        frame_id_bits = read.bits(3) + delta_bits + 1
    read.bits(3)  # 128x128 superblocks, filter intra, intra edge filter
    read.bits(4)  # interintra, masked, warped, dual filter
    order_hint = read.flag()
    if order_hint:
        read.bits(2)  # jnt_comp, ref_frame_mvs
    screen_content_tools = AV1_SELECT if read.flag() else read.bits(1)
    integer_mv = AV1_SELECT
    if screen_content_tools > 0:
        integer_mv = AV1_SELECT if read.flag() else read.bits(1)
    if order_hint:
        read.bits(3)  # order_hint_bits
    read.bits(3)  # superres, cdef, loop restoration
    _need(not read.flag(), "it has more than 8 bits a sample")
    _need(not read.flag(), "it has no colour")
    if read.flag():  # color_description_present_flag; in the main profile all of them are 4:2:0 but sRGB
        primaries, transfer, matrix = read.bits(8), read.bits(8), read.bits(8)
        _need((primaries, transfer, matrix) != (1, 13, 0), "it is not 4:2:0")
    return Av1FrameFields(
        screen_content_tools=screen_content_tools, integer_mv=integer_mv, frame_id_bits=frame_id_bits
    )


def _av1_frame(read: BitReader, fields: Av1FrameFields, *, keyframe: bool) -> None:
    """Check the first fields of a frame header (section 5.9.2), up to its size."""
    _need(not read.flag(), "it shows a picture that was decoded before")
    # Switch frames always have a size of their own, intra-only frames are keyframes that reset nothing.
    wanted = AV1_KEY_FRAME if keyframe else AV1_INTER_FRAME
    _need(read.bits(2) == wanted, f"its frame type is not {wanted}")
    _need(read.flag(), "its picture is not to be shown")
    if not keyframe:
        read.bits(1)  # error_resilient_mode
    read.bits(1)  # disable_cdf_update
    tools = fields.screen_content_tools
    if tools == AV1_SELECT:
        tools = read.bits(1)
    if tools and fields.integer_mv == AV1_SELECT:
        read.bits(1)  # force_integer_mv
    read.bits(fields.frame_id_bits)
    _need(not read.flag(), "its picture has a size of its own")


# H.264


class H264Check:
    """Refuses all but one picture a packet; of one stream, whose first packet is its only keyframe."""

    def __init__(self) -> None:
        self._started = False

    def __call__(self, packet: bytes, size: tuple[int, int]) -> None:
        """Check one access unit against the announced size (width, height); BitstreamError says why."""
        _need_length(packet, size)
        slices = -(
            -size[1] // MACROBLOCK
        )  # a row of macroblocks each is more than x264 makes for any threads
        _need(
            packet.count(b"\0\0\1") <= slices + H264_MAX_OTHER_UNITS, "it holds more NAL units than a picture"
        )
        units = _nal_units(packet)
        kinds = [unit[0] & 31 for unit in units]
        sei_bytes = [len(unit) for unit, kind in zip(units, kinds, strict=True) if kind == NAL_SEI]
        _need(
            len(sei_bytes) <= 1 and sum(sei_bytes) <= H264_MAX_SEI_BYTES,
            f"it holds {len(sei_bytes)} SEI units of {sum(sei_bytes)} bytes",
        )
        slice_kind = NAL_SLICE if self._started else NAL_KEYFRAME_SLICE
        wanted = [] if self._started else [NAL_SPS, NAL_PPS]
        others = [kind for kind in kinds if kind not in (NAL_SEI, NAL_DELIMITER, slice_kind)]
        _need(others == wanted, f"beside slices it holds NAL units {others[:8]}; {wanted} are wanted")
        if not self._started:
            _h264_sequence(BitReader(_without_emulation(units[kinds.index(NAL_SPS)][1:])), size)
        first_blocks = [
            BitReader(_without_emulation(unit[1:H264_READ_BYTES])).unsigned()
            for unit, kind in zip(units, kinds, strict=True)
            if kind == slice_kind
        ]
        _need(first_blocks[:1] == [0], "its first slice is not a picture's beginning")
        rising = all(a < b for a, b in zip(first_blocks, first_blocks[1:], strict=False))
        _need(rising, "it holds more than one picture")
        self._started = True


def _nal_units(packet: bytes) -> list[bytes]:
    """Split Annex B's byte stream; units without content are left out."""
    return [unit.rstrip(b"\0") for unit in _START_CODE.split(packet)[1:] if unit.strip(b"\0")]


def _without_emulation(unit: bytes) -> bytes:
    """Take out the bytes that keep a unit from looking like a start code (7.4.1)."""
    return unit.replace(b"\0\0\x03", b"\0\0")


def _h264_sequence(read: BitReader, size: tuple[int, int]) -> None:
    """Check an SPS (7.3.2.1.1)."""
    profile = read.bits(8)
    read.bits(16)  # constraints, level
    read.unsigned()  # seq_parameter_set_id
    _need(profile in (H264_BASELINE, H264_MAIN, H264_HIGH), f"its profile is {profile}")
    if profile == H264_HIGH:
        _need(read.unsigned() == 1, "it is not 4:2:0")
        _need((read.unsigned(), read.unsigned()) == (0, 0), "it has more than 8 bits a sample")
        read.bits(1)  # qpprime_y_zero_transform_bypass_flag
        _need(not read.flag(), "it carries scaling matrices")
    read.unsigned()  # log2_max_frame_num_minus4
    order_type = read.unsigned()
    if order_type == 0:
        read.unsigned()  # log2_max_pic_order_cnt_lsb_minus4
    else:
        _need(order_type == 2, "its pictures are not in the order of capture")
    _need(read.unsigned() <= H264_MAX_REFERENCE_FRAMES, "it has too many reference frames")
    _need(not read.flag(), "it allows gaps between frames")
    coded = MACROBLOCK * (read.unsigned() + 1), MACROBLOCK * (read.unsigned() + 1)
    _need(read.flag(), "it is interlaced")
    read.bits(1)  # direct_8x8_inference_flag
    left = right = top = bottom = 0
    if read.flag():  # cropping, in units of two pixels where it is 4:2:0
        left, right, top, bottom = (2 * read.unsigned() for _ in range(4))
    _need_size((coded[0] - left - right, coded[1] - top - bottom), size)
    # No more is cut off than fills the last macroblocks: a decoder allocates what is coded.
    _need(max(left + right, top + bottom) < MACROBLOCK, f"{coded[0]}x{coded[1]} pixels are coded")

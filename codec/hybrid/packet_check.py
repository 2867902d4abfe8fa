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

from codec.bit_reader import BitReader, leb128
from codec.errors import BitstreamError

OBU_SEQUENCE_HEADER, OBU_TEMPORAL_DELIMITER, OBU_FRAME = 1, 2, 6
AV1_KEY_FRAME = 0
AV1_SELECT = 2
"seq_force_screen_content_tools and seq_force_integer_mv: each frame's header says."

NAL_SLICE, NAL_KEYFRAME_SLICE, NAL_SEI, NAL_SPS, NAL_PPS, NAL_DELIMITER = 1, 5, 6, 7, 8, 9
H264_WITH_CHROMA_FORMAT = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
"Profiles whose SPS tells chroma format and bit depth; in all others they are 4:2:0 and 8."
H264_MAX_REFERENCE_FRAMES = 16
MACROBLOCK = 16
"Pixels on a side, as an SPS counts."

AV1_READ_BYTES = H264_READ_BYTES = 16
"More than the fields of a frame's or slice's header that are read here."

_START_CODE = re.compile(rb"\x00\x00\x01")


def _need(condition: bool, text: str) -> None:
    if not condition:
        raise BitstreamError(f"the base layer's packet was refused: {text}")


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
        units = [unit for unit in _obus(packet) if unit[0] != OBU_TEMPORAL_DELIMITER]
        keyframe = self._fields is None
        wanted = [OBU_SEQUENCE_HEADER, OBU_FRAME] if keyframe else [OBU_FRAME]
        kinds = [kind for kind, _ in units]
        _need(kinds == wanted, f"it holds OBUs of the types {kinds[:8]}; {wanted} are wanted")
        fields = self._fields or _av1_sequence(BitReader(units[0][1]), size)
        _av1_frame(BitReader(units[-1][1][:AV1_READ_BYTES]), fields, keyframe=keyframe)
        self._fields = fields


def _obus(packet: bytes) -> list[tuple[int, bytes]]:
    """Split a temporal unit into (type, content)."""
    units, at = [], 0
    while at < len(packet):
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
    read.bits(12)  # operating_point_idc
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
    frame_type = read.bits(2)
    _need((frame_type == AV1_KEY_FRAME) == keyframe, "keyframe and inter frame were mixed up")
    _need(read.flag(), "its picture is not to be shown")
    if frame_type != AV1_KEY_FRAME:
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
        units = _nal_units(packet)
        kinds = [unit[0] & 31 for unit in units]
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
    if profile in H264_WITH_CHROMA_FORMAT:
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
    read.bits(1)  # gaps_in_frame_num_value_allowed_flag
    width, height = MACROBLOCK * (read.unsigned() + 1), MACROBLOCK * (read.unsigned() + 1)
    _need(read.flag(), "it is interlaced")
    read.bits(1)  # direct_8x8_inference_flag
    if read.flag():  # cropping, in units of two pixels where it is 4:2:0
        width -= 2 * (read.unsigned() + read.unsigned())
        height -= 2 * (read.unsigned() + read.unsigned())
    _need_size((width, height), size)

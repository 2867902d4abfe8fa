"""Estimates of what a message takes on the wire with its framing, headers and encryption."""

from __future__ import annotations

FRAME_FIELDS_BYTES = 8
"A usual FRAME beside its payload; `frame_layout.message_bytes` says it of any message of a frame."

PAIR_FIELDS_BYTES = 3
"What a pair adds to its two FRAMEs."

SEGMENT_BYTES = 1448
"What a TCP segment carries on Ethernet with timestamps."

SEGMENT_HEADER_BYTES = 66
"Ethernet 14, IPv4 20, TCP 20, timestamps 12: what the kernel counts on an interface."

TCP_ACK_BYTES = SEGMENT_HEADER_BYTES
"TCP's own answer to a message: a segment without content, unless one with content is about to go out."

CURVE_BYTES = 33
"What keys add to a message: its command's name, a nonce, a flag and the authenticator."


def message_wire_bytes(message_bytes: int, *, keys: bool = False) -> int:
    """Size of one message on the wire: ZMTP framing, TCP/IP headers and what keys add."""
    message_bytes += CURVE_BYTES * keys
    framed = message_bytes + (2 if message_bytes < 256 else 9)
    segments = -(-framed // SEGMENT_BYTES)
    return framed + segments * SEGMENT_HEADER_BYTES


def frame_overhead_bytes(*, keys: bool = False, paired: bool = False) -> float:
    """What a frame takes on the wire beside its payload; in a pair two share one message."""
    if not paired:
        return message_wire_bytes(FRAME_FIELDS_BYTES, keys=keys)
    return message_wire_bytes(PAIR_FIELDS_BYTES + 2 * FRAME_FIELDS_BYTES, keys=keys) / 2

"""The sender's side of stills: which receiver gets which file, and when the next slice of it goes out."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Collection
from dataclasses import dataclass, field

from narrowcast.protocol.wire.messages import StillPart, StillRequest
from narrowcast.protocol.wire.sizes import message_wire_bytes

STILL_SHARE = 0.3
"Of a receiver's rate, at least, while it fetches a still; the stream has the rest."

FULL_SHARE = 0.92
"What stream and still take together: where the stream needs little the still is here sooner."

SLICE_S = 0.06
"Seconds of the link that a slice takes: the frame behind it waits no longer."

CAP_SLICE_S = 0.2
"Seconds of the cap that a slice takes: room for the next frame is left anyhow, and headers cost less."

MIN_SLICE_BYTES = 300
"Below, headers would take a third of it."

MAX_SLICE_BYTES = 60_000

MAX_FILES = 4
"Kept for receivers that lose their connection in between."

NEW_STILL_US = 200_000
"Between two stills of one receiver: each costs coding a picture without loss."

TRANSFER_TIMEOUT_US = 30_000_000
"A receiver that requests nothing more of its still for this long has given it up."

_PART_FIELDS_BYTES = 17
"A STILL_PART beside its payload."


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One message on its way to a receiver."""

    peer: bytes
    "ROUTER identity"
    message: StillPart
    "what is to be sent"
    wire_bytes: int
    "on the wire"
    sent_us: int
    "our clock, when it is handed over"

    @property
    def end(self) -> int:
        """The byte behind it."""
        return self.message.offset + len(self.message.payload)


@dataclass(kw_only=True)
class _Transfer:
    """One file for one receiver."""

    peer: bytes
    sequence: int
    begun_us: int
    heard_us: int
    offset: int = 0
    limit: int = 0
    next_us: int = 0
    in_flight: deque[Slice] = field(default_factory=deque)


class StillServer:
    """Knows files by the sequence of their frame. One receiver fetches one file at a time."""

    def __init__(self, *, keys: bool) -> None:
        """Start with nothing; with keys messages are longer on the wire."""
        self._keys = keys
        self._files: OrderedDict[int, bytes] = OrderedDict()
        self._wanted: list[int] = []
        self._frame_bytes = 0.0
        self._frame_us = 0
        self._transfers: OrderedDict[bytes, _Transfer] = OrderedDict()

    @property
    def peers(self) -> Collection[bytes]:
        """Those that fetch a file, or wait for one."""
        return self._transfers.keys()

    @property
    def busy(self) -> bool:
        """Whether a file is being sent to somebody."""
        return any(transfer.sequence in self._files for transfer in self._transfers.values())

    def frame_sent(self, wire_bytes: int, now_us: int) -> None:
        """Count a frame that has gone out."""
        self._frame_bytes = self._frame_bps(now_us) / 8 + wire_bytes
        self._frame_us = now_us

    def request(self, peer: bytes, request: StillRequest, now_us: int) -> list[Slice]:
        """Take a request; returns the slices that it says have arrived."""
        transfer = self._transfers.get(peer)
        if transfer is None or transfer.sequence != request.sequence:
            if transfer is not None and now_us - transfer.begun_us < NEW_STILL_US:
                return []
            transfer = _Transfer(
                peer=peer,
                sequence=request.sequence,
                begun_us=now_us,
                heard_us=now_us,
                offset=request.offset,
            )
            self._transfers[peer] = transfer
            if request.sequence not in self._files and request.sequence not in self._wanted:
                self._wanted.append(request.sequence)
        transfer.heard_us = now_us
        transfer.limit = request.offset + request.credit_bytes
        arrived = []
        while transfer.in_flight and transfer.in_flight[0].end <= request.offset:
            arrived.append(transfer.in_flight.popleft())
        if request.again:
            transfer.in_flight.clear()
            transfer.offset = request.offset
        png = self._files.get(request.sequence)
        if png is not None and request.offset >= len(png):
            del self._transfers[peer]
        return arrived

    def take_wanted(self) -> list[int]:
        """List the frames whose pictures are needed, each once; `provide` or `refuse` answers."""
        wanted, self._wanted = self._wanted, []
        return wanted

    def provide(self, sequence: int, png: bytes) -> None:
        """Take the picture of a frame as a PNG file."""
        self._files[sequence] = png
        in_use = {transfer.sequence for transfer in self._transfers.values()}
        for old in [old for old in self._files if old not in in_use][: max(0, len(self._files) - MAX_FILES)]:
            del self._files[old]

    def refuse(self, sequence: int, reason: str) -> list[tuple[bytes, StillPart]]:
        """There is no picture of a frame: returns the answers to those who asked, as peer and message."""
        asking = [peer for peer, transfer in self._transfers.items() if transfer.sequence == sequence]
        for peer in asking:
            del self._transfers[peer]
        return [(peer, StillPart(sequence=sequence, reason=reason)) for peer in asking]

    def next_slice(
        self, peer: bytes, *, link_bps: float, cap_bps: float, min_rtt_us: int, now_us: int
    ) -> Slice | None:
        """Cut the slice that one receiver may get now; `sent` follows if it goes out.

        Args:
            peer: the receiver.
            link_bps: what its link carries.
            cap_bps: its share of the cap; infinite where there is none.
            min_rtt_us: the round trip of its idle link.
            now_us: our clock.
        """
        transfer = self._transfers.get(peer)
        png = self._files.get(transfer.sequence) if transfer else None
        if transfer is not None and now_us - transfer.heard_us > TRANSFER_TIMEOUT_US:
            del self._transfers[peer]
            return None
        if transfer is None or png is None or now_us < transfer.next_us:
            return None
        fitting_bytes = min(SLICE_S * link_bps, CAP_SLICE_S * cap_bps) / 8
        slice_bytes = round(min(max(MIN_SLICE_BYTES, fitting_bytes), MAX_SLICE_BYTES))
        # Two slices and the bandwidth-delay product: were the link to get slow, no more would be queued.
        window_bytes = 2 * slice_bytes + FULL_SHARE * link_bps / 8 * min_rtt_us / 1e6
        in_flight_bytes = sum(len(each.message.payload) for each in transfer.in_flight)
        end = min(transfer.offset + slice_bytes, len(png), transfer.limit)
        if end <= transfer.offset or in_flight_bytes + end - transfer.offset > window_bytes:
            return None
        message = StillPart(
            sequence=transfer.sequence,
            offset=transfer.offset,
            total_bytes=len(png),
            payload=png[transfer.offset : end],
        )
        size = message_wire_bytes(len(message.payload) + _PART_FIELDS_BYTES, keys=self._keys)
        return Slice(peer=peer, message=message, wire_bytes=size, sent_us=now_us)

    def sent(self, slice_: Slice, rate_bps: float) -> None:
        """Count a slice that goes out; the next one follows when its share of the link's time is over."""
        transfer = self._transfers[slice_.peer]
        transfer.offset = slice_.end
        transfer.in_flight.append(slice_)
        still_bps = max(STILL_SHARE * rate_bps, FULL_SHARE * rate_bps - self._frame_bps(slice_.sent_us))
        transfer.next_us = slice_.sent_us + round(8e6 * slice_.wire_bytes / still_bps)

    def take_back(self, peer: bytes, part: StillPart) -> None:
        """Take back a slice that the transport threw away."""
        transfer = self._transfers.get(peer)
        if transfer is not None and transfer.sequence == part.sequence:
            transfer.offset = min(transfer.offset, part.offset)
            transfer.in_flight = deque(each for each in transfer.in_flight if each.end <= part.offset)

    def forget(self, peer: bytes) -> None:
        """Drop the transfer of a receiver that is gone; it may come back for the rest."""
        self._transfers.pop(peer, None)

    def next_us(self, peer: bytes) -> int | None:
        """When the next slice for a receiver may go out; None where time alone brings none."""
        transfer = self._transfers.get(peer)
        if transfer is None or transfer.sequence not in self._files:
            return None
        open_bytes = min(transfer.limit, len(self._files[transfer.sequence])) - transfer.offset
        return transfer.next_us if open_bytes > 0 and len(transfer.in_flight) < 2 else None

    def _frame_bps(self, now_us: int) -> float:
        """Bits that frames took in the last second, older ones weighing less."""
        return 8 * self._frame_bytes * math.exp((self._frame_us - now_us) / 1e6)

"""A grant: leave to code one frame, of which kind and size, and for whom."""

from __future__ import annotations

from dataclasses import dataclass

from narrowcast.protocol.session.receiver_state import ReceiverState
from narrowcast.protocol.wire.messages import FrameMessage


@dataclass(frozen=True, kw_only=True)
class FrameGrant:
    """A frame coded now is of use: which kind, how large, and for whom.

    Begun, it is a promise: its frame is sent to `receivers` though their credit may shrink meanwhile.
    """

    sequence: int
    "of the frame"
    keyframe: bool
    "it must be a keyframe: somebody joined, asked, or missed a frame"
    payload_bytes: float | None
    "what its payload may take; None where nothing limits it"
    usual_payload_bytes: float | None
    "what payloads may take in the long run; None where nothing limits it"
    frame_interval_us: int
    "from frame to frame: longer than the stream's on a thin link, or if every receiver asks"
    paired: bool = False
    "its frame may wait for the next one, to share a message with it"
    rate_bps: float | None
    "at which each receiver gets frames: its link's, or its share of the cap; None where nothing limits it"
    receivers: frozenset[int]
    "session numbers of those with credit; an inter frame is only for those whose chain is whole"
    newest_session: int
    "of all receivers: those that join later get no frame of a size that was chosen without them"
    chain_sequence: int
    "of the newest frame before it that is not droppable"

    def is_for(self, receiver: ReceiverState) -> bool:
        """Whether a receiver had credit when the grant was made, or was there and has it by now."""
        if receiver.session in self.receivers:
            return True
        return receiver.has_credit and receiver.session <= self.newest_session

    def frame(
        self,
        *,
        payload: bytes,
        keyframe: bool,
        capture_sender_us: int,
        encode_us: int = 0,
        droppable: bool = False,
        quality: float = 0.5,
    ) -> FrameMessage:
        """Make the message of the frame coded, with `quality` in [0, 1]; its delay is set when it leaves."""
        return FrameMessage(
            sequence=self.sequence,
            capture_sender_us=capture_sender_us,
            payload=payload,
            encode_us=encode_us,
            keyframe=keyframe,
            droppable=droppable,
            chain_distance=1 if keyframe else self.sequence - self.chain_sequence,
            quality_permille=round(1000 * quality),
        )

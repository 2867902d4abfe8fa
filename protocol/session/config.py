"""What each side of a session wants and allows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from narrowcast.protocol.wire.fields import MAX_FPS, MAX_PAYLOAD_BYTES, MIN_FPS, clamp
from narrowcast.protocol.wire.session_messages import CodecOffer, StreamParameters


@dataclass(frozen=True, kw_only=True)
class SenderSessionConfig:
    """How a sender treats its receivers."""

    stream: StreamParameters
    "what it sends"
    epoch: int
    "16 bits drawn at random by this run of the sender"
    instance: int
    "63 bits drawn at random by this run of the sender"
    announce: bool = False
    "speak first: needed where the sender connects, since a binding receiver cannot know that it is there"
    max_receivers: int = 16
    "one more is rejected"
    silence_us: int = 10_000_000
    "a receiver that says nothing for this long is gone"
    stalled_us: int = 2_000_000
    "a receiver that acknowledges nothing for this long is reported as stalled"
    drop_stalled_us: int = 30_000_000
    "a receiver that acknowledges nothing for this long is dropped"
    keys: bool = False
    "whether messages are encrypted, and so longer on the wire"

    def __post_init__(self) -> None:
        # What a camera or file calls its frame rate may be anything; WELCOME has a range for it.
        fps = clamp(self.stream.fps, MIN_FPS, MAX_FPS)
        object.__setattr__(self, "stream", replace(self.stream, fps=fps))
        if not 0 <= self.epoch < 2**16:
            raise ValueError(f"epoch needs 16 bits, got {self.epoch}")
        if self.max_receivers < 1:
            raise ValueError(f"max_receivers needs to be 1 or more, got {self.max_receivers}")


@dataclass(frozen=True, kw_only=True)
class ReceiverSessionConfig:
    """What a receiver wants and can do."""

    codecs: tuple[CodecOffer, ...]
    "what it can decode"
    instance: int
    "63 bits drawn at random by this run of the receiver"
    connects: bool = True
    "False where the receiver binds: it then waits until a sender says that it is there"
    stream: int = 0
    "which of the sender's streams"
    max_kbps: float = 0.0
    "the most it wants to get; 0 for no limit"
    max_fps: float = 0.0
    "the most frames a second it wants to get; 0 for no limit"
    max_payload_bytes: int = MAX_PAYLOAD_BYTES
    "the longest payload it takes"
    max_pixels: int | None = None
    "the largest picture it takes, width times height; None for no limit"
    name: str = ""
    "for people at the sender: which machine"

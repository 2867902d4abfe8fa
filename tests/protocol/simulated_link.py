"""A network and machines that exist only in virtual time, for the session tests."""

from __future__ import annotations

import heapq
import itertools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from narrowcast.protocol.session.config import ReceiverSessionConfig, SenderSessionConfig
from narrowcast.protocol.session.events import ReceiverEvent, SenderEvent, StillWanted
from narrowcast.protocol.session.frame_handover import FrameHandover
from narrowcast.protocol.session.grant import FrameGrant
from narrowcast.protocol.session.outbox import SendOutcome
from narrowcast.protocol.session.receiver import ReceiverSession
from narrowcast.protocol.session.sender import SenderSession
from narrowcast.protocol.wire.messages import FrameMessage
from narrowcast.protocol.wire.session_messages import CodecOffer, StreamParameters
from narrowcast.protocol.wire.sizes import message_wire_bytes
from tests.protocol.fake_codec import FakeDecoder, FakeEncoder

STEP_US = 1000
HANDSHAKE_US = 200_000
"From the first try on a link that lives to a connection."

STREAM = StreamParameters(width=64, height=64, fps=20.0, codec="gan", model_id="model-1")


@dataclass
class Pipe:
    """One direction of a link: delay, rate, a token bucket and a loss pattern; order is kept, as TCP does."""

    delay_us: int = 5000
    rate_bps: float = 100e6
    burst_bytes: int = 0
    lost: Iterator[bool] = field(default_factory=lambda: itertools.repeat(False))
    cut: bool = False
    frozen: bool = False
    sent: list[tuple[int, int]] = field(default_factory=list)
    _free_us: float = 0.0
    _order: int = 0
    _under_way: list[tuple[float, int, bytes]] = field(default_factory=list)

    def put(self, data: bytes, now_us: int) -> None:
        wire_bytes = message_wire_bytes(len(data))
        self.sent.append((now_us, wire_bytes))
        if self.cut or next(self.lost):
            return
        # A full bucket lies in the past: so many bytes pass at once.
        full_us = now_us - 8e6 * self.burst_bytes / self.rate_bps
        self._free_us = max(self._free_us, full_us) + 8e6 * wire_bytes / self.rate_bps
        self._order += 1
        heapq.heappush(self._under_way, (max(self._free_us, now_us) + self.delay_us, self._order, data))

    def arrived(self, now_us: int) -> list[bytes]:
        out = []
        while not self.frozen and self._under_way and self._under_way[0][0] <= now_us:
            out.append(heapq.heappop(self._under_way)[2])
        return [] if self.cut else out

    def reset(self) -> None:
        """The connection is a new one: what was under way is lost."""
        self._under_way.clear()
        self._free_us = 0.0

    def peak_kbps(self, window_us: int = 2_000_000) -> float:
        """The most that went in over any such time."""
        peak = total = start = 0
        for at_us, wire_bytes in self.sent:
            total += wire_bytes
            while self.sent[start][0] <= at_us - window_us:
                total -= self.sent[start][1]
                start += 1
            peak = max(peak, total)
        return 8e3 * peak / window_us


class SimulatedReceiver:
    """A receiver machine: its session, its decoder, its own clock and its two pipes."""

    def __init__(
        self, name: str, *, instance: int = 0, clock_offset_us: int = 0, decode_us: int = 10_000
    ) -> None:
        self.session = ReceiverSession(
            ReceiverSessionConfig(
                codecs=(CodecOffer(name="gan", model_id="model-1"), CodecOffer(name="jpeg")),
                instance=instance or zlib.crc32(name.encode()),
                name=name,
            )
        )
        self.peer = name.encode()
        self.decoder = FakeDecoder()
        self.to_sender = Pipe()
        self.to_receiver = Pipe()
        self.clock_offset_us = clock_offset_us
        self.decode_us = decode_us
        self.shown_us: list[int] = []
        self.ages_us: list[int] = []
        self.failures = 0
        self.events: list[ReceiverEvent] = []
        self.alive = True
        self.disconnected = False
        self.connections = 1
        self.route_gone = False
        self._connecting_us: int | None = None
        self._busy_until_us = 0

    def disconnect(self) -> None:
        """The connection is gone; another one is tried for until it stands."""
        self.connections += 1
        self.peer = f"{self.peer.decode().split('#')[0]}#{self.connections}".encode()
        self.to_sender.reset()
        self.to_receiver.reset()
        self._connecting_us = HANDSHAKE_US
        if self.route_gone:
            self.route_gone = self.to_sender.frozen = self.to_receiver.frozen = False

    def _connect(self) -> None:
        """Get on with the handshake while the link lives."""
        if self._connecting_us is not None and not self.to_sender.frozen:
            self._connecting_us -= STEP_US
            if self._connecting_us <= 0:
                self._connecting_us = None

    def step(self, true_us: int) -> None:
        """Take in, decode and send what is due."""
        now_us = true_us + self.clock_offset_us
        self._connect()
        for data in self.to_receiver.arrived(true_us):
            self.session.receive(b"", data, now_us)
        if true_us >= self._busy_until_us:
            self._decode_next(true_us, now_us)
        for message in self.session.messages_to_send(now_us):
            if self._connecting_us is None:
                self.to_sender.put(message.data, true_us)
            else:
                self.session.not_sent(message, SendOutcome.FULL, now_us)
        if self.session.take_reconnect():
            self.disconnect()
        self.events += self.session.events()

    def _decode_next(self, true_us: int, now_us: int) -> None:
        frame = self.session.take_frame(now_us)
        if frame is None:
            return
        self._busy_until_us = true_us + self.decode_us
        try:
            self.decoder.decode(frame.payload)
        except ValueError as error:
            self.failures += 1
            self.session.decode_failed(str(error), now_us)
            return
        self.shown_us.append(true_us)
        captured_us = self.session.clock.local_us(frame.capture_sender_us, now_us)
        if captured_us is not None:
            self.ages_us.append(now_us - captured_us)

    def longest_gap_us(self, start_us: int, end_us: int) -> int:
        """The longest time without a new picture between two moments."""
        times = [start_us, *(t for t in self.shown_us if start_us < t < end_us), end_us]
        return max(later - earlier for earlier, later in itertools.pairwise(times))


class Simulation:
    """One sender and its receivers on virtual time."""

    def __init__(self, stream: StreamParameters = STREAM, max_receivers: int = 16, epoch: int = 7) -> None:
        self.stream = stream
        self.start_sender(epoch, max_receivers)
        self.encoder: FakeEncoder = FakeEncoder()
        self.receivers: list[SimulatedReceiver] = []
        self.sender_events: list[SenderEvent] = []
        self.keyframes_us: list[int] = []
        self.frames_us: list[int] = []
        self.now_us = 1_000_000
        self.camera_on = True
        self.still_png: bytes | None = None
        self._camera_us = 0
        self._picture_us: int | None = None
        self.begun: FrameGrant | None = None
        "of the frame that is being coded"
        self.last_grant: FrameGrant | None = None
        "of the newest frame"
        self._coded: FrameMessage | None = None
        self._coded_us = 0

    def start_sender(self, epoch: int, max_receivers: int = 16) -> None:
        """Start the sender's program (anew)."""
        self.sender = SenderSession(
            SenderSessionConfig(stream=self.stream, epoch=epoch, instance=epoch, max_receivers=max_receivers)
        )
        self.handover = FrameHandover(self.sender)
        self.begun = self._coded = None

    def add(self, receiver: SimulatedReceiver) -> SimulatedReceiver:
        """Start a receiver's program."""
        self.receivers.append(receiver)
        return receiver

    def kill(self, receiver: SimulatedReceiver, *, connection_known: bool) -> None:
        """End a receiver's program without a BYE; its connection may break visibly or silently."""
        receiver.alive = False
        receiver.to_sender.cut = True
        receiver.to_receiver.cut = True
        receiver.disconnected = connection_known

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end_us = self.now_us + round(seconds * 1e6)
        while self.now_us < end_us:
            self._sender_step()
            for receiver in self.receivers:
                if receiver.alive:
                    receiver.step(self.now_us)
            self.now_us += STEP_US

    def _sender_step(self) -> None:
        now_us = self.now_us
        for receiver in self.receivers:
            for data in receiver.to_sender.arrived(now_us):
                self.sender.receive(receiver.peer, data, now_us)
        self._code(now_us)
        by_peer = {receiver.peer: receiver for receiver in self.receivers}
        for message in self.sender.messages_to_send(now_us):
            if message.peer not in by_peer or by_peer[message.peer].disconnected:
                self.sender.not_sent(message, SendOutcome.UNREACHABLE, now_us)
            else:
                by_peer[message.peer].to_receiver.put(message.data, now_us)
        events = self.sender.events()
        self.sender_events += events
        for event in events:
            if isinstance(event, StillWanted):
                self.sender.provide_still(event.sequence, self.still_png, "the camera has forgotten it")

    def _code(self, now_us: int) -> None:
        """Take the newest picture, code it when it is wanted, and send it when it is coded."""
        if self.camera_on and now_us >= self._camera_us:
            self._camera_us = now_us + round(1e6 / self.stream.fps)
            self._picture_us = now_us
        self.handover.exchange(now_us)
        if self._picture_us is not None and self.begun is None:
            self.begun = self.handover.begin()
            if self.begun is not None:
                self.last_grant = self.begun
                self._coded = self.encoder.encode(self.begun, self._picture_us)
                self._coded_us = now_us + self.encoder.encode_us
                self._picture_us = None
        if self.begun is not None and self._coded is not None and now_us >= self._coded_us:
            if self._coded.keyframe:
                self.keyframes_us.append(now_us)
            self.frames_us.append(now_us)
            self.handover.send(self.begun, self._coded)
            self.handover.exchange(now_us)
            self.begun = self._coded = None

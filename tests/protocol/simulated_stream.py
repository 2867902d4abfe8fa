"""Prints how a stream of the real hybrid encoder fares on simulated thin links (docs/experiments.md).

Time is virtual, so a busy machine changes nothing: `python -m tests.protocol.simulated_stream --kbps 32,64`.
"""

from __future__ import annotations

import argparse
from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from narrowcast.codec import BitBudget, Rgb
from narrowcast.codec.hybrid.base_format import AV1
from narrowcast.codec.hybrid.encoder import HybridEncoder
from narrowcast.codec.hybrid.preset_choice import BaseChoice
from narrowcast.protocol.rate.rate_quality import RateQualityController
from narrowcast.protocol.session.config import ReceiverSessionConfig
from narrowcast.protocol.session.grant import FrameGrant
from narrowcast.protocol.session.receiver import ReceiverSession
from narrowcast.protocol.wire.messages import FrameMessage
from narrowcast.protocol.wire.session_messages import CodecOffer, StreamParameters
from narrowcast.sender.sources.feeds import VideoFeed
from narrowcast.sender.sources.fit import fit_picture
from narrowcast.sender.sources.spec import DEMO_CLIP
from tests.protocol.fake_codec import FakeEncoder
from tests.protocol.simulated_link import SimulatedReceiver, Simulation

WIDTH, HEIGHT, FPS = 640, 360, 15.0
STREAM = StreamParameters(width=WIDTH, height=HEIGHT, fps=FPS, codec="hybrid", model_id="shipped")
START_US = 1_000_000
"When the first picture is taken: the simulation's first moment."

PRESET, QUALITY = 7, 0.5
BUCKET_BYTES = 1600
"What tc's token bucket lets through at once in `narrowcast bench link`."

SETTLE_S = 5.0
"Not counted: the sender has to find the rate."

SAMPLE_US = 10_000


class StreamEncoder(FakeEncoder):
    """Codes the bundled clip with the real encoder, which takes 15 ms of virtual time for a picture."""

    encode_us = 15_000

    def __init__(self, pictures: list[Rgb]) -> None:
        super().__init__()
        self._pictures = pictures
        choice = BaseChoice(base=AV1, preset=PRESET, pinned=True)
        self._encoder = HybridEncoder(choice, width=WIDTH, height=HEIGHT)
        self._quality = RateQualityController(max_quality=QUALITY)
        self._started = False

    def encode(self, grant: FrameGrant, capture_sender_us: int, *, droppable: bool = False) -> FrameMessage:
        """Code the picture that was due then."""
        keyframe, self._started = grant.keyframe or not self._started, True
        number = round((capture_sender_us - START_US) * FPS / 1e6) % len(self._pictures)
        usual = grant.usual_payload_bytes
        coded = self._encoder.encode(
            self._pictures[number],
            quality=self._quality.next_quality(keyframe=keyframe, payload_bytes=grant.payload_bytes),
            keyframe=keyframe,
            budget=None if usual is None else BitBudget(bytes_a_frame=usual, best_quality=QUALITY),
        )
        quality = QUALITY if coded.quality is None else coded.quality
        self._quality.frame_coded(payload_bytes=len(coded.payload), quality=quality, keyframe=coded.keyframe)
        return grant.frame(
            payload=coded.payload,
            keyframe=coded.keyframe,
            capture_sender_us=capture_sender_us,
            quality=quality,
            encode_us=self.encode_us,
        )


class StreamReceiver(SimulatedReceiver):
    """Shows each frame 25 ms after it took it, without decoding it."""

    def __init__(self) -> None:
        super().__init__("receiver", decode_us=25_000)
        offer = CodecOffer(name=STREAM.codec, model_id=STREAM.model_id)
        self.session = ReceiverSession(ReceiverSessionConfig(codecs=(offer,), instance=1, name="receiver"))
        self.captured_us: list[int] = []
        "when each frame in `shown_us` was captured"

    def _decode_next(self, true_us: int, now_us: int) -> None:
        frame = self.session.take_frame(now_us)
        if frame is not None:
            self._busy_until_us = true_us + self.decode_us
            self.shown_us.append(self._busy_until_us)
            self.captured_us.append(frame.capture_sender_us)


@dataclass(frozen=True, kw_only=True)
class StreamFigures:
    """What was seen on the screen and on the wire."""

    fps: float
    "frames shown a second"
    age_p95_ms: float
    "of what is on the screen, sampled every 10 ms"
    wire_kbps: float
    "sent by the sender; TCP's bare acknowledgements are not simulated"


def simulate_stream(pictures: list[Rgb], *, kbps: float, seconds: float) -> StreamFigures:
    """Run a stream over a link of this rate for so long after it has settled."""
    simulation = Simulation(STREAM)
    simulation.encoder = StreamEncoder(pictures)
    receiver = StreamReceiver()
    simulation.add(receiver)
    for pipe in (receiver.to_sender, receiver.to_receiver):
        pipe.rate_bps, pipe.delay_us, pipe.burst_bytes = 1000 * kbps, 1000, BUCKET_BYTES
    simulation.run(SETTLE_S + seconds + 1)
    from_us = receiver.shown_us[0] + round(1e6 * SETTLE_S)
    to_us = from_us + round(1e6 * seconds)
    ages_us = [
        at_us - receiver.captured_us[bisect_right(receiver.shown_us, at_us) - 1]
        for at_us in range(from_us, to_us, SAMPLE_US)
    ]
    sent = sum(size for at_us, size in receiver.to_receiver.sent if from_us <= at_us < to_us)
    return StreamFigures(
        fps=sum(from_us <= at_us < to_us for at_us in receiver.shown_us) / seconds,
        age_p95_ms=float(np.percentile(ages_us, 95)) / 1000,
        wire_kbps=8e-3 * sent / seconds,
    )


def clip_pictures(count: int) -> list[Rgb]:
    """The bundled clip's first pictures at the stream's size and rate; fewer where it is shorter."""
    feed = VideoFeed(str(DEMO_CLIP))
    step = max(1.0, feed.fps / FPS)
    read = (feed.picture(int(number * step + 1e-6)) for number in range(count))
    fitted = [fit_picture(picture, WIDTH, HEIGHT) for picture in read if picture is not None]
    feed.close()
    return fitted


def main() -> None:
    """Print a row of Markdown for each link."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kbps", default="16,32,64,128,256", help="what the links carry")
    parser.add_argument("--seconds", type=float, default=20.0, help="of virtual time, a row")
    arguments = parser.parse_args()
    pictures = clip_pictures(450)
    print("| link kbit/s | frames a second | age p95 ms | wire kbit/s |\n|---|---|---|---|")
    for kbps in map(float, arguments.kbps.split(",")):
        row = simulate_stream(pictures, kbps=kbps, seconds=arguments.seconds)
        print(f"| {kbps:g} | {row.fps:.1f} | {row.age_p95_ms:.0f} | {row.wire_kbps:.1f} |", flush=True)


if __name__ == "__main__":
    main()

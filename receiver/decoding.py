"""The decode thread: asks the network for a frame whenever it is free, hands pictures to the main thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import codec
from narrowcast.worker import QueueWorker
from receiver.config import ExpectedStream, ReceiverConfig
from receiver.network import ArrivedFrame, ReceiverNetwork
from runtime.clock import now_us

_WAIT_S = 0.1
_MAX_RESULTS = 4
"Pictures that wait to be shown; with more, decoding waits, and with it the sender: no queue grows old."
_LATE_US = 100_000
"A decoder that took longer to make has kept the first frame waiting, which says nothing about the stream."


@dataclass(frozen=True, kw_only=True, eq=False)
class DecodedFrame:
    """A picture to show."""

    rgb: codec.Rgb
    "uint8 [H, W, 3]"
    arrived: ArrivedFrame
    "what it was decoded from"
    decode_us: int
    "how long that took"
    capture_us: int | None
    "when it was taken, on our clock; None where that is unknown, or says nothing"


@dataclass(frozen=True, kw_only=True)
class DecodeFailure:
    """A frame that did not decode; a keyframe has been asked for."""

    reason: str
    "one line"
    arrived: ArrivedFrame
    "what did not decode"


class DecodeThread:
    """Owns the decoder."""

    def __init__(self, network: ReceiverNetwork, config: ReceiverConfig) -> None:
        self._network = network
        self._config = config
        self._stream: ExpectedStream | None = None
        self._decoder: codec.Decoder | None = None
        self._late = False
        self._worker = QueueWorker[DecodedFrame | DecodeFailure]("decode", self._run, capacity=_MAX_RESULTS)

    def make_ready(self, stream: ExpectedStream) -> None:
        """Make the decoder for a stream and run it once, unless it is the one at hand."""
        if stream == self._stream:
            return
        started_us = now_us()
        self._decoder = codec.create_decoder(
            stream.codec,
            width=stream.width,
            height=stream.height,
            device=self._config.device,
            threads=self._config.threads,
            restore=self._config.restore,
        )
        self._stream = stream
        self._warm_up(self._decoder, stream)
        self._late = now_us() - started_us > _LATE_US

    def start(self) -> None:
        """Begin to decode."""
        self._late = False
        self._worker.start()

    def check(self) -> None:
        """Raise what the thread raised."""
        self._worker.check()

    def result(self, timeout_s: float) -> DecodedFrame | DecodeFailure | None:
        """The next picture or failure, in order; None after `timeout_s`. Raises what the thread raised."""
        return self._worker.get(timeout_s)

    @property
    def waiting(self) -> int:
        """Results that have not been taken."""
        return self._worker.waiting

    @property
    def finished(self) -> bool:
        """Whether everything that came has been decoded and taken."""
        # In this order: a frame leaves the decoder only after its picture is among the results.
        return self._network.decoder_idle and not self._worker.waiting

    def stop(self) -> None:
        """End the thread."""
        self._worker.close()

    def _run(self) -> None:
        while not self._worker.closing:
            stream = self._network.stream
            if stream is not None:
                self.make_ready(ExpectedStream(codec=stream.codec, width=stream.width, height=stream.height))
            arrived = self._network.next_frame(_WAIT_S)
            if arrived is not None:
                self._worker.put(self._decode(arrived))

    def _decode(self, arrived: ArrivedFrame) -> DecodedFrame | DecodeFailure:
        frame = arrived.frame
        self.make_ready(ExpectedStream(codec=frame.codec, width=frame.width, height=frame.height))
        assert self._decoder is not None
        started_us = now_us()
        try:
            rgb = self._decoder.decode(frame.payload)
        except codec.BitstreamError as error:
            self._network.decode_failed(str(error))
            return DecodeFailure(reason=str(error), arrived=arrived)
        late, self._late = self._late, False
        return DecodedFrame(
            rgb=rgb,
            arrived=arrived,
            decode_us=now_us() - started_us,
            capture_us=None if late else arrived.capture_us,
        )

    def _warm_up(self, decoder: codec.Decoder, stream: ExpectedStream) -> None:
        """Decode two frames of our own, so that no real one waits for what is only done once."""
        encoder = codec.create_encoder(
            stream.codec,
            width=stream.width,
            height=stream.height,
            device=self._config.device,
            threads=self._config.threads,
        )
        noise = np.random.default_rng(0)
        for number in range(2):
            picture = noise.integers(0, 256, (stream.height, stream.width, 3), dtype=np.uint8)
            decoder.decode(encoder.encode(picture, keyframe=number == 0).payload)

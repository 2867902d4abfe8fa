"""The decode thread: takes a frame whenever it is free, and hands pictures to the main thread."""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

import numpy as np

from narrowcast import codec
from narrowcast.codec.api import LiveDecoder, RestoringDecoder
from narrowcast.codec.names import HYBRID, Restore
from narrowcast.protocol import ArrivedFrame
from narrowcast.receiver.config import ExpectedStream, ReceiverConfig
from narrowcast.receiver.feed import FrameFeed
from narrowcast.receiver.frame import DecodedFrame, DecodeFailure, FollowedFrame
from narrowcast.runtime.clock import now_us
from narrowcast.worker import QueueWorker

_WAIT_S = 0.1
_MAX_RESULTS = 4
"Pictures that wait to be shown. With more, decoding waits, and so does the sender: no long queue builds up."
_CHANGES, _CHANGES_WINDOW_US = 6, 60_000_000
"Making a decoder takes time and memory: so many times in so long a sender may change its codec or size."
_CANNOT_BE_MADE = (codec.CodecError, MemoryError, OSError, RuntimeError)
"What making a decoder raises; RuntimeError: out of memory, from torch and OpenVINO."
_LATE_US = 100_000
"Where making the decoder took longer, the first frame waited for it, and its latency is left out."


DecodeResult: TypeAlias = DecodedFrame | FollowedFrame | DecodeFailure


class DecodeThread:
    """Owns the decoder: one thread decodes, the main thread takes the results."""

    def __init__(self, network: FrameFeed, config: ReceiverConfig) -> None:
        self._network = network
        self._config = config
        self._stream: ExpectedStream | None = None
        self._decoder: codec.Decoder | None = None
        self._late = False
        self._restore = self._restores = config.restore
        if config.device == "cuda":
            codec.backend_name("cuda")  # a mistake of ours, to be told before any sender is blamed
        self._changes_us: deque[int] = deque(maxlen=_CHANGES)
        self._failed_stream: ExpectedStream | None = None
        self._failure = self._told = ""
        self._worker = QueueWorker[DecodeResult](
            "decode", self._run, capacity=_MAX_RESULTS, awaited_at_exit=True
        )

    def make_ready(self, stream: ExpectedStream) -> None:
        """Make the decoder for a stream and run it once, unless there is one for this stream."""
        if stream == self._stream:
            return
        started_us = now_us()
        self._stream = self._decoder = None  # the memory of the one before is free for this one
        self._decoder = codec.create_decoder(
            stream.codec,
            width=stream.width,
            height=stream.height,
            device=self._config.device,
            threads=self._config.threads,
            restore=self._restore,
            decoder_process=self._config.decoder_process,
        )
        self._stream, self._restores = stream, self._restore
        if stream.codec != HYBRID:  # its generator warms up by itself, while base pictures are shown
            self._warm_up(self._decoder, stream)
        self._late = now_us() - started_us > _LATE_US

    def start(self) -> None:
        """Begin to decode."""
        self._late = False
        self._worker.start()

    def restore(self, when: Restore) -> None:
        """Change when a generator paints, from the next picture on, where the codec has one."""
        self._restore = when

    def check(self) -> None:
        """Raise what the thread raised."""
        self._worker.check()

    def result(self, timeout_s: float) -> DecodeResult | None:
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
                self._follow(ExpectedStream(codec=stream.codec, width=stream.width, height=stream.height))
            arrived = self._network.next_frame(_WAIT_S)
            if arrived is not None:
                self._worker.put(self._decode(arrived))

    def _follow(self, stream: ExpectedStream) -> None:
        """Make the decoder for another stream; a failure is remembered: no stream may end the receiver."""
        if stream in (self._stream, self._failed_stream):
            return
        if len(self._changes_us) == _CHANGES and now_us() - self._changes_us[0] < _CHANGES_WINDOW_US:
            self._stream = self._decoder = None
            self._failure = (
                "the sender changes its codec or size too often; waiting until that may be followed"
            )
            return
        self._changes_us.append(now_us())
        try:
            self.make_ready(stream)
            self._failed_stream = None
        except _CANNOT_BE_MADE as error:
            self._stream = self._decoder = None
            self._failed_stream, self._failure = stream, str(error) or type(error).__name__

    def _decode(self, arrived: ArrivedFrame) -> DecodeResult:
        self._follow(ExpectedStream(codec=arrived.codec, width=arrived.width, height=arrived.height))
        if self._decoder is None:
            # No keyframe is asked for: it would not decode either, and cost the other receivers.
            told, self._told = self._told, self._failure
            return DecodeFailure(reason=self._failure, arrived=arrived, undecodable=told != self._failure)
        self._told = ""
        if self._restores != self._restore and isinstance(self._decoder, RestoringDecoder):
            self._restores = self._restore
            self._decoder.restore(self._restores)
        if isinstance(self._decoder, LiveDecoder):
            self._decoder.backlog = self._network.gauges.frames_waiting
        started_us = now_us()
        try:
            if not arrived.wanted:
                self._decoder.follow(arrived.payload)
                return FollowedFrame(arrived=arrived)
            rgb = self._decoder.decode(arrived.payload)
        except codec.BitstreamError as error:
            self._network.decode_failed(str(error))
            return DecodeFailure(reason=str(error), arrived=arrived)
        late, self._late = self._late, False
        return DecodedFrame(
            rgb=rgb,
            arrived=arrived,
            decode_us=now_us() - started_us,
            capture_local_us=None if late else arrived.capture_local_us,
            provenance=self._decoder.provenance,
        )

    def _warm_up(self, decoder: codec.Decoder, stream: ExpectedStream) -> None:
        """Decode two frames of noise, so that no real one waits for what is done at the first use only."""
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

"""Codes pictures one by one, at the quality that the bitrate allows."""

from __future__ import annotations

import numpy as np

from narrowcast import codec
from narrowcast.codec.api import RestingEncoder
from narrowcast.protocol import FrameGrant, FrameMessage, RateQualityController
from narrowcast.runtime.clock import now_us
from narrowcast.runtime.free_memory import give_memory_back
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.sources.source import CapturedFrame

_WARM_UP_FRAMES = 3
"A keyframe and two inter frames: every network has run, with one and with two reference frames."


class FrameCoder:
    """The encoder of one stream and its choice of quality."""

    def __init__(self, config: SenderConfig) -> None:
        self._config = config
        self._encoder = codec.create_encoder(
            config.codec,
            width=config.width,
            height=config.height,
            device=config.device,
            threads=config.threads,
            entropy=config.entropy,
        )
        self._controller = RateQualityController(max_quality=config.quality)
        infos = {info.name: info for info in codec.available_codecs()}
        self._keyframes_only = infos[config.codec].keyframes_only
        self._started = False
        self.note = ""
        "what the codec last decided and why"
        self._since_keyframe = 0

    def warm_up(self) -> None:
        """Code a few pictures of noise, so that no real one waits for what is done at the first use only."""
        noise = np.random.default_rng(0)
        shape = (self._config.height, self._config.width, 3)
        for number in range(_WARM_UP_FRAMES):
            picture = noise.integers(0, 256, shape, dtype=np.uint8)
            self._encoder.encode(picture, quality=self._config.quality, keyframe=number == 0)

    def rest(self) -> None:
        """Give threads and memory back while nobody wants a picture; the next one becomes a keyframe."""
        if isinstance(self._encoder, RestingEncoder):
            self._encoder.rest()
            self._started = False
            give_memory_back()

    def code(self, picture: CapturedFrame, grant: FrameGrant) -> FrameMessage:
        """Code a picture as a grant allows."""
        started_us = now_us()
        keyframe = grant.keyframe or not self._started
        quality = self._controller.next_quality(keyframe=keyframe, payload_bytes=grant.payload_bytes)
        # The first frame behind a keyframe, the third, ...: a receiver at half the pace misses just these.
        self._started = False  # until it is done: behind a failure comes a keyframe
        droppable = self._config.layered and not keyframe and self._since_keyframe % 2 == 0
        encoded = self._encoder.encode(
            picture.rgb, quality=quality, keyframe=keyframe, droppable=droppable, budget=self._budget(grant)
        )
        coded_us = now_us()
        if encoded.quality is not None:
            quality = encoded.quality
        if not encoded.refinement:
            as_keyframe = keyframe if self._keyframes_only else encoded.keyframe
            self._controller.frame_coded(
                payload_bytes=len(encoded.payload), quality=quality, keyframe=as_keyframe
            )
        self.note = encoded.note
        self._started = True
        self._since_keyframe = 0 if encoded.keyframe else self._since_keyframe + 1
        return grant.frame(
            payload=encoded.payload,
            keyframe=encoded.keyframe,
            droppable=encoded.droppable,
            quality=quality,
            capture_sender_us=picture.capture_sender_us,
            encode_us=coded_us - started_us,
        )

    def _budget(self, grant: FrameGrant) -> codec.BitBudget | None:
        """Say what frames may take in the long run, for codecs that hold a bitrate by themselves."""
        if grant.usual_payload_bytes is None:
            return None
        return codec.BitBudget(bytes_a_frame=grant.usual_payload_bytes, best_quality=self._config.quality)

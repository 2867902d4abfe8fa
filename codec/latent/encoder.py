"""The sender's half of the latent codec: picture in, payload out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from narrowcast.codec.api import BitBudget, EncodedFrame, Rgb, check_picture
from narrowcast.codec.latent.analysis import to_units
from narrowcast.codec.latent.config import Q_LEVELS, STRIDE
from narrowcast.codec.latent.exact import ExactModel
from narrowcast.codec.latent.header import LatentHeader, pack_latent
from narrowcast.codec.latent.networks import AnalysisNetwork
from narrowcast.codec.latent.quantiser import Quantiser
from narrowcast.codec.latent.reference import ReferenceState, checksum
from narrowcast.codec.latent.refinement import Refinement, refined_level
from narrowcast.codec.latent.scene import Scene, worth_sending
from narrowcast.codec.latent.symbol_coders import symbol_writer
from narrowcast.codec.names import Entropy
from narrowcast.codec.picture import to_tensor
from narrowcast.codec.stages import CodingStage, OnStage, ignore_stage

CHECKSUM_PERIOD = 64
"""Every 64th reference frame carries a checksum of its latents, and so does every keyframe."""


@dataclass(frozen=True)
class _Coded:
    """A frame that was coded, and may be sent."""

    y_hat: Tensor
    "what it decodes to"
    q_level: int
    "quality that it was coded at"
    symbols: bytes
    "what follows the header"


class LatentEncoder:
    """Encoder of one stream of one picture size; see codec.api.Encoder.

    ::

        picture -> analysis -> y -> mean over time where it stands still -> code -> worth its bits? -> payload
                                |                                                       | no
                                +-> another scene: keyframe           refine what stands still, or skip
    """

    def __init__(
        self,
        analysis: AnalysisNetwork,
        exact: ExactModel,
        *,
        width: int,
        height: int,
        entropy: Entropy = "range",
    ) -> None:
        """Make an encoder whose symbols `entropy` codes; the keyframe tells the decoder which."""
        self._analysis, self._exact, self._entropy = analysis, exact, entropy
        self._width, self._height = width, height
        self._state: ReferenceState | None = None
        self._scene, self._refinement = Scene(), Refinement()
        self._unsent: tuple[Rgb, int] | None = None  # picture and level that were not worth their bits
        self.on_stage: OnStage = ignore_stage
        "called when a stage ends, for benchmarks"

    @torch.inference_mode()
    def encode(
        self,
        rgb: Rgb,
        *,
        quality: float = 0.5,
        keyframe: bool = False,
        droppable: bool = False,
        budget: BitBudget | None = None,
    ) -> EncodedFrame:
        """Code one picture; see codec.api.Encoder.encode."""
        check_picture(rgb, self._width, self._height)
        q_level = round((Q_LEVELS - 1) * min(max(quality, 0.0), 1.0))
        if self._state is None or keyframe:
            return self._keyframe(self._latents(rgb, q_level), q_level)
        if self._repeats(rgb, q_level):
            self._scene.repeat()
            return self._refine_or_skip(self._state, q_level, droppable)

        y, step = self._latents(rgb, q_level), self._exact.step(q_level)
        cut = self._scene.is_cut(y, self._state.reference_1, step)
        self.on_stage(CodingStage.SCENE)
        if cut:
            return self._keyframe(y, q_level)
        target = self._scene.average(y, step)
        self.on_stage(CodingStage.SCENE)
        coded = self._code(self._state, target, q_level)
        worth = worth_sending(target, self._state.reference_1, coded.y_hat, step, len(coded.symbols))
        self.on_stage(CodingStage.SCENE)
        if worth:
            self._unsent = None
            return self._inter_frame(self._state, coded, droppable)
        self._unsent = rgb.copy(), q_level
        return self._refine_or_skip(self._state, q_level, droppable)

    @property
    def reference_checksum(self) -> int | None:
        """CRC-32 of the last reference frame's latents, None before the first: the decoder's is the same."""
        return None if self._state is None else checksum(self._state.reference_1)

    def _repeats(self, rgb: Rgb, q_level: int) -> bool:
        """Tell whether this very picture was just found not to be worth its bits at this quality."""
        return (
            self._unsent is not None and self._unsent[1] == q_level and np.array_equal(self._unsent[0], rgb)
        )

    def _latents(self, rgb: Rgb, q_level: int) -> Tensor:
        picture = to_tensor(rgb, STRIDE)
        self.on_stage(CodingStage.COLOUR)
        y = to_units(self._analysis(picture, q_level))
        self.on_stage(CodingStage.ANALYSIS)
        return y

    def _code(self, state: ReferenceState, y: Tensor, q_level: int, dead_zone: float | None = None) -> _Coded:
        assert self._exact.tables is not None
        writer = symbol_writer(self._entropy, self._exact.tables)
        quantiser = Quantiser(
            y, self._exact.tables, dead_zone=dead_zone, writer=writer, on_stage=self.on_stage
        )
        y_hat = self._exact.code(state, q_level, quantiser)
        self.on_stage(CodingStage.EXACT)
        symbols = quantiser.writer.finish()
        self.on_stage(CodingStage.ENTROPY)
        return _Coded(y_hat=y_hat, q_level=q_level, symbols=symbols)

    def _keyframe(self, y: Tensor, q_level: int) -> EncodedFrame:
        empty = ReferenceState.empty(y.shape, y.device)
        coded = self._code(empty, y, q_level)
        header = LatentHeader(
            q_level=q_level,
            entropy=self._entropy,
            keyframe=True,
            width=self._width,
            height=self._height,
            checksum=checksum(coded.y_hat),
        )
        payload = pack_latent(header) + coded.symbols
        self._state, self._unsent = empty.advanced(coded.y_hat), None
        self._scene.restart()
        self._scene.average(y, self._exact.step(q_level))
        self._refinement.keyframe_coded(len(payload))
        return EncodedFrame(payload=payload, keyframe=True)

    def _inter_frame(self, state: ReferenceState, coded: _Coded, droppable: bool) -> EncodedFrame:
        advanced = state.advanced(coded.y_hat)
        summed = not droppable and advanced.counter % CHECKSUM_PERIOD == 0
        header = LatentHeader(
            q_level=coded.q_level,
            entropy=self._entropy,
            droppable=droppable,
            counter=state.counter,
            checksum=checksum(coded.y_hat) if summed else None,
        )
        if not droppable:
            self._state = advanced
        payload = pack_latent(header) + coded.symbols
        return EncodedFrame(payload=payload, keyframe=False, droppable=droppable)

    def _refine_or_skip(self, state: ReferenceState, q_level: int, droppable: bool) -> EncodedFrame:
        """Code a frame of a still scene: refine it where enough bytes have been saved for that, else skip."""
        self._refinement.save_share()
        if self._refinement.due() and not droppable:
            target, finer = self._scene.mean, refined_level(q_level)
            dead_zone = self._refinement.dead_zone(target, state.reference_1, self._exact.step(finer))
            if dead_zone is not None:
                coded = self._code(state, target, finer, dead_zone)
                self._refinement.spend(len(coded.symbols))
                return replace(self._inter_frame(state, coded, droppable), refinement=True)
        if not droppable:
            self._state = state.advanced(state.reference_1)
        header = LatentHeader(q_level=q_level, skip=True, droppable=droppable, counter=state.counter)
        return EncodedFrame(payload=pack_latent(header), keyframe=False, droppable=droppable)

"""The auto codec: the latent codec where the scene stands still, the hybrid codec where it moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from narrowcast.codec.api import (
    BitBudget,
    Decoder,
    EncodedFrame,
    Encoder,
    LiveDecoder,
    Provenance,
    RestingEncoder,
    RestoringDecoder,
    Rgb,
)
from narrowcast.codec.hybrid.header import is_hybrid
from narrowcast.codec.names import Restore

PROBE_PERIOD = 75
"""Frames between trials of the codec that is not in use: 5 s at 15 fps."""

PROBE_FRAMES = 3
"""Frames of a trial: a keyframe, then inter frames that are weighed."""

HORIZON = 150
"""A change pays if what it saves over so many frames is more than its keyframe."""

MARGIN = 0.8
"""The other codec must need less than this share of the bits: no flapping between equals."""

MIN_SAVING_BITS = 400
"""A frame; 6 kbit/s at 15 fps. For less nobody should see the picture change."""

SMOOTHING = 0.1
"""Weight of the newest inter frame in the mean of those in use."""


@dataclass(frozen=True, kw_only=True)
class CodecTrial:
    """What the codec that is not in use would cost now."""

    keyframe_bits: int
    "of the trial's first frame"
    inter_bits: float
    "mean of the trial's other frames"


class Cost:
    """Bits of recent inter frames of the codec in use."""

    def __init__(self) -> None:
        self.bits: float | None = None

    def add(self, frame: EncodedFrame) -> None:
        """Count a frame; keyframes say nothing of what the scene costs."""
        if frame.keyframe:
            return
        if self.bits is None:
            self.bits = float(frame.bits)
        self.bits += SMOOTHING * (frame.bits - self.bits)


def change_pays(in_use: float, trial: CodecTrial) -> bool:
    """Tell whether the tried codec is clearly cheaper and earns its keyframe back within the horizon."""
    saved = in_use - trial.inter_bits
    clearly = trial.inter_bits < MARGIN * in_use and saved >= MIN_SAVING_BITS
    return clearly and saved * HORIZON > trial.keyframe_bits


class AutoEncoder:
    """Encoder that codes with one of two codecs and now and then tries the other; see codec.api.Encoder.

    Both codecs' qualities mean about the same picture (see base_format.THIN_QUALITY), so bits compare.
    """

    def __init__(self, encoders: dict[str, Encoder], first: str) -> None:
        """Take two encoders of one stream by name, and the name of the one to start with."""
        self._encoders = encoders
        self._in_use = first
        self._cost = Cost()
        self._coded_at: float | None = None  # quality of the last frame, where its codec chose that
        self._since_trial = 0
        self._trial: list[EncodedFrame] = []
        self.reason = f"{first}: the first choice"
        "name of the codec in use, and why"

    def encode(
        self,
        rgb: Rgb,
        *,
        quality: float = 0.5,
        keyframe: bool = False,
        droppable: bool = False,
        budget: BitBudget | None = None,
    ) -> EncodedFrame:
        """Code one picture; see codec.api.Encoder.encode. A change of codec comes as a keyframe."""
        changed = self._consider(rgb, quality if self._coded_at is None else self._coded_at)
        frame = self._encoders[self._in_use].encode(
            rgb, quality=quality, keyframe=keyframe or changed, droppable=droppable, budget=budget
        )
        self._cost.add(frame)
        self._coded_at = frame.quality
        return replace(frame, note=self.reason)

    def rest(self) -> None:
        """Let both encoders rest; see codec.api.RestingEncoder. A trial begins anew."""
        self._trial = []
        for encoder in self._encoders.values():
            if isinstance(encoder, RestingEncoder):
                encoder.rest()

    def _consider(self, rgb: Rgb, quality: float) -> bool:
        """Go on with a trial where one is due; return whether the codec changed."""
        self._since_trial += 1
        if self._since_trial < PROBE_PERIOD or self._cost.bits is None:
            return False
        other = self._other()
        self._trial.append(self._encoders[other].encode(rgb, quality=quality, keyframe=not self._trial))
        if len(self._trial) < PROBE_FRAMES:
            return False
        first, *rest = self._trial
        trial = CodecTrial(keyframe_bits=first.bits, inter_bits=sum(frame.bits for frame in rest) / len(rest))
        self._since_trial, self._trial = 0, []
        return self._decide(other, trial)

    def _decide(self, other: str, trial: CodecTrial) -> bool:
        assert self._cost.bits is not None
        pays = change_pays(self._cost.bits, trial)
        verdict = "saves its keyframe" if pays else "is not worth a keyframe"
        kept = other if pays else self._in_use
        self.reason = (
            f"{kept}: {self._in_use} takes {self._cost.bits / 8:.0f} bytes a frame, "
            f"{other} would take {trial.inter_bits / 8:.0f}, which {verdict}"
        )
        if pays:
            self._in_use, self._cost = other, Cost()
        return pays

    def _other(self) -> str:
        return next(name for name in self._encoders if name != self._in_use)


class AutoDecoder:
    """Decoder of what AutoEncoder writes: the first byte says whose payload it is."""

    def __init__(self, latent: Decoder, hybrid: Decoder) -> None:
        """Take both decoders ready made: a change must not wait for one to load."""
        self._latent, self._hybrid = latent, hybrid
        self.backlog = 0
        "frames that wait behind the next one; see codec.api.LiveDecoder"
        self.provenance = Provenance()
        "of the last picture, as the decoder tells it that decoded it"

    def restore(self, when: Restore) -> None:
        """Change when hybrid's generator paints; see codec.api.RestoringDecoder."""
        if isinstance(self._hybrid, RestoringDecoder):
            self._hybrid.restore(when)

    def decode(self, payload: bytes) -> Rgb:
        """Decode one payload; see codec.api.Decoder.decode."""
        decoder = self._hybrid if is_hybrid(payload) else self._latent
        if isinstance(decoder, LiveDecoder):
            decoder.backlog = self.backlog
        rgb = decoder.decode(payload)
        self.provenance = decoder.provenance
        return rgb

    def follow(self, payload: bytes) -> None:
        """Take a payload whose picture is not wanted; see codec.api.Decoder.follow."""
        (self._hybrid if is_hybrid(payload) else self._latent).follow(payload)

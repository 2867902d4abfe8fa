"""Sizes of the latent codec: what a checkpoint carries, checked when it is made."""

from __future__ import annotations

from dataclasses import dataclass

from narrowcast.errors import CodecError

Q_LEVELS = 256
"""Quality travels in one byte: level = round(255 q)."""

Y_UNIT = 64
"""Latents are integers in units of 1/64."""

Y_LIMIT = 8191
"""Latents are clamped to +-8191 units (+-128), so every sum below stays inside int16."""

SCALE_ROWS = 64
"""Rows of the scale table: standard deviations of residuals, log-spaced (see entropy.py)."""

STRIDE = 16
"""One latent position covers 16x16 pixels."""

LARGEST_SIZE = 4096
"""No size of a model is larger: a damaged manifest must not ask for all the memory."""


def latent_size(width: int, height: int) -> tuple[int, int]:
    """Return (height, width) of the latents of a picture."""
    return -(-height // STRIDE), -(-width // STRIDE)


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Sizes of one model; the defaults are the shipped "base" model."""

    latent_channels: int = 96
    "channels C of the latents y, [B, C, H/16, W/16]; even"
    wide_channels: int = 192
    "channels of analysis and synthesis at 1/16"
    fine_channels: int = 96
    "channels of analysis and synthesis at 1/8"
    detail_channels: int = 32
    "channels of the synthesis head at 1/4"
    analysis_fine_blocks: int = 1
    "blocks of the analysis at 1/8"
    analysis_wide_blocks: int = 2
    "blocks of the analysis at 1/16"
    synthesis_wide_blocks: int = 2
    "blocks of the synthesis at 1/16"
    synthesis_fine_blocks: int = 2
    "blocks of the synthesis at 1/8"
    predictor_channels: int = 128
    "channels of the exact predictor at 1/16"
    quality_knots: int = 5
    "knots over q in [0, 1] of every quality-dependent gain"

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not isinstance(value, int) or not 1 <= value <= LARGEST_SIZE:
                raise CodecError(
                    f"model config: {name} must be a whole number from 1 to {LARGEST_SIZE}, not {value!r}"
                )
        if self.latent_channels % 2:
            raise CodecError(f"model config: latent_channels must be even, not {self.latent_channels}")
        if not self.latent_channels <= self.wide_channels <= 4 * self.fine_channels <= 4 * 192:
            raise CodecError(
                "model config: latent_channels <= wide_channels <= 4 fine_channels <= 768 must hold, not "
                f"{self.latent_channels}, {self.wide_channels}, {self.fine_channels}"
            )
        if self.quality_knots < 2:
            raise CodecError("model config: quality_knots must be at least 2")

"""Settings of a run of `lab mnist` that takes seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from narrowcast.lab.mnist.settings import MnistSettings


def small_settings(data: Path, out: Path, **known: object) -> MnistSettings:
    """A few steps a stage, of a latent of 24 bits."""
    settings = MnistSettings(
        data=data,
        out=out,
        threads=1,
        latent_bits=24,
        classifier_steps=25,
        gan_steps=20,
        codec_steps=25,
        batch=16,
        digits=100,
    )
    return replace(settings, **known)  # type: ignore[arg-type]

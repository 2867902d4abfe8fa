"""The names that a codec is chosen by, without the codecs: command lines are read before those are loaded."""

from __future__ import annotations

from typing import Literal

GAN = "gan"
HYBRID = "hybrid"
AUTO = "auto"
CLASSIC = ("jpeg", "png", "webp", "avif", "huffman", "lzw")

CODECS = (HYBRID, GAN, AUTO, *CLASSIC)
"""Every codec; an installation may lack some (available_codecs says which it has)."""

GENERATIVE_CODECS = (GAN, HYBRID, AUTO)
"""Their pictures hold texture that a network painted."""

Device = Literal["auto", "cpu", "cuda"]
"""Where the networks run; auto: CUDA where there is one, else the fastest on this CPU."""

Restore = Literal["auto", "always", "never"]
"""When hybrid's generator runs; auto: where it keeps up with the stream."""

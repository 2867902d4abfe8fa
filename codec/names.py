"""The names that a codec is chosen by, without the codecs: command lines are read before those are loaded."""

from __future__ import annotations

from typing import Literal

LATENT = "gan"
"""The latent codec: command lines and streams call it "gan", as they always have, and go on doing so."""

HYBRID = "hybrid"
AUTO = "auto"
"""Picks hybrid or the latent codec."""

PICTURE_FILES = ("jpeg", "png", "webp", "avif")
"""Picture file formats, which OpenCV reads."""

CLASSIC = (*PICTURE_FILES, "huffman", "lzw")
"""Each of their frames is a picture of its own."""

CODECS = (HYBRID, LATENT, AUTO, *CLASSIC)
"""Every codec; an installation may lack some (available_codecs says which it has)."""

DEFAULT_THREADS = 2
"""Threads of a codec on a CPU, unless told otherwise; more only pays for large pictures."""

Device = Literal["auto", "cpu", "cuda"]
"""Where the networks run; auto: CUDA where there is one, else the fastest on this CPU."""

OwnProcess = Literal["auto", "never"]
"""Whether native decoders work in a process of their own; auto: where the system starts one."""

BACKEND_VARIABLE = "NARROWCAST_CPU_BACKEND"
"""Environment variable; "torch" leaves OpenVINO out, which is faster and holds its speed on busy cores."""

Restore = Literal["auto", "always", "never"]
"""When hybrid's generator runs; auto: where it keeps up with the stream."""

Entropy = Literal["range", "huffman", "lzw"]
"""What codes the symbols of the latent codec; range is what it is made for, the others are for comparison."""

"""Source and reconstruction of each frame side by side, as PNG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import codec
from runtime.picture_files import write_png


def write_pairs(parts: Path, folder: Path, width: int, height: int) -> int:
    """Join `<time>-source.png` and `<time>-decoded.png` of `parts` as `folder`/frame-00001.png and so on.

    Returns the number of pairs; a picture whose other half is missing (never shown) is left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    decoder = codec.create_decoder("png", width=width, height=height)
    count = 0
    for decoded in sorted(parts.glob("*-decoded.png")):
        source = decoded.with_name(decoded.name.replace("-decoded", "-source"))
        if source.exists():
            count += 1
            pictures = [decoder.decode(path.read_bytes()) for path in (source, decoded)]
            write_png(folder / f"frame-{count:05d}.png", np.concatenate(pictures, axis=1))
    return count

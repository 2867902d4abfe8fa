"""Remake demo.mp4 from OpenCV's sample: python sender/sources/clips/make_demo.py vtest.avi[.gz] demo.mp4."""

from __future__ import annotations

import gzip
import io
import sys
from fractions import Fraction
from pathlib import Path

import av

FRAMES = 150
FPS = 15
WIDTH, HEIGHT = 640, 360
CROP_TOP, CROP_HEIGHT = 72, 432
"the middle 768x432 of 768x576 has the 16:9 of 640x360"
CRF = 17
"about 1 MB"


def make_demo(source: bytes, target: Path) -> None:
    """Crop, shrink and code the first FRAMES pictures, played at FPS."""
    options = {"movflags": "+faststart"}
    with av.open(io.BytesIO(source), "r") as reader, av.open(str(target), "w", options=options) as writer:
        stream = writer.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"crf": str(CRF), "preset": "veryslow", "bf": "0"}
        for index, picture in enumerate(reader.decode(video=0)):
            if index == FRAMES:
                break
            cropped = picture.to_ndarray(format="rgb24")[CROP_TOP : CROP_TOP + CROP_HEIGHT]
            frame = av.VideoFrame.from_ndarray(cropped, format="rgb24")
            frame = frame.reformat(WIDTH, HEIGHT, "yuv420p", interpolation="AREA")
            frame.pts, frame.time_base = index, Fraction(1, FPS)
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode(None))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    data = Path(sys.argv[1]).read_bytes()
    make_demo(gzip.decompress(data) if sys.argv[1].endswith(".gz") else data, Path(sys.argv[2]))

"""`narrowcast send` that sends a bomb each second: python -m tests.attacks.hostile_sender BOMB ARGUMENTS."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from narrowcast import codec
from narrowcast.codec.api import Encoder
from tests.attacks.bombing_encoder import BombingEncoder
from tests.attacks.bombs import BOMBS

FPS = 15
NO_BOMB = "none"
"Sends nothing but pictures, for comparison."


def main(arguments: Sequence[str]) -> int:
    """Send until the process is stopped."""
    from narrowcast.sender.__main__ import main as send

    name, *rest = arguments
    if name == NO_BOMB:
        return send(["test:", "--size", "640x360", "--fps", str(FPS), "--codec", "jpeg", *rest])
    codec_name, make = BOMBS[name]
    create_encoder = codec.create_encoder
    bombs: dict[tuple[int, int], bytes] = {}

    def create(codec_name: str, *, width: int, height: int, **settings: object) -> Encoder:
        inner = create_encoder(codec_name, width=width, height=height, **settings)  # type: ignore[arg-type]
        return BombingEncoder(inner, bombs[width, height], FPS)

    size = (640, 360)
    bombs[size] = make(size)
    codec.create_encoder = create  # type: ignore[assignment]
    return send(["test:", "--size", "640x360", "--fps", str(FPS), "--codec", codec_name, *rest])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

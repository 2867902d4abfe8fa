"""Send pictures that numpy draws, a ball that bounces."""

import argparse
import contextlib
import time

import numpy as np

import narrowcast

WIDTH, HEIGHT, FPS, RADIUS = 320, 192, 15, 24


def draw(seconds: float) -> np.ndarray:
    """The ball at a moment: uint8 [HEIGHT, WIDTH, 3]."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    x = RADIUS + (WIDTH - 2 * RADIUS) * abs((seconds / 4) % 2 - 1)
    y = HEIGHT - RADIUS - (HEIGHT - 2 * RADIUS) * abs(np.sin(2 * seconds))
    picture = np.stack([rows, columns // 2, rows // 2 + 60], axis=2).astype(np.uint8)
    picture[(rows - y) ** 2 + (columns - x) ** 2 < RADIUS**2] = (250, 200, 40)
    return picture


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("url", help="address to listen on, for example tcp://*:5555")
parser.add_argument(
    "seconds", nargs="?", type=float, default=float("inf"), help="how long; by default until Ctrl-C"
)
parser.add_argument("codec", nargs="?", default="hybrid", help="by default hybrid")
given = parser.parse_args()

with (
    contextlib.suppress(KeyboardInterrupt),
    narrowcast.Sender(given.url, size=(WIDTH, HEIGHT), fps=FPS, codec=given.codec) as out,
):
    print(f'to watch: narrowcast receive "{out.url}"', flush=True)
    start_s = time.monotonic()
    while (now_s := time.monotonic() - start_s) < given.seconds:
        out.send(draw(now_s))
        time.sleep(1 / FPS)

"""Send pictures that numpy draws, a ball that bounces: python examples/send_numpy.py URL [SECONDS] [CODEC]"""

import sys
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


url = sys.argv[1]
duration_s = float(sys.argv[2]) if len(sys.argv) > 2 else float("inf")
codec = sys.argv[3] if len(sys.argv) > 3 else "hybrid"

with narrowcast.Sender(url, size=(WIDTH, HEIGHT), fps=FPS, codec=codec) as out:
    print(f'to watch: narrowcast receive "{out.url}"', flush=True)
    start_s = time.monotonic()
    while (now_s := time.monotonic() - start_s) < duration_s:
        out.send(draw(now_s))
        time.sleep(1 / FPS)

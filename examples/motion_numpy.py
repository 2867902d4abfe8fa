"""An alarm for movement, with numpy alone."""

import argparse
import contextlib

import numpy as np

import narrowcast

THRESHOLD = 2.0
"Mean change of a pixel, in levels of 255, from which on something moves."

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("url", help="address that the sender printed")
url = parser.parse_args().url

before = None
with contextlib.suppress(KeyboardInterrupt):
    for frame in narrowcast.receive(url, until_end=True):
        grey = frame.rgb.mean(axis=2)[::4, ::4]
        if before is not None and before.shape == grey.shape:
            change = float(np.abs(grey - before).mean())
            print(
                f"{change:6.2f} {'#' * min(60, round(10 * change))}{'  moves' if change > THRESHOLD else ''}"
            )
        before = grey

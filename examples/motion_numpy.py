"""An alarm for movement, with numpy alone: python examples/motion_numpy.py URL"""

import sys

import numpy as np

import narrowcast

THRESHOLD = 2.0
"Mean change of a pixel, in levels of 255, from which on something moves."

before = None
if len(sys.argv) < 2:
    sys.exit(__doc__)
for frame in narrowcast.receive(sys.argv[1], until_end=True):
    grey = frame.rgb.mean(axis=2)[::4, ::4]
    if before is not None and before.shape == grey.shape:
        change = float(np.abs(grey - before).mean())
        print(f"{change:6.2f} {'#' * min(60, round(10 * change))}{'  moves' if change > THRESHOLD else ''}")
    before = grey

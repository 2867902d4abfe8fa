"""Receive a stream and say how fresh each frame is: python examples/receive.py URL"""

import sys

import narrowcast

if len(sys.argv) < 2:
    sys.exit(__doc__)
for frame in narrowcast.receive(sys.argv[1], until_end=True):
    height, width, _ = frame.rgb.shape
    print(
        f"frame {frame.sequence}: {width}x{height}, {frame.payload_bytes} bytes, "
        f"{frame.latency_ms:.0f} ms +- {frame.latency_error_ms:.0f} ms old"
    )

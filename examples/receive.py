"""Receive a stream and say how fresh each frame is."""

import argparse
import contextlib

import narrowcast

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("url", help="address that the sender printed")
url = parser.parse_args().url

with contextlib.suppress(KeyboardInterrupt):
    for frame in narrowcast.receive(url, until_end=True):
        height, width, _ = frame.rgb.shape
        print(
            f"frame {frame.sequence}: {width}x{height}, {frame.payload_bytes} bytes, "
            f"{frame.latency_ms:.0f} ms +- {frame.latency_error_ms:.0f} ms old"
        )

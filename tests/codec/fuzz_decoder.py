"""Fuzzes the decoder for as long as one likes: `make fuzz`, or `python -m tests.codec.fuzz_decoder`.

Every payload has to give a picture or BitstreamError, soon and in bounded memory. A payload that does not is
printed in hex, with the seed that leads to it, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence

import numpy as np
import torch

from tests.codec.hostile_payloads import Target

BATCH = 2_000
"""Payloads between two looks at the clock, at the memory and at whether the decoder recovers."""

SLOWEST_S = 5.0
"""One payload of a 64x64 stream takes milliseconds; this is a hang, on the busiest machine."""

MOST_GROWTH_KB = 200_000


def main(argv: Sequence[str] | None = None) -> int:
    """Fuzz until the time is over; returns the exit status."""
    parser = argparse.ArgumentParser(prog="fuzz_decoder", description="Fuzz the latent codec's decoder.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (default 60)")
    parser.add_argument("--seed", type=int, default=0, help="of the first batch (default 0)")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    targets = [Target(whole=False), Target(whole=True)]
    ends_s = time.monotonic() + arguments.seconds
    resident_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    payloads = decoded = 0
    seed = arguments.seed
    while time.monotonic() < ends_s:
        found = _batch(targets[seed % 2], seed)
        if found is None:
            return 1
        payloads, decoded, seed = payloads + BATCH, decoded + found, seed + 1
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resident_kb > MOST_GROWTH_KB:
            print(f"memory grew by more than {MOST_GROWTH_KB} KB up to seed {seed - 1}", file=sys.stderr)
            return 1
    print(f"{payloads} payloads, {decoded} gave a picture, the others BitstreamError; seeds up to {seed - 1}")
    return 0


def _batch(target: Target, seed: int) -> int | None:
    """Meet one batch; return how many gave a picture, None after a fault, which is printed."""
    decoded = 0
    for payload in target.variants(BATCH, np.random.default_rng(seed)):
        started_s = time.monotonic()
        try:
            decoded += target.meet(payload)
            fault = "" if time.monotonic() - started_s < SLOWEST_S else "it took too long"
        except Exception as error:  # whatever it is, the payload that caused it must be seen
            fault = repr(error)
        if fault:
            print(f"seed {seed}: {fault}; payload {payload.hex()}", file=sys.stderr)
            return None
    target.recover()
    return decoded


if __name__ == "__main__":
    sys.exit(main())

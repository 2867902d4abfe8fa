"""Measures one case in a process of its own, so that memory, threads and start are that case's alone.

Called by `narrowcast bench speed` as `python -m narrowcast.benchmark.speed.worker CASE PICTURES FRAMES`,
where CASE is JSON and PICTURES a file of numpy's; writes one JSON line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from narrowcast.benchmark.errors import PeerError
from narrowcast.benchmark.peers.narrowcast_peer import NarrowcastPeer
from narrowcast.benchmark.peers.peer import Peer
from narrowcast.benchmark.process_usage import process_age_s
from narrowcast.benchmark.speed.case import CLASSIC, FPS, VIDEO, SpeedCase, SpeedMeasurement
from narrowcast.benchmark.speed.timer import CoderTimer
from narrowcast.codec.names import BACKEND_VARIABLE
from narrowcast.errors import BenchError, CodecError

MIB = 2**20


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and write the result or why there is none."""
    case_text, pictures, frames = sys.argv[1:] if argv is None else argv
    case = SpeedCase(**json.loads(case_text))
    try:
        line = {"event": "measured"} | asdict(measure(case, Path(pictures), int(frames)))
    except (BenchError, CodecError) as error:
        line = {"event": "gap", "reason": error.on_command_line()}
    print(json.dumps(line), flush=True)
    return 0


def measure(case: SpeedCase, pictures: Path, frames: int) -> SpeedMeasurement:
    """Load the codec, run so many frames through it, and sum up; BenchError where it cannot run here."""
    synchronise = _import_libraries(case)
    import_s = process_age_s()
    clip = np.load(pictures)  # uint8 [N, H, W, 3]
    loading_s = time.perf_counter()
    peer, setting = peer_of(case)
    coder = peer.open_stream(case.width, case.height, FPS, setting)
    loaded_s = time.perf_counter()
    coder.decode(coder.encode(clip[0]))
    first_s = time.perf_counter()
    timer = CoderTimer(coder, synchronise)
    timer.run(clip, frames)
    coder.close()
    return SpeedMeasurement(
        setting=peer.label(setting),
        frames=frames,
        encode_ms=timer.encode.median_ms(),
        decode_ms=timer.decode.median_ms(),
        encode_stages_ms=timer.encode.stage_medians_ms(),
        decode_stages_ms=timer.decode.stage_medians_ms(),
        frame_bytes=round(timer.mean_bytes, 1),
        import_s=round(import_s, 3),
        load_s=round(loaded_s - loading_s, 3),
        first_frame_ms=round(1000 * (first_s - loaded_s), 1),
        resident_mb=round((timer.resident_bytes - clip.nbytes) / MIB, 1),
        growth_mb=None if timer.growth_bytes is None else round(timer.growth_bytes / MIB, 1),
    )


def peer_of(case: SpeedCase) -> tuple[Peer, float]:
    """Return the codec of a case and its setting; PeerError where its backend is missing."""
    if case.codec in VIDEO:
        from narrowcast.benchmark.peers.catalogue import make_peer

        peer = make_peer(case.codec, threads=case.threads)
        return peer, peer.settings[len(peer.settings) // 2]
    if case.backend == "torch":
        os.environ[BACKEND_VARIABLE] = "torch"
    elif case.backend == "openvino" and find_spec("openvino") is None:
        raise PeerError("openvino is not installed")  # the codec would go on with torch
    device = "cuda" if case.backend == "cuda" else "cpu"
    return NarrowcastPeer(case.codec, (case.quality,), device=device, threads=case.threads), case.quality


def _import_libraries(case: SpeedCase) -> Callable[[], None]:
    """Import what the codec needs, and nothing else; return what waits for its device."""
    if case.codec in VIDEO:
        import av  # noqa: F401
    if case.codec in CLASSIC:
        import cv2

        cv2.setNumThreads(case.threads)
    if case.backend:
        import torch

        if case.backend == "cuda" and torch.cuda.is_available():
            return torch.cuda.synchronize
    return lambda: None


if __name__ == "__main__":
    # Ctrl-C reaches this process too; the one that started it ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main())

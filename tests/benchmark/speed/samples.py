"""Cases, rows and results of a speed run, as the tests of several files need them."""

from __future__ import annotations

from benchmark.speed.case import SpeedCase, SpeedMeasurement
from benchmark.speed.results import SpeedGap, SpeedResults, SpeedRow


def speed_case(
    codec: str = "jpeg", *, backend: str = "", threads: int = 1, width: int = 64, height: int = 64
) -> SpeedCase:
    return SpeedCase(codec=codec, backend=backend, threads=threads, width=width, height=height, quality=0.5)


def speed_row(case: SpeedCase, *, encode_ms: float, decode_ms: float) -> SpeedRow:
    gan = case.codec == "gan"
    halves = ("analysis", "exact"), ("exact", "synthesis")
    stages = [dict.fromkeys(names, 2.0) if gan else {} for names in halves]
    found = SpeedMeasurement(
        setting="q 0.50",
        frames=30,
        encode_ms=encode_ms,
        decode_ms=decode_ms,
        encode_stages_ms=stages[0],
        decode_stages_ms=stages[1],
        frame_bytes=1234.5,
        import_s=1.5,
        load_s=0.75,
        first_frame_ms=80.0,
        resident_mb=400.0,
        growth_mb=0.5 if gan else None,
    )
    return SpeedRow(case=case, found=found, cold_load_s=6.25 if case.backend == "openvino" else None)


def speed_results() -> SpeedResults:
    """Gan on two backends and jpeg, at one size; x264 is missing."""
    return SpeedResults(
        rows=[
            speed_row(speed_case("gan", backend="openvino"), encode_ms=20.0, decode_ms=30.0),
            speed_row(speed_case("gan", backend="torch"), encode_ms=40.0, decode_ms=60.0),
            speed_row(speed_case("jpeg"), encode_ms=0.5, decode_ms=0.6),
            speed_row(speed_case("jpeg", threads=2), encode_ms=0.5, decode_ms=0.6),
        ],
        gaps=[SpeedGap(case=speed_case("x264"), reason="not installed")],
    )

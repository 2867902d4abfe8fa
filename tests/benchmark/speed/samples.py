"""Cases, rows and results of a speed run, as the tests of several files need them."""

from __future__ import annotations

from dataclasses import asdict

from narrowcast.benchmark.results import Gap, Results
from narrowcast.benchmark.speed.benchmark import SpeedSettings
from narrowcast.benchmark.speed.case import SpeedCase, SpeedRow


def speed_case(
    codec: str = "jpeg", *, backend: str = "", threads: int = 1, width: int = 64, height: int = 64
) -> SpeedCase:
    return SpeedCase(codec=codec, backend=backend, threads=threads, width=width, height=height, quality=0.5)


def speed_row(case: SpeedCase, *, encode_ms: float, decode_ms: float) -> SpeedRow:
    gan = case.codec == "gan"
    halves = ("analysis", "exact"), ("exact", "synthesis")
    stages = [dict.fromkeys(names, 2.0) if gan else {} for names in halves]
    return SpeedRow(
        **asdict(case),
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
        cold_load_s=6.25 if case.backend == "openvino" else None,
    )


def speed_rows() -> list[SpeedRow]:
    """Gan on two backends and jpeg, at one size."""
    return [
        speed_row(speed_case("gan", backend="openvino"), encode_ms=20.0, decode_ms=30.0),
        speed_row(speed_case("gan", backend="torch"), encode_ms=40.0, decode_ms=60.0),
        speed_row(speed_case("jpeg"), encode_ms=0.5, decode_ms=0.6),
        speed_row(speed_case("jpeg", threads=2), encode_ms=0.5, decode_ms=0.6),
    ]


def speed_results() -> Results[SpeedSettings]:
    """Those rows; x264 is missing."""
    gap = Gap(key=asdict(speed_case("x264")), reason="not installed")
    return Results(settings=SpeedSettings(), outcomes=[*speed_rows(), gap])

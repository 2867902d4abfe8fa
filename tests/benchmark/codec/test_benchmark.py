"""`narrowcast bench codec` from the command line to its file, with the real codec."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrowcast.benchmark.__main__ import main
from narrowcast.benchmark.codec import backends
from narrowcast.benchmark.codec.backends import variants_here
from narrowcast.benchmark.codec.benchmark import CodecSettings, finish, is_exact
from narrowcast.benchmark.codec.exactness import ExactnessRow
from narrowcast.benchmark.results import Results
from narrowcast.errors import BenchError
from tests.benchmark.bench_samples import write_video


def bench_codec(*arguments: str | Path) -> int:
    small = ("--size", "96x64", "--frames", "4", "--clip-frames", "4", "--threads", "1")
    return main(["codec", *small, *map(str, arguments)])


def test_every_measurement_is_in_the_tables_and_in_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    variants = [variant for variant in variants_here(1) if variant.name.startswith("torch")]
    monkeypatch.setattr(backends, "variants_here", lambda threads: variants[1:])  # converting takes long
    write_video(tmp_path / "street.avi", 8)
    assert bench_codec(tmp_path / "street.avi", "--json", tmp_path / "codec.json") == 0
    out = capsys.readouterr().out
    assert "4 of 4" in out and "sigma 2" in out and "street" in out
    results = json.loads((tmp_path / "codec.json").read_text(encoding="utf-8"))
    assert results["exact"] and results["model_id"] and results["machine"]["cores"] >= 1
    pairs = {(row["encoder"], row["decoder"]) for row in results["exactness"]}
    assert ("torch, 2 threads", "torch, 2 threads, plain order") in pairs
    assert all(row["equal"] == row["frames"] == 4 for row in results["exactness"])
    assert results["static"]["frames"] == 4 and results["costs"][0]["clip"] == "street"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("gone.mp4",), "gone.mp4"),
        (("a.mp4", "--quality", "3"), "quality is 3"),
        (("a.mp4", "--noise", "-1"), "noise is -1"),
        (("a.mp4", "--frames", "0"), "frames is 0"),
        (("a.mp4", "--json", "gone/x.json"), "no folder"),
    ],
)
def test_what_cannot_be_run_is_one_line(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["codec", "--size", "96x64", *arguments]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert said in lines[-1]


def test_reference_states_that_differ_are_an_error() -> None:
    results = Results(settings=CodecSettings(clips=(Path("a.mp4"),)))
    results.outcomes.append(ExactnessRow(encoder="a", decoder="b", frames=4, equal=4))
    finish(results)
    results.outcomes.append(ExactnessRow(encoder="a", decoder="c", frames=4, equal=3))
    assert not is_exact(results)
    with pytest.raises(BenchError, match="cannot be mixed"):
        finish(results)

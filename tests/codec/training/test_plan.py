"""Plans fitted to a time, and the rehearsal: the whole of one, tiny, from the pack to the weights."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from narrowcast.codec.hybrid.weights import load_restoration
from narrowcast.codec.training.__main__ import main
from narrowcast.codec.training.coded_scenes import prepare_coded
from narrowcast.codec.training.config import StageConfig
from narrowcast.codec.training.data import FrameStore
from narrowcast.codec.training.launch import StartFrom
from narrowcast.codec.training.pack import pack
from narrowcast.codec.training.plan import PlanRun, make_plan
from narrowcast.errors import ConfigError

ONLY_HERE = ("av", "constriction", "openvino", "zmq", "msgpack", "rich", "matplotlib", "psutil")
"What a machine that only trains lacks."

PROGRAM = f"""
import sys
for name in {ONLY_HERE}:
    sys.modules[name] = None
from narrowcast.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def names_of(minutes: float, *, latent: bool = True) -> list[str]:
    return [stage.name for stage, _ in make_plan(minutes, "cuda", latent=latent).stages]


def test_what_there_is_no_time_for_is_left_out() -> None:
    generators = ["restore-large", "restore-wide", "restore-base"]
    latent = ["stills", "predictor", "synthesis"]
    assert names_of(5) == generators[:1]
    assert names_of(25) == generators
    assert names_of(60) == generators + latent
    assert names_of(60, latent=False) == generators
    assert [stage.name for stage, _ in make_plan(30, "cpu").stages] == ["restore-base"]


@pytest.mark.parametrize("minutes", [1.0, 25.0, 400.0])
def test_a_plan_takes_its_minutes(minutes: float) -> None:
    plan = make_plan(minutes, "cuda")
    assert plan.preparation_minutes + sum(each for _, each in plan.stages) == pytest.approx(minutes)
    assert len(plan.lines()) == 1 + len(plan.stages)


def test_slow_preparation_is_taken_off_every_stage(tmp_path: Path) -> None:
    plan = make_plan(25, "cuda")
    late = PlanRun(plan, tmp_path, started_s=time.monotonic() - 60 * (plan.preparation_minutes + 11))
    planned = sum(minutes for _, minutes in plan.stages)
    assert sum(late._state["stages"].values()) == pytest.approx(planned - 11, abs=0.01)
    PlanRun(plan, tmp_path, started_s=time.monotonic())  # goes on
    with pytest.raises(ConfigError, match="holds a plan of 25 minutes on cuda; run that, or name another"):
        PlanRun(make_plan(30, "cuda"), tmp_path, started_s=time.monotonic())


def test_a_plan_that_was_stopped_goes_on_with_the_stage_that_it_was_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[tuple[str, float]] = []

    def stopped_in_the_second(config: StageConfig, start: StartFrom, *, threads: int) -> bool:
        assert start.resume
        called.append((config.run_dir.name, config.minutes))
        return len(called) != 2

    monkeypatch.setattr("narrowcast.codec.training.plan.train", stopped_in_the_second)
    monkeypatch.setattr(PlanRun, "_export", lambda self, config: None)
    plan = make_plan(25, "cpu", latent=False)
    assert PlanRun(plan, tmp_path / "short", started_s=time.monotonic()).run(
        cache=tmp_path, weights=None, threads=1
    )
    called.clear()
    plan = make_plan(10, "rehearsal", latent=False)
    for finished in (False, True):
        run = PlanRun(plan, tmp_path / "run", started_s=time.monotonic())
        assert run.run(cache=tmp_path, weights=None, threads=1) == finished
    assert [name for name, _ in called] == ["restore-large", "restore-base", "restore-base"]
    assert called[1] == called[2]


def test_the_rehearsal_runs_every_stage_where_only_training_is_installed(
    store: FrameStore, data_dir: Path, weights_dir: Path, tmp_path: Path
) -> None:
    coded = prepare_coded(store, tmp_path / "coded", scenes=2)
    pack(tmp_path / "pack", coded=coded, data=data_dir, weights=weights_dir, piece_bytes=45_000_000)
    run = tmp_path / "run"
    given = ["train", "plan", "--machine", "rehearsal", "--minutes", "10"]
    command = [*given, "--pack", str(tmp_path / "pack"), "--run", str(run)]
    environment = os.environ | {"PYTHONPATH": os.getcwd(), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "finished; the weights are in" in done.stdout
    written = (run / "synthesis" / "checkpoint.pt").stat().st_mtime_ns
    assert main(command[1:]) == 0  # nothing is left to do
    assert (run / "synthesis" / "checkpoint.pt").stat().st_mtime_ns == written
    names = [stage.name for stage, _ in make_plan(10, "rehearsal").stages]
    assert names == ["restore-large", "restore-base", "stills", "predictor", "synthesis"]
    assert all((run / name / "checkpoint.pt").exists() for name in names)
    for name in names[:2]:
        assert load_restoration(run / "weights" / name).head.out_channels == 48
    assert (run / "weights" / "latent" / "manifest.json").exists()

"""The training command: one line for bad input, exit status 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrowcast.codec.training.__main__ import config_from, main, make_parser
from narrowcast.codec.training.config import PredictorConfig, RestoreConfig


def test_a_missing_data_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["stills", "--data", str(tmp_path / "absent"), "--run", str(tmp_path / "run")])
    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert "pass --data a folder" in error


def test_a_stage_without_the_one_before(
    tmp_path: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "predictor",
        "--data",
        str(data_dir),
        "--run",
        str(tmp_path / "run"),
        "--stills",
        str(tmp_path),
    ]
    assert main(arguments) == 2
    assert "no checkpoint in" in capsys.readouterr().err


def test_export_without_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--out", str(tmp_path / "out"), "--stills", str(tmp_path)]) == 2
    assert "no checkpoint in" in capsys.readouterr().err


def test_a_short_run_trains_and_leaves_a_checkpoint(tmp_path: Path, data_dir: Path) -> None:
    run = tmp_path / "runs" / "stills"
    arguments = ["stills", "--data", str(data_dir), "--run", str(run)]
    assert main([*arguments, "--minutes", "0.01", "--batch", "1", "--crop", "64"]) == 0
    assert (run / "checkpoint.pt").exists()
    assert (run / "log.jsonl").exists()


def test_settings_reach_the_config_and_the_others_keep_its_defaults(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "restore"
    given = [
        "restore",
        "--data",
        "x",
        "--run",
        str(run),
        "--minutes",
        "3",
        "--adversarial",
        "wgan_gp",
        "--bf16",
    ]
    config = config_from(make_parser().parse(given))
    cache = tmp_path / "runs" / "cache"
    assert config == RestoreConfig(
        run_dir=run, cache_dir=cache, minutes=3.0, adversarial="wgan_gp", bf16=True
    )
    given = ["predictor", "--data", "x", "--run", str(run), "--stills", "y", "--cache", str(tmp_path)]
    assert config_from(make_parser().parse(given)) == PredictorConfig(run_dir=run, cache_dir=tmp_path)


def test_a_setting_out_of_range_is_named_by_its_flag(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["stills", "--data", "x", "--run", str(tmp_path)]
    assert main([*given, "--learning-rate", "2"]) == 2
    assert capsys.readouterr().err.startswith("narrowcast: error: --learning-rate is 2; it has to be above 0")
    assert main([*given, "--crop", "100"]) == 2
    assert capsys.readouterr().err == "narrowcast: error: --crop is 100; it has to be a multiple of 16\n"


def test_a_plan_without_a_run_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--minutes", "25", "--machine", "cuda"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "25 minutes on cuda, 3.0 of them to prepare"
    assert [line.split()[0] for line in lines[1:]] == ["restore-large", "restore-wide", "restore-base"]


def test_a_plan_needs_something_to_train_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--minutes", "1", "--run", str(tmp_path)]) == 2
    assert "either --pack or --data" in capsys.readouterr().err
    assert main(["plan", "--minutes", "1", "--run", str(tmp_path), "--pack", str(tmp_path / "absent")]) == 2
    assert "pass --pack what" in capsys.readouterr().err


def test_a_pack_is_written_and_its_pieces_are_named(
    tmp_path: Path, data_dir: Path, weights_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["pack", "--data", str(data_dir), "--weights", str(weights_dir), "--scenes", "1", "--latent"]
    out = tmp_path / "pack"
    assert main([*given, "--out", str(out), "--cache", str(tmp_path / "cache")]) == 0
    named = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert named == [str(path) for path in sorted(out.rglob("*.tar"))]
    assert {Path(name).parent.name for name in named} == {"scenes", "networks", "data"}

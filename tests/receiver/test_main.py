"""The receiver's command line: bad input gets one line and status 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from narrowcast.receiver.__main__ import config_from, main, make_parser


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("udp://127.0.0.1:5",), "tcp://"),
        (("tcp://127.0.0.1",), "tcp://HOST:PORT"),
        (("tcp://127.0.0.1:5", "--record", "out.gif"), ".mp4"),
        (("tcp://127.0.0.1:5", "--record", "no-such-folder/out.mp4"), "no-such-folder"),
        (("tcp://127.0.0.1:5", "--frames", "0"), "frames"),
        (("tcp://127.0.0.1:5", "--expect", "gan"), "gan:640x360"),
        (("tcp://127.0.0.1:5", "--expect", "mpeg:64x64"), "no codec 'mpeg'"),
        (("tcp://127.0.0.1:5", "--expect", "jpeg:1x64"), "64x64"),
        (("tcp://127.0.0.1:5", "tcp://127.0.0.1:6"), "use --web 127.0.0.1:8080"),
        (("tcp://127.0.0.1:5", "tcp://127.0.0.1:5", "--web", "0"), "is given twice"),
        (("tcp://127.0.0.1:5", "udp://127.0.0.1:6", "--web", "0"), "tcp://"),
        (("tcp://127.0.0.1:5", "tcp://127.0.0.1:6", "--web", "0", "--snapshot", "a.png"), "one stream"),
        (("tcp://127.0.0.1:5", "tcp://127.0.0.1:6", "--web", "0", "--virtual-camera"), "one stream"),
        ((), "URL"),
    ],
)
def test_bad_input_gets_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    try:
        status = main([*arguments, "--no-window", "--stats", "json"])
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    lines = capsys.readouterr().err.strip().splitlines()
    assert status == 2
    assert len(lines) == 1, lines
    assert lines[0].startswith("narrowcast: error: ")
    assert words in lines[0]


def test_without_a_sender_it_goes_on_until_its_time_is_up(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    recording = tmp_path / "out.mp4"
    arguments = ["tcp://127.0.0.1:9", "--no-window", "--seconds", "0.3", "--record", str(recording)]
    assert main([*arguments, "--stats", "json"]) == 0
    texts = [json.loads(line)["text"] for line in capsys.readouterr().out.splitlines()]
    assert texts[0] == "connecting to tcp://127.0.0.1:9"
    assert not recording.exists()


def test_the_arguments_arrive_in_the_configuration() -> None:
    text = "tcp://*:7 --listen --no-window --record a.mkv --frames 5 --seconds 6 --until-end --device cuda"
    text += " --threads 2 --restore never --save-frames here --snapshot-dir there --expect jpeg:64x64"
    config = config_from(make_parser().parse_args(text.split()))
    assert (config.url, config.bind, config.window) == ("tcp://*:7", True, False)
    assert (config.record, config.max_frames, config.max_seconds) == (Path("a.mkv"), 5, 6.0)
    assert (config.until_end, config.device, config.threads) == (True, "cuda", 2)
    assert config.restore == "never"
    assert (config.save_frames, config.snapshot_dir) == (Path("here"), Path("there"))
    assert config.expected is not None
    assert config.expected.codec == "jpeg"


@pytest.mark.parametrize("name", ["door.png", "door-shown.png"])
def test_a_snapshot_replaces_no_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / name).write_bytes(b"precious")
    arguments = ["tcp://127.0.0.1:9", "--no-window", "--snapshot", str(tmp_path / "door.png")]
    assert main([*arguments, "--stats", "json"]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.count("\n") == 1
    assert f"{name} exists already and is kept" in told.err and "use --overwrite" in told.err
    assert (tmp_path / name).read_bytes() == b"precious"
    assert main([*arguments, "--overwrite", "--seconds", "0.1", "--stats", "json"]) == 0


def test_of_several_streams_none_is_opened_where_one_cannot_be_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "all-2.mp4").write_bytes(b"precious")
    urls = ["tcp://127.0.0.1:9", "tcp://127.0.0.1:10"]
    assert main([*urls, "--web", "0", "--record", str(tmp_path / "all.mp4"), "--stats", "json"]) == 2
    told = capsys.readouterr()
    assert told.out == "" and "all-2.mp4 exists already and is kept" in told.err

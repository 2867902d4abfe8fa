"""The sender's command line: bad input gets one line and status 2."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from narrowcast.sender.__main__ import config_from, configs_from, main, make_parser


def failure_line(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command, which has to fail; returns its one line."""
    try:
        status = main(arguments)
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    output = capsys.readouterr()
    assert status == 2
    lines = output.err.strip().splitlines()
    assert len(lines) == 1, output.err
    assert lines[0].startswith("narrowcast: error: ")
    return lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing-here.mp4",), "no file nothing-here.mp4"),
        (("test:", "--size", "63x64"), "64x64 to 3840x2160"),
        (("test:", "--size", "big"), "640x360"),
        (("test:", "--codec", "mpeg"), "--codec is 'mpeg'; it may be hybrid, gan,"),
        (("test:", "--quality", "2"), "--quality is 2; it has to be from 0 to 1"),
        (("test:", "--fps", "fast"), "--fps is 'fast'; it has to be a number"),
        (("test:", "--max-receivers", "0"), "--max-receivers is 0; it has to be above 0"),
        (("test:", "--listen", "udp://127.0.0.1:5"), "tcp://"),
        (("test:", "--stats", "loud"), "--stats is 'loud'; it may be rich, json, off"),
        (("front=test:", "demo:"), "has no name"),
        (("front=test:", "front=demo:"), "two sources are called 'front'"),
        (("a=test:", "b=demo:", "--max-kbps", "1"), "2 at least, 1 for each"),
        ((), "SOURCE"),
    ],
)
def test_bad_input_gets_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    where = () if "--listen" in arguments else ("--listen", "tcp://127.0.0.1:0")
    stats = () if "--stats" in arguments else ("--stats", "off")
    line = failure_line(capsys, *arguments, *where, *stats) if arguments else failure_line(capsys)
    assert words in line


def test_an_address_in_use_gets_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        url = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        line = failure_line(capsys, "test:", "--listen", url, "--codec", "jpeg", "--stats", "off")
    assert "in use" in line


def test_a_folder_that_cannot_be_made_gets_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = str(tmp_path / "file" / "folder")
    assert folder in failure_line(capsys, "test:", "--save-frames", folder, "--stats", "off")


def test_the_arguments_arrive_in_the_configuration() -> None:
    text = "demo: --connect tcp://10.0.0.1:7 --codec webp --size 320x240 --fit letterbox --fps 5"
    text += " --quality 0.2 --max-kbps 64 --loop --device cpu --threads 1 --frames 3 --seconds 4"
    text += " --save-frames here"
    config = config_from(make_parser().parse_args(text.split()))
    assert (config.source, config.url, config.bind) == ("demo:", "tcp://10.0.0.1:7", False)
    assert (config.codec, config.width, config.height, config.fit) == ("webp", 320, 240, "letterbox")
    assert (config.fps, config.quality, config.max_kbps, config.loop) == (5.0, 0.2, 64.0, True)
    assert (config.device, config.threads, config.max_frames, config.max_seconds) == ("cpu", 1, 3, 4.0)
    assert config.save_frames == Path("here")


def test_several_sources_get_a_configuration_each() -> None:
    text = "front=0 yard=test: --listen tcp://*:7 --max-kbps 100"
    front, yard = configs_from(make_parser().parse_args(text.split()))
    assert (front.name, front.source, front.url, front.max_kbps) == ("front", "0", "tcp://*:7", 50)
    assert (yard.name, yard.source, yard.url, yard.max_kbps) == ("yard", "test:", "tcp://*:8", 50)


def test_without_an_address_the_sender_listens_on_this_machine_only() -> None:
    config = config_from(make_parser().parse_args(["0"]))
    assert (config.url, config.bind) == ("tcp://127.0.0.1:5555", True)


def test_mistakes_of_several_sources_are_named_as_they_were_given(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    line = failure_line(capsys, "a=test:", "b=demo:", "--max-kbps", "1")
    assert "error: --max-kbps is 1 for 2 sources together" in line
    path = tmp_path / "send.toml"
    path.write_text("max_kbps = 1\nannounce = true\n")
    line = failure_line(capsys, "a=test:", "b=demo:", "--config", str(path))
    assert f"error: max-kbps in {path} is 1 for 2 sources together" in line
    line = failure_line(capsys, "test:", "--config", str(path))
    assert f"error: announce in {path} tells the network" in line

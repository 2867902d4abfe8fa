"""Settings are written once: the command line, files, Python arguments and --help say the same of each."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from narrowcast.benchmark.demo.__main__ import DemoSettings
from narrowcast.benchmark.demo.__main__ import make_parser as demo_parser
from narrowcast.doctor.__main__ import DoctorSettings
from narrowcast.doctor.__main__ import make_parser as doctor_parser
from narrowcast.errors import ConfigError
from narrowcast.receiver.__main__ import ReceiveCommand
from narrowcast.receiver.__main__ import config_from as receiver_config
from narrowcast.receiver.__main__ import make_parser as receiver_parser
from narrowcast.receiver.async_stream import areceive
from narrowcast.receiver.config import ExpectedStream, ReceiverConfig
from narrowcast.receiver.events.settings import EventSettings
from narrowcast.receiver.list_command import ListSettings
from narrowcast.receiver.list_command import make_parser as list_parser
from narrowcast.receiver.play.__main__ import make_parser as play_parser
from narrowcast.receiver.play.config import PlayConfig
from narrowcast.receiver.stream import receive
from narrowcast.runtime.settings import Setting, SettingField, Settings, fields_of, make_settings
from narrowcast.runtime.settings_parser import SettingsParser
from narrowcast.runtime.web.address import WebAddress
from narrowcast.sender.__main__ import SendCommand
from narrowcast.sender.__main__ import config_from as sender_config
from narrowcast.sender.__main__ import make_parser as sender_parser
from narrowcast.sender.config import SenderConfig
from narrowcast.sender.stream import Sender

COMMANDS: dict[str, tuple[Callable[[], SettingsParser], tuple[type, ...]]] = {
    "send": (sender_parser, (SendCommand, SenderConfig)),
    "receive": (receiver_parser, (ReceiveCommand, ReceiverConfig)),
    "demo": (demo_parser, (DemoSettings,)),
    "play": (play_parser, (PlayConfig,)),
    "doctor": (doctor_parser, (DoctorSettings,)),
    "list": (list_parser, (ListSettings,)),
}

SENDER_VALUES: list[tuple[str, str, dict[str, Any]]] = [
    ("--codec webp", 'codec = "webp"', {"codec": "webp"}),
    ("--size 320x240", 'size = "320x240"', {"size": (320, 240)}),
    ("--fit letterbox", 'fit = "letterbox"', {"fit": "letterbox"}),
    ("--fps 7.5", "fps = 7.5", {"fps": 7.5}),
    ("--quality 1", "quality = 1", {"quality": 1.0}),
    ("--max-kbps 64", "max_kbps = 64", {"max_kbps": 64.0}),
    ("--codec gan --entropy lzw", 'codec = "gan"\nentropy = "lzw"', {"codec": "gan", "entropy": "lzw"}),
    ("--codec gan --layered", 'codec = "gan"\nlayered = true', {"codec": "gan", "layered": True}),
    ("--loop", "loop = true", {"loop": True}),
    ("--no-loop", "loop = false", {}),
    ("--max-receivers 3", "max-receivers = 3", {"max_receivers": 3}),
    ("--frames 5", "frames = 5", {"max_frames": 5}),
    ("--seconds 2.5", "seconds = 2.5", {"max_seconds": 2.5}),
    ("--save-frames a/b", "save-frames = 'a/b'", {"save_frames": Path("a/b")}),
    ("--insecure", "insecure = true", {"insecure": True}),
    ("--secure", "secure = true", {"secure": True}),
    ("--advertise h:7", "advertise = 'h:7'", {"advertise": "h:7"}),
    ("--device cpu", "device = 'cpu'", {"device": "cpu"}),
    ("--threads 2", "threads = 2", {"threads": 2}),
    ("--listen tcp://*:7", "listen = 'tcp://*:7'", {"url": "tcp://*:7"}),
    ("--connect tcp://h:7", "connect = 'tcp://h:7'", {"url": "tcp://h:7", "bind": False}),
]
RECEIVER_VALUES: list[tuple[str, str, dict[str, Any]]] = [
    ("--listen", "listen = true", {"bind": True}),
    ("--no-window", "window = false", {"window": False}),
    ("--web 8080", "web = 8080", {"web": WebAddress(host="127.0.0.1", port=8080)}),
    ("--restore never", "restore = 'never'", {"restore": "never"}),
    ("--max-kbps 64 --max-fps 5", "max-kbps = 64\nmax_fps = 5", {"max_kbps": 64.0, "max_fps": 5.0}),
    ("--no-web-controls", "web-controls = false", {"web_controls": False}),
    ("--web-embed http://nas:8123", "web_embed = 'http://nas:8123'", {"web_embed": "http://nas:8123"}),
    (
        "--expect gan:64x96",
        "expect = 'gan:64x96'",
        {"expected": ExpectedStream(codec="gan", width=64, height=96)},
    ),
    ("--snapshot-dir there", "snapshot_dir = 'there'", {"snapshot_dir": Path("there")}),
]


@dataclass(frozen=True, kw_only=True)
class Limited(Settings):
    """Every kind of limit."""

    share: Annotated[float, Setting(minimum=0, maximum=1)] = 0.5
    "a share"
    pace: Annotated[float | None, Setting(above=0, maximum=240)] = None
    "frames a second"
    cap: Annotated[float, Setting(minimum=1, maximum=1e6, zero="no cap")] = 0.0
    "kbit/s"
    count: Annotated[int, Setting(minimum=2)] = 2
    "how many"
    free: float = 0.0
    "any number"
    kind: Literal["a", "b"] = "a"
    "one of two"
    several: Annotated[tuple[int, ...], Setting(above=0)] = (1, 2)
    "numbers"
    on: bool = False
    "yes or no"


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("share", 1.5, "share is 1.5; it has to be from 0 to 1"),
        ("share", float("nan"), "share is nan; it has to be from 0 to 1"),
        ("share", "high", "share is 'high'; it has to be a number"),
        ("share", True, "share is True; it has to be a number"),
        ("pace", 0, "pace is 0; it has to be above 0 and up to 240"),
        ("pace", 241, "pace is 241; it has to be above 0 and up to 240"),
        ("cap", 0.5, "cap is 0.5; it has to be from 1 to 1000000, or 0 for no cap"),
        ("count", 1, "count is 1; it has to be at least 2"),
        ("count", 2.5, "count is 2.5; it has to be a whole number"),
        ("kind", "c", "kind is 'c'; it may be a, b"),
        ("several", (1, 0), "several is 0; it has to be above 0"),
        ("on", 1, "on is 1; it may be true or false"),
    ],
)
def test_what_a_setting_may_not_be_is_told_with_what_it_may_be(name: str, value: Any, problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Limited(**{name: value})
    assert str(raised.value) == problem
    assert raised.value.setting == name


def test_what_is_within_its_limits_is_taken() -> None:
    limited = Limited(share=1, pace=240, cap=0, count=7, free=float("inf"), kind="b", several=(), on=True)
    assert (limited.share, limited.cap, limited.several) == (1, 0, ())


@pytest.mark.parametrize(("line", "toml", "python"), SENDER_VALUES)
def test_the_senders_front_ends_agree(line: str, toml: str, python: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "send.toml"
    path.write_text(f"source = 'test:'\n{toml}\n")
    wanted = SenderConfig(source="test:", **python)
    assert sender_config(sender_parser().parse(["test:", *line.split()])) == wanted
    assert sender_config(sender_parser().parse(["--config", str(path)])) == wanted


@pytest.mark.parametrize(("line", "toml", "python"), RECEIVER_VALUES)
def test_the_receivers_front_ends_agree(line: str, toml: str, python: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "receive.toml"
    path.write_text(f"url = 'tcp://h:1'\n{toml}\n")
    wanted = ReceiverConfig(url="tcp://h:1", **python)
    assert receiver_config(receiver_parser().parse(["tcp://h:1", *line.split()])) == wanted
    assert receiver_config(receiver_parser().parse(["--config", str(path)])) == wanted


def test_every_front_end_gives_the_same_error_with_its_own_name(tmp_path: Path) -> None:
    problem = "is 0.5; it has to be from 1 to 1000000, or 0 for no cap"
    path = tmp_path / "send.toml"
    path.write_text("max_kbps = 0.5\n")
    with pytest.raises(ConfigError, match=f"^max_kbps {problem}$"):
        Sender(max_kbps=0.5)
    with pytest.raises(ConfigError, match=f"^--max-kbps {problem}$"):
        sender_config(sender_parser().parse(["test:", "--max-kbps", "0.5"]))
    with pytest.raises(ConfigError, match=f"^max-kbps in {re.escape(str(path))} {problem}$"):
        sender_config(sender_parser().parse(["test:", "--config", str(path)]))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_takes_each_field_and_nothing_else(command: str) -> None:
    make_parser, classes = COMMANDS[command]
    parser = make_parser()
    wanted = {each.flag for cls in classes for each in fields_of(cls) if not each.setting.program_only}
    flags = {flag for action in parser._actions for flag in action.option_strings or [action.dest]}
    known = {"-h", "--help", "--config"}
    assert {flag for flag in flags - known if not flag.startswith("--no-")} == wanted


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_every_default_once(command: str) -> None:
    make_parser, classes = COMMANDS[command]
    entries = _entries_of_help(make_parser())
    for field in (each for cls in classes for each in fields_of(cls) if not each.setting.program_only):
        said = re.findall(r"\bdefault (\S+?)\)", entries[field.flag])
        silent = any(field.default is none for none in (MISSING, None, False))
        assert len(said) == (not silent), field.name
        if said and field.kind in (int, float):
            assert float(said[0]) == field.default


def _entries_of_help(parser: SettingsParser) -> dict[str, str]:
    """The text of each argument, on one line, by its flag."""
    text = parser.format_help().partition("\n\n")[2]
    entries = re.split(r"\n  (?=\S)", text)
    flags = {entry.split()[0].rstrip(","): " ".join(entry.split()) for entry in entries}
    positional = [each for each in parser.settings if each.setting.positional]
    return flags | {each.flag: flags[each.setting.metavar or each.key.upper()] for each in positional}


PYTHON: list[tuple[Callable[..., object], type, dict[str, str], set[str]]] = [
    (
        Sender.__init__,
        SenderConfig,
        {"connect": "bind"},
        {"source", "layered", "loop", "max_frames", "max_seconds", "save_frames", "deinterlace", "every"}
        | {"hwaccel"}
        | {"background", "pixel_format", "raw_size", "web", "web_certificate", "fabric", "fabric_insecure"},
    ),
    (
        receive,
        ReceiverConfig,
        {"listen": "bind"},
        {"window", "web", "mark", "virtual_camera", "max_frames", "max_seconds", "expected", "save_frames"}
        | {
            "snapshot",
            "snapshot_dir",
            "max_size",
            "timestamp",
            "segment",
            "keep",
            "keep_gb",
            "keyframe_every",
            "web_controls",
            "web_embed",
            "web_token",
            "snapshot_every",
            "push",
        }
        | {field.name for field in fields_of(EventSettings)},
    ),
]


@pytest.mark.parametrize(("function", "cls", "renamed", "left_out"), PYTHON)
def test_python_arguments_have_the_fields_names_and_defaults(
    function: Callable[..., object], cls: type, renamed: dict[str, str], left_out: set[str]
) -> None:
    parameters = dict(inspect.signature(function).parameters)
    own = {name: parameters.pop(name) for name in ("self", "timeout_s") if name in parameters}
    by_field = {renamed.get(name, name): each for name, each in parameters.items()}
    described = {field.name: field for field in fields_of(cls)}
    assert own and set(by_field) == set(described) - left_out
    for name, parameter in by_field.items():
        if parameter.default is inspect.Parameter.empty or name in ("fps", "bind"):
            continue  # bind: connect is its opposite; fps: pictures that are pushed have no pace of their own
        assert parameter.default == described[name].default, name


def test_areceive_takes_what_receive_takes() -> None:
    assert inspect.signature(areceive).parameters == inspect.signature(receive).parameters


def test_fields_come_with_their_own_first_and_inherited_ones_last() -> None:
    names = [field.name for field in fields_of(SenderConfig)]
    assert names[0] == "source" and names[-2:] == ["device", "threads"]
    assert set(names) == {each.name for each in fields(SenderConfig)}
    kinds = {field.name: field for field in fields_of(SendCommand)}
    assert kinds["source"].several and kinds["source"].kind is str
    assert isinstance(kinds["stats"], SettingField) and kinds["stats"].allowed() == ("rich", "json", "off")


def test_a_list_may_be_written_with_commas() -> None:
    parser = SettingsParser(prog="x", settings=(Limited,))
    assert make_settings(Limited, parser.parse(["--several", "3,4"])).several == (3, 4)
    assert make_settings(Limited, parser.parse([]), several=(5,)).several == (5,)

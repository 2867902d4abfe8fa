"""What is shipped around the program agrees with the program."""

from __future__ import annotations

import configparser
import re
import shlex
from pathlib import Path

from runtime.config_file import read_settings
from sender.__main__ import config_from, make_parser

ROOT = Path(__file__).parent.parent


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_sample_settings_are_settings() -> None:
    settings = read_settings(ROOT / "packaging" / "send.toml", make_parser())
    parser = make_parser()
    parser.set_defaults(**settings)
    config = config_from(parser.parse_args(["0"]))
    assert config.bind and config.max_kbps == 100 and config.max_receivers == 4


def test_the_service_starts_the_sender_and_waits_for_its_word() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(text_of("packaging/narrowcast-send.service"))
    service = unit["Service"]
    assert service["Type"] == "notify" and service["StateDirectoryMode"] == "0700"
    program, command, option, path = shlex.split(service["ExecStart"])
    assert Path(program).name == "narrowcast" and command == "send" and option == "--config"
    assert path == "/etc/narrowcast/send.toml", "as docs/deployment.md installs it"


def test_the_image_has_the_versions_and_the_packages_of_an_install() -> None:
    dockerfile = text_of("Dockerfile")
    torch = re.search(r"^TORCH \?= (torch==\S+cpu)$", text_of("Makefile"), re.MULTILINE)
    assert torch is not None and f"ARG TORCH={torch[1]}\n" in dockerfile
    installs = re.findall(r"^[^#\n]*pip install (.*)", dockerfile, re.MULTILINE)
    assert len(installs) == 3 and all("-c constraints.txt" in install for install in installs)
    packages = re.search(r"^packages = \[(.*?)\]$", text_of("pyproject.toml"), re.MULTILINE | re.DOTALL)
    assert packages is not None
    copied = set(text_of(".dockerignore").splitlines())
    assert {f"!{name.split('.')[0]}" for name in re.findall(r'"([^"]+)"', packages[1])} <= copied
    assert {"!narrowcast.py", "!pyproject.toml", "!constraints.txt"} <= copied

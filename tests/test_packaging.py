"""What is shipped around the program agrees with the program."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from collections import Counter
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from narrowcast.receiver import __main__ as receiver_main
from narrowcast.receiver import statistics as receiver_statistics
from narrowcast.sender import statistics as sender_statistics
from narrowcast.sender.__main__ import config_from, make_parser

ROOT = Path(__file__).parent.parent


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_sample_settings_are_settings() -> None:
    config = config_from(make_parser().parse(["--config", str(ROOT / "packaging" / "send.toml")]))
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
    copied = set(text_of(".dockerignore").splitlines())
    packages = {path.name for path in (ROOT / "narrowcast").iterdir() if path.is_symlink()}
    assert packages and {f"!{name}" for name in packages} <= copied
    assert {"!narrowcast", "!pyproject.toml", "!constraints.txt"} <= copied


def test_the_dashboard_shows_metrics_that_there_are() -> None:
    dashboard = json.loads(text_of("docs/grafana.json"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    shown = set(re.findall(r"narrowcast_\w+", " ".join(expressions)))
    both = (receiver_statistics, sender_statistics)
    series = [(side.PREFIX, metric.name, metric.counts) for side in both for metric in side.METRICS]
    known = {f"{prefix}_{name}{'_total' * counts}" for prefix, name, counts in series}
    assert shown and shown <= known


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.14"])
def test_no_package_is_pinned_twice(python: str) -> None:
    lines = [line for line in text_of("constraints.txt").splitlines() if line and not line.startswith("#")]
    pins = [Requirement(line) for line in lines]
    applied = [
        pin.name.lower() for pin in pins if not pin.marker or pin.marker.evaluate({"python_version": python})
    ]
    assert [name for name, count in Counter(applied).items() if count > 1] == []


def test_every_extra_is_pinned() -> None:
    extras = re.search(
        r"^\[project.optional-dependencies\]\n(.*?)\n\[", text_of("pyproject.toml"), re.M | re.S
    )
    assert extras is not None
    names = {name.lower().replace("-", "_") for name in re.findall(r'"([\w-]+)>=', extras[1])}
    pinned = re.findall(r"^([\w.-]+)==", text_of("constraints.txt"), re.MULTILINE)
    assert names <= {name.lower().replace("-", "_") for name in pinned}


def test_the_services_of_compose_run_commands_that_there_are() -> None:
    lines = re.findall(r"^    command: '(.*)'$", text_of("packaging/compose.yaml"), re.MULTILINE)
    given = {"URL": "tcp://sender:5555", "TOKEN": "0123456789abcdef", "ADVERTISE": "192.168.1.5"}
    commands = [
        shlex.split(re.sub(r"\$\{(\w+):-[^}]*\}", lambda found: given[found[1]], line)) for line in lines
    ]
    assert [words[0] for words in commands] == ["send", "receive"]
    assert config_from(make_parser().parse(commands[0][1:])).advertise == "192.168.1.5"
    (receiver,) = receiver_main.configs_from(receiver_main.make_parser().parse(commands[1][1:]))
    assert receiver.web is not None and receiver.web.port == 8080 and receiver.web_token == given["TOKEN"]

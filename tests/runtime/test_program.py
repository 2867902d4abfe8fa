"""Tests of runtime/program.py: what it returns runs this installation from this folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from narrowcast.runtime.program import program


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    program.cache_clear()
    yield
    program.cache_clear()


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of scripts like a virtual environment's, of which the running Python is part."""
    scripts = tmp_path / "my checkout" / ".venv" / "bin"
    scripts.mkdir(parents=True)
    (scripts / "python").symlink_to(sys.executable)
    script = scripts / "narrowcast"
    script.write_text("#!/bin/sh\necho this one $1\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(scripts / "python"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return scripts


def said(folder: Path) -> str:
    done = subprocess.run(f"{program()} receive", shell=True, capture_output=True, text=True, cwd=folder)
    return done.stdout.strip()


def test_a_script_below_the_working_folder_has_a_relative_path(
    venv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = venv.parent.parent
    monkeypatch.chdir(checkout)
    assert program() == ".venv/bin/narrowcast" and said(checkout) == "this one receive"


def test_a_script_elsewhere_has_its_whole_path_quoted(
    venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(other)
    assert program() == f"'{venv / 'narrowcast'}'" and said(other) == "this one receive"


def test_the_name_alone_where_the_shell_finds_this_one(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{venv}{os.pathsep}/usr/bin:/bin")
    assert program() == "narrowcast"


def test_another_installation_on_the_path_is_not_taken_for_this_one(
    venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "bin"
    other.mkdir()
    (other / "narrowcast").write_text("#!/bin/sh\necho another one\n")
    (other / "narrowcast").chmod(0o755)
    monkeypatch.setenv("PATH", f"{other}{os.pathsep}/usr/bin:/bin")
    monkeypatch.chdir(venv.parent)
    assert program() == "bin/narrowcast" and said(venv.parent) == "this one receive"


def test_python_runs_it_where_there_is_no_script(venv: Path) -> None:
    (venv / "narrowcast").unlink()
    assert program() == f"'{venv / 'python'}' -m narrowcast"

"""Tests of tools/manual_page.py: every command and its flags are in a page that troff reads."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("argparse_manpage")

from narrowcast.__main__ import COMMANDS
from tools.manual_page import manual_page


def test_the_page_has_every_command_and_troff_reads_it(tmp_path: Path) -> None:
    page = tmp_path / "narrowcast.1"
    page.write_text(manual_page(), encoding="utf-8")
    text = page.read_text(encoding="utf-8").replace("\\-", "-")
    assert text.startswith(".TH NARROWCAST")
    assert all(f"narrowcast {name}" in text for name in COMMANDS)
    assert "--max-kbps" in text and "cap on the bitrate in kbit/s" in text
    if shutil.which("man"):
        shown = subprocess.run(
            ["man", "--warnings", "--local-file", page], capture_output=True, text=True, env={"LC_ALL": "C"}
        )
        assert shown.returncode == 0 and "stream a live camera" in shown.stdout

"""Runs tests of the page's modules in Node.js, where there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NODE = shutil.which("node")
NEEDS_NODE = pytest.mark.skipif(NODE is None, reason="Node.js is not installed (Debian: nodejs)")

_FOLDER = Path(__file__).parent / "page"
_DEADLINE_S = 120.0


def run_node_tests(name: str, **environment: str) -> None:
    """Run a file of tests; what failed is shown."""
    assert NODE is not None
    done = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", str(_FOLDER / name)],
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n# pass 0\n" not in done.stdout, done.stdout

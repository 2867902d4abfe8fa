"""The page's codec reads what the Python one writes, and computes what it computes (Node.js)."""

from __future__ import annotations

import json
from pathlib import Path

from tests.sender.web.codec_samples import codec_samples
from tests.sender.web.node import NEEDS_NODE, run_node_tests

pytestmark = NEEDS_NODE


def test_payloads_conditions_and_carried_pictures_agree(tmp_path: Path) -> None:
    file = tmp_path / "codec.json"
    file.write_text(json.dumps(codec_samples()))
    run_node_tests("codec.test.mjs", CODEC_SAMPLES=str(file))

"""Tests of latent/manifest.py: what a manifest says is read without loading a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from narrowcast.codec.errors import WeightsError
from narrowcast.codec.latent.manifest import MANIFEST, load_manifest
from tests.codec.tiny_model import TINY, save_tiny_model, tiny_model


def test_sizes_id_and_digests_are_read(tmp_path: Path) -> None:
    manifest = load_manifest(save_tiny_model(tmp_path))
    assert manifest.config == TINY
    assert manifest.model_id == tiny_model().exact.model_id
    assert set(manifest.sha256) == {"exact", "analysis", "synthesis"}


def test_a_damaged_one_is_named(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path)
    (folder / MANIFEST).write_text("{")
    with pytest.raises(WeightsError, match="manifest.json is damaged"):
        load_manifest(folder)


def test_a_hybrid_sender_and_a_live_hybrid_receiver_begin_without_torch() -> None:
    program = (
        "import sys, narrowcast.sender.pipeline, narrowcast.receiver.pipeline\n"
        "from narrowcast import codec\n"
        "codec.available_codecs()\n"
        "codec.create_encoder('hybrid', width=64, height=64)\n"
        "codec.create_decoder('hybrid', width=64, height=64, restore='never')\n"
        "assert not {'torch', 'openvino', 'safetensors'} & set(sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0

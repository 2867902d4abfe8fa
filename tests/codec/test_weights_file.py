"""Tests of weights_file.py: saved and read again, and every kind of damage gets its line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from narrowcast.codec.errors import WeightsError
from narrowcast.codec.weights_file import load_weights_file, read_manifest, save_manifest, save_weights


def _linear(seed: int) -> nn.Linear:
    torch.manual_seed(seed)
    return nn.Linear(8, 8)


def test_weights_are_read_as_they_were_saved(tmp_path: Path) -> None:
    path, saved, loaded = tmp_path / "new" / "part.safetensors", _linear(1), _linear(2)
    load_weights_file(path, loaded, save_weights(path, saved))
    for ours, theirs in zip(saved.parameters(), loaded.parameters(), strict=True):
        assert torch.equal(theirs, ours.half().float())


def _flipped(data: bytes) -> bytes:
    return data[:-4] + bytes([data[-4] ^ 1]) + data[-3:]


@pytest.mark.parametrize("damage", [_flipped, lambda data: data[:-5], lambda data: b""])
def test_an_altered_file_is_found(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "part.safetensors"
    digest = save_weights(path, _linear(1))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(WeightsError, match=r"part.safetensors is truncated or altered: SHA-256"):
        load_weights_file(path, _linear(1), digest)


def test_a_file_without_a_digest_is_not_taken(tmp_path: Path) -> None:
    save_weights(tmp_path / "part.safetensors", _linear(1))
    with pytest.raises(WeightsError, match="the manifest says nothing"):
        load_weights_file(tmp_path / "part.safetensors", _linear(1), None)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"cannot read .*part.safetensors \(No such file"):
        load_weights_file(tmp_path / "part.safetensors", _linear(1), "")


def test_weights_of_another_network_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "part.safetensors"
    with pytest.raises(WeightsError, match="does not fit this version"):
        load_weights_file(path, nn.Linear(8, 9), save_weights(path, _linear(1)))


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    path, broken = tmp_path / "part.safetensors", _linear(1)
    with torch.no_grad():
        broken.weight[0] = float("nan")
    with pytest.raises(WeightsError, match="not finite"):
        load_weights_file(path, _linear(1), save_weights(path, broken))


def _read_size(path: Path) -> int:
    """Use a manifest as callers do: inside the block, so that what it lacks is damage of the file."""
    with read_manifest(path) as content:
        return int(content["config"]["size"])


def test_a_manifest_is_read_as_it_was_saved(tmp_path: Path) -> None:
    save_manifest(tmp_path / "part.json", {"config": {"size": 7}})
    assert _read_size(tmp_path / "part.json") == 7


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", "3", "{}", '{"format": 1}', '{"format": 1, "config": {"x": 1}}', "\x00", "nonsense"),
        '{"format": 1, "config": ' + 100_000 * "[",
        '{"format": ' + 5000 * "9" + "}",
        '{"format": 1, "config": {"size": Infinity}}',
        '{"format": 1, "config": {"size": "seven"}}',
        '{"format": 1, "config": Infinity}',
    ],
    ids=lambda text: text[:30],
)
def test_a_damaged_manifest_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "part.json").write_text(text)
    with pytest.raises(WeightsError, match="part.json is damaged.*install narrowcast again"):
        _read_size(tmp_path / "part.json")


def test_a_manifest_that_is_no_text_or_no_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "part.json"
    with pytest.raises(WeightsError, match="no weights in .*part.json is missing"):
        _read_size(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WeightsError, match="is damaged"):
        _read_size(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(WeightsError, match="cannot read .*part.json"):
        _read_size(path)


def test_a_manifest_of_another_format_asks_for_an_update(tmp_path: Path) -> None:
    (tmp_path / "part.json").write_text(json.dumps({"format": 9}))
    with pytest.raises(WeightsError, match="has format 9, this version reads 1; update narrowcast"):
        _read_size(tmp_path / "part.json")

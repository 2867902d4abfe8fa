"""Each check, where all is well and where it is not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from narrowcast import codec
from narrowcast.doctor.checks import (
    check_backend,
    check_camera,
    check_clock,
    check_keys,
    check_model,
    check_port,
)
from narrowcast.protocol import Transport, TransportConfig, key_text
from narrowcast.runtime.key_store import KeyStore


def test_a_source_that_gives_pictures_is_well() -> None:
    found = check_camera("test:")
    assert found.ok and "30 fps" in found.text


@pytest.mark.parametrize("source", ["none.mp4", "97"])
def test_a_source_that_is_not_there_is_named(source: str) -> None:
    found = check_camera(source)
    assert not found.ok and source in found.text


def test_a_free_port_is_tested_with_unauthenticated_peers_where_others_can_connect() -> None:
    assert "refused" in check_port("tcp://*:0").text
    assert check_port("tcp://127.0.0.1:0").text == "tcp://127.0.0.1:0 is free"


def test_a_port_in_use_is_named() -> None:
    with Transport(TransportConfig(url="tcp://127.0.0.1:0", bind=True)) as taken:
        found = check_port(taken.url)
    assert not found.ok and taken.url in found.text and "stop the other program" in found.fix


def test_keys_are_looked_at_and_not_made(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys")
    found = check_keys(lambda: store)
    assert found.ok and "none yet" in found.text and not store.folder.exists()
    store.allow(bytes(32), "phone")
    own = store.own_keys().public
    assert check_keys(lambda: store).text == f"this machine is {key_text(own)}; 1 key allowed"
    store.secret_path.chmod(0o644)
    assert check_keys(lambda: store).fix.startswith("run chmod 600")


def test_the_shipped_weights_are_whole() -> None:
    found = check_model()
    assert found.ok and codec.available_codecs()[0].model_id in found.text


def test_without_torch_the_generator_is_checked_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert check_model().ok and "without torch" in check_model().text
    assert check_backend("auto").ok and "no codec gan" in check_backend("auto").text


@pytest.mark.parametrize(
    "part",
    [
        "latent.weights.load_exact",
        "latent.weights.load_analysis",
        "latent.weights.load_synthesis",
        "hybrid.weights.load_restoration",
    ],
)
def test_damaged_weights_are_told(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> object:
        raise codec.WeightsError("x.safetensors is truncated or altered: install again")

    monkeypatch.setattr(f"narrowcast.codec.{part}", fail)
    assert check_model().fix == "install again"


def test_the_clock_is_fine_enough_to_be_told() -> None:
    found = check_clock()
    assert found.name == "clock" and "ms late" in found.text


def test_the_backend_proves_itself() -> None:
    found = check_backend("cpu")
    assert found.ok and codec.backend_name("cpu") in found.text


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_device_that_is_not_there_is_told() -> None:
    found = check_backend("cuda")
    assert not found.ok and "--device cpu" in found.fix


def test_a_warning_of_the_codec_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    create_encoder = codec.create_encoder

    def warn(name: str, *, width: int, height: int, device: str) -> codec.Encoder:
        from narrowcast.codec.latent import compiled_passes

        compiled_passes.logger.warning("openvino does not compute the exact half exactly here")
        return create_encoder(name, width=width, height=height, device=device)

    monkeypatch.setattr(codec, "create_encoder", warn)
    found = check_backend("cpu")
    assert "not compute" in found.text and not found.ok


def test_a_picture_of_the_default_codec_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, payload: bytes) -> None:
        raise codec.BitstreamError("the base layer does not decode; install av again")

    monkeypatch.setattr("narrowcast.codec.hybrid.decoder.HybridDecoder.decode", fail)
    assert check_backend("cpu").fix == "install av again"


def test_missing_weights_of_the_default_codec_are_a_problem_of_its_picture_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(folder: Path) -> object:
        raise codec.WeightsError(f"no weights in {folder}; install narrowcast again")

    monkeypatch.setattr("narrowcast.codec.hybrid.restoration_runner.converted_model", fail)
    assert "no weights" in check_backend("cpu").text and not check_backend("cpu").ok

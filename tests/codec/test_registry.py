"""Tests of codec/registry.py, and a smoke test of the weights that come with the package."""

from __future__ import annotations

import builtins
import logging
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
import torch

from narrowcast import codec
from narrowcast.codec import backends, names
from narrowcast.codec.hybrid.thread_priority import ordinary_priority
from narrowcast.codec.weights_file import SHIPPED
from tests.codec.picture_samples import camera_like
from tests.pipelines import wait_until

MAX_WEIGHTS_BYTES = 16 << 20


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(names.BACKEND_VARIABLE, "torch")


def test_every_codec_offered_can_be_made() -> None:
    picture = camera_like(64, 64)
    for info in codec.available_codecs():
        encoder = codec.create_encoder(info.name, width=64, height=64)
        decoder = codec.create_decoder(info.name, width=64, height=64)
        assert decoder.decode(encoder.encode(picture, quality=0.8).payload).shape == (64, 64, 3)


def test_an_unknown_codec_is_refused_with_those_there_are() -> None:
    for create in (codec.create_encoder, codec.create_decoder):
        with pytest.raises(
            codec.UnknownCodecError, match="no codec 'h264'; choose one of hybrid, gan, auto, jpeg, "
        ):
            create("h264", width=64, height=64)


def test_an_entropy_coder_is_one_of_the_latent_codecs_or_refused() -> None:
    picture = camera_like(64, 64)
    decoder = codec.create_decoder("gan", width=64, height=64)
    for entropy in ("huffman", "lzw"):
        encoder = codec.create_encoder("gan", width=64, height=64, entropy=entropy)
        assert decoder.decode(encoder.encode(picture).payload).shape == (64, 64, 3)
    with pytest.raises(ValueError, match="entropy is 'zip'; it may be range, huffman, lzw"):
        codec.create_encoder("gan", width=64, height=64, entropy="zip")
    with pytest.raises(ValueError, match="lzw is for the codec gan only"):
        codec.create_encoder("jpeg", width=64, height=64, entropy="lzw")


@pytest.mark.parametrize("name", ["gan", "jpeg"])
def test_a_size_out_of_range_is_refused(name: str) -> None:
    for create in (codec.create_encoder, codec.create_decoder):
        with pytest.raises(codec.FrameSizeError, match="size 4000x64 is out of range"):
            create(name, width=4000, height=64)


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(codec.BackendError, match="device 'tpu'; choose one of auto, cpu, cuda"):
        codec.create_encoder("gan", width=64, height=64, device="tpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_where_there_is_none_is_refused() -> None:
    with pytest.raises(codec.BackendError, match='no CUDA device.*use device="cpu"'):
        codec.create_decoder("gan", width=64, height=64, device="cuda")


def test_threads_are_what_was_asked_for() -> None:
    codec.create_decoder("gan", width=64, height=64, threads=1)
    assert torch.get_num_threads() == 1


def test_without_openvino_torch_does_the_work_and_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real_import = builtins.__import__

    def no_openvino(name: str, *rest: object) -> ModuleType:
        if name == "openvino":
            raise ImportError(name)
        return real_import(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setenv(names.BACKEND_VARIABLE, "openvino")
    monkeypatch.setattr(builtins, "__import__", no_openvino)
    backends._warn_once.cache_clear()
    with caplog.at_level(logging.WARNING):
        encoder = codec.create_encoder("gan", width=64, height=64)
        codec.create_decoder("gan", width=64, height=64)
    assert len(caplog.records) == 1
    assert "going on with torch" in caplog.text
    assert encoder.encode(camera_like(64, 64)).keyframe


def test_the_shipped_weights_paint_a_picture() -> None:
    picture = np.asarray(cv2.GaussianBlur(camera_like(320, 192), (0, 0), 1), np.uint8)
    encoder = codec.create_encoder("gan", width=320, height=192, device="cpu")
    decoder = codec.create_decoder("gan", width=320, height=192, device="cpu")
    decoded = decoder.decode(encoder.encode(picture, quality=0.8).payload)
    assert cv2.PSNR(decoded, picture) > 20
    again = encoder.encode(np.ascontiguousarray(picture[:, ::-1]), quality=0.8)
    assert not again.keyframe
    decoder.decode(again.payload)


def test_the_shipped_weights_are_small() -> None:
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < MAX_WEIGHTS_BYTES


@pytest.mark.parametrize(
    ("name", "restore", "painted"),
    [
        ("gan", "always", True),
        ("hybrid", "always", True),
        ("hybrid", "never", False),
        ("auto", "never", False),
        ("jpeg", "always", False),
    ],
)
def test_a_decoder_tells_whether_a_network_painted_the_picture(
    name: str, restore: str, painted: bool
) -> None:
    if name not in {info.name for info in codec.available_codecs()}:
        pytest.skip(f"{name} is not installed")
    with ordinary_priority():
        encoder = codec.create_encoder(name, width=64, height=64, threads=1)
        decoder = codec.create_decoder(name, width=64, height=64, threads=1, restore=restore)
        decoder.decode(encoder.encode(camera_like(64, 64), quality=0.3).payload)
    assert decoder.provenance.painted is painted


def test_a_live_decoder_shows_base_pictures_at_once_and_is_painted_on_later() -> None:
    if "hybrid" not in {info.name for info in codec.available_codecs()}:
        pytest.skip("hybrid is not installed")
    with ordinary_priority():
        encoder = codec.create_encoder("hybrid", width=64, height=64, threads=1)
    decoder = codec.create_decoder("hybrid", width=64, height=64, threads=1, restore="auto")

    def painted() -> bool:
        rgb = decoder.decode(encoder.encode(camera_like(64, 64), quality=0.3, keyframe=True).payload)
        assert rgb.shape == (64, 64, 3)
        return decoder.provenance.painted

    wait_until(painted)


def test_other_weights_are_checked_before_the_first_picture(tmp_path: Path) -> None:
    with pytest.raises(codec.WeightsError, match="no weights"):
        codec.create_decoder("hybrid", width=64, height=64, weights=tmp_path, restore="auto")

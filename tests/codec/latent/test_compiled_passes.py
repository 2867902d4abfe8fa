"""Tests of codec/latent/compiled_passes.py: a backend computes exactly, or torch does it instead."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from narrowcast.codec.backends import OpenVinoBackend, Runner, TorchBackend
from narrowcast.codec.latent.compiled_passes import CompiledPasses, proven_passes
from tests.codec.tiny_model import TINY, tiny_exact

SIZE = 6, 9


class InexactBackend:
    """Computes like torch and rounds its results to bf16, as a careless runtime would."""

    name = "careless"

    def __init__(self) -> None:
        self.device = torch.device("cpu")

    def runner(
        self, network: nn.Module, shapes: tuple[tuple[int, ...], ...], *, exact: bool = False
    ) -> Runner:
        inner = TorchBackend("cpu").runner(network, shapes, exact=exact)

        def run(*inputs: Tensor) -> tuple[Tensor, ...]:
            return tuple(out.bfloat16().float() for out in inner(*inputs))

        return run


@torch.inference_mode()
def test_openvino_computes_the_same_integers(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="openvino has no wheel for this platform")
    predictor = tiny_exact().predictor
    reference = CompiledPasses(predictor, TINY, TorchBackend("cpu"), *SIZE)
    assert CompiledPasses(predictor, TINY, OpenVinoBackend(tmp_path, threads=1), *SIZE).agrees(reference)


@torch.inference_mode()
def test_an_inexact_backend_is_found_out_and_replaced(caplog: pytest.LogCaptureFixture) -> None:
    predictor = tiny_exact().predictor
    reference = CompiledPasses(predictor, TINY, TorchBackend("cpu"), *SIZE)
    assert not CompiledPasses(predictor, TINY, InexactBackend(), *SIZE).agrees(reference)
    with caplog.at_level(logging.WARNING):
        passes = proven_passes(predictor, TINY, InexactBackend(), *SIZE)
    assert passes.agrees(reference)
    assert "careless does not compute the exact half exactly here" in caplog.text


@torch.inference_mode()
def test_another_predictor_does_not_agree() -> None:
    ours, other = tiny_exact(0).predictor, tiny_exact(1).predictor
    backend = TorchBackend("cpu")
    assert not CompiledPasses(ours, TINY, backend, *SIZE).agrees(CompiledPasses(other, TINY, backend, *SIZE))

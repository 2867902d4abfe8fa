"""Tests of codec/installed.py: what there is, and what is told of the rest."""

from __future__ import annotations

import sys

import pytest

from narrowcast import codec


def test_the_generative_codecs_come_first_and_those_with_shared_integers_have_a_model_id() -> None:
    latent, hybrid, auto, *classic = codec.available_codecs()
    assert (latent.name, hybrid.name, auto.name) == ("gan", "hybrid", "auto")
    assert len(latent.model_id) == 16
    assert (hybrid.model_id, auto.model_id) == ("", latent.model_id)
    assert {"jpeg", "png"} <= {info.name for info in classic}
    assert not any(info.model_id for info in classic)


def test_without_torch_there_is_all_but_the_latent_codec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert not {"gan", "auto"} & {info.name for info in codec.available_codecs()}
    assert codec.backend_name() == "openvino-cpu"
    for create in (codec.create_encoder, codec.create_decoder):
        with pytest.raises(codec.UnknownCodecError, match="no codec 'gan'.*; it needs torch: pip install"):
            create("gan", width=64, height=64)
        create("hybrid", width=64, height=64)

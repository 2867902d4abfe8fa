"""Tests of benchmark/browser/sender.py: the usual sender, with a token that is known."""

from __future__ import annotations

import json

import pytest

from narrowcast.benchmark.browser import sender
from narrowcast.sender.config import SenderConfig


def test_the_token_is_the_benchmarks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tokens: list[str] = []

    class Pipeline:
        """Keeps what it is to run."""

        def __init__(self, config: SenderConfig, *_: object) -> None:
            assert config.web is not None
            tokens.append(config.web.token)

        def run(self) -> None:
            """Do nothing."""

    monkeypatch.setattr("narrowcast.sender.pipeline.SenderPipeline", Pipeline)
    assert sender.main(["demo:", "--web", "*:8443"]) == 0
    assert sender.main(["demo:", "--web", "127.0.0.1:0"]) == 0
    assert tokens == [sender.TOKEN, ""]
    assert all(json.loads(line) for line in capsys.readouterr().out.splitlines())

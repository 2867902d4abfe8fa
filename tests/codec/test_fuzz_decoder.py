"""The long fuzz in short: it runs, it counts, and it notices a decoder that breaks."""

from __future__ import annotations

import pytest

from codec.latent.decoder import LatentDecoder
from tests.codec import fuzz_decoder


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_decoder, "BATCH", 60)


def test_a_short_run_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz_decoder.main(["--seconds", "0.5"]) == 0
    assert "gave a picture, the others BitstreamError" in capsys.readouterr().out


def test_a_broken_decoder_is_found_with_its_payload(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class BrokenError(Exception):
        pass

    def broken(self: LatentDecoder, payload: bytes) -> None:
        if len(payload) < 3:
            raise BrokenError

    working = LatentDecoder.decode

    def decode(self: LatentDecoder, payload: bytes) -> object:
        broken(self, payload)
        return working(self, payload)

    monkeypatch.setattr(LatentDecoder, "decode", decode)
    assert fuzz_decoder.main(["--seconds", "60"]) == 1
    assert "BrokenError(); payload" in capsys.readouterr().err

"""The server's certificate."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

import pytest

from narrowcast.errors import FabricError
from narrowcast.fabric.administration.certificate import fingerprint, make_certificate


def test_a_certificate_is_its_own_authority(tmp_path: Path) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    make_certificate(certificate, key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(certificate)
    assert len(fingerprint(certificate)) == 64
    first = fingerprint(certificate)
    make_certificate(certificate, key)
    assert fingerprint(certificate) != first


def test_a_damaged_certificate_is_told(tmp_path: Path) -> None:
    for text in (None, "", "nonsense"):
        if text is not None:
            (tmp_path / "c.pem").write_text(text)
        with pytest.raises(FabricError, match="cannot read"):
            fingerprint(tmp_path / "c.pem")

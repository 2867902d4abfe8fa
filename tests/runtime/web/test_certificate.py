"""Tests of runtime/web/certificate.py: made once, kept, and one line where a file is none."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography import x509

from narrowcast.runtime.private_files import HOME_VARIABLE
from narrowcast.runtime.web import certificate
from narrowcast.runtime.web.address import WebAddress, WebError
from narrowcast.runtime.web.certificate import CERTIFICATE_FILE, page_certificate

ADDRESS = WebAddress(host="*", port=8443, token="t")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of keys for each test."""
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return tmp_path / "home"


def names_in(path: Path) -> set[str]:
    found = x509.load_pem_x509_certificate(path.read_bytes().partition(b"-----END PRIVATE KEY-----\n")[2])
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in names}


def test_it_is_made_once_and_only_its_owner_may_read_it(home: Path) -> None:
    first, second = page_certificate(ADDRESS), page_certificate(ADDRESS)
    assert first.made and first.fingerprint == second.fingerprint
    assert len(first.fingerprint) == 95 and first.fingerprint.count(":") == 31
    path = home / CERTIFICATE_FILE
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {"localhost", "127.0.0.1"} <= names_in(path)


def test_it_is_made_anew_for_another_name_and_before_it_ends(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = page_certificate(ADDRESS).fingerprint
    named = page_certificate(WebAddress(host="camera.local", port=1, token="t"))
    assert named.fingerprint != first and "camera.local" in names_in(home / CERTIFICATE_FILE)
    monkeypatch.setattr(certificate, "RENEW_DAYS", certificate.VALID_DAYS)
    assert page_certificate(ADDRESS).fingerprint != named.fingerprint


def test_one_that_is_damaged_is_made_anew(home: Path) -> None:
    first = page_certificate(ADDRESS).fingerprint
    (home / CERTIFICATE_FILE).write_text("nonsense")
    assert page_certificate(ADDRESS).fingerprint != first


def test_a_certificate_of_the_users_own_is_taken(home: Path, tmp_path: Path) -> None:
    page_certificate(ADDRESS)
    own = tmp_path / "own.pem"
    own.write_bytes((home / CERTIFICATE_FILE).read_bytes())
    assert not page_certificate(ADDRESS, own).made


@pytest.mark.parametrize("content", [None, b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\n"])
def test_a_file_that_is_none_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "own.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(WebError, match="PEM file") as caught:
        page_certificate(ADDRESS, file)
    assert "\n" not in str(caught.value) and "own.pem" in str(caught.value)

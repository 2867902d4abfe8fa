"""This machine's NKEY."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from narrowcast.errors import SecurityError
from narrowcast.fabric.identity import NKEY_FILE, check_public, identity_of, new_identity, own_identity


def test_a_key_is_made_at_first_use_and_stays(own_home: Path) -> None:
    own = own_identity()
    assert own == own_identity() and own.seed.startswith("SU") and own.public.startswith("U")
    assert stat.S_IMODE((own_home / NKEY_FILE).stat().st_mode) == 0o600
    assert identity_of(own.seed) == own and check_public(own.public) == own.public


def test_a_damaged_key_is_told(own_home: Path) -> None:
    own_identity()
    (own_home / NKEY_FILE).write_text("SUAX")
    with pytest.raises(SecurityError, match="fabric-nkey is damaged .*: delete it, and a new key is made"):
        own_identity()


def test_a_key_that_others_can_read_is_refused(own_home: Path) -> None:
    own_identity()
    (own_home / NKEY_FILE).chmod(0o644)
    with pytest.raises(SecurityError, match="open to other users"):
        own_identity()


def test_a_mistyped_public_key_is_told() -> None:
    public = new_identity().public
    swapped = public[:10] + public[11] + public[10] + public[12:]
    for text in ("", "U", public[:-1], public + "A", "X" + public[1:], swapped, new_identity().seed):
        if text != public:
            with pytest.raises(SecurityError, match="no public NKEY"):
                check_public(text)

"""This machine's NKEY: who it is at a fabric's server."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from narrowcast.errors import SecurityError
from narrowcast.runtime.private_files import check_private, make_private_folder, write_once

NKEY_FILE = "fabric-nkey"
"In the folder of the other keys."


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A pair of keys of NATS: Ed25519, written as NATS does."""

    seed: str
    'the secret, "SU..."; never printed'
    public: str
    'the name at the server, "U..."'


def new_identity() -> Identity:
    """Draw a pair of keys."""
    import nkeys

    seed = nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER)
    return identity_of(seed.decode())


def identity_of(seed: str) -> Identity:
    """The pair of a seed; SecurityError where it is none."""
    import nkeys

    try:
        pair = nkeys.from_seed(bytearray(seed.strip().encode()))
        public = pair.public_key.decode()
    except Exception as error:  # whatever its libraries make of damaged text
        raise SecurityError(f"no seed of an NKEY ({type(error).__name__})") from error
    if not public.startswith("U"):
        raise SecurityError("an NKEY of another kind: it has to be that of a user, which begins with SU")
    return Identity(seed=seed.strip(), public=public)


def check_public(text: str) -> str:
    """Return a user's public NKEY; SecurityError where it is none."""
    import base64
    import binascii

    text = text.strip()
    try:
        raw = base64.b32decode(text.encode() + b"=" * (-len(text) % 8))
    except (binascii.Error, ValueError, UnicodeEncodeError):
        raw = b""
    if (
        len(text) != 56
        or not text.startswith("U")
        or binascii.crc_hqx(raw[:-2], 0) != int.from_bytes(raw[-2:], "little")
    ):
        raise SecurityError(
            "this is no public NKEY of a user: it has 56 characters and begins with U, as narrowcast fabric "
            "key prints it on the other machine"
        )
    return text


def own_identity(folder: Path | None = None) -> Identity:
    """This machine's pair, made at the first call; SecurityError where its file cannot be used."""
    from narrowcast.runtime.key_store import default_folder

    return identity_in((folder or default_folder()) / NKEY_FILE)


def identity_in(path: Path) -> Identity:
    """The pair in a file that nobody else may read, made where it is missing."""
    make_private_folder(path.parent)
    if not path.exists():
        write_once(path, new_identity().seed + os.linesep)
    check_private(path)
    try:
        return identity_of(path.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise SecurityError(f"cannot read {path}: {error}") from error
    except SecurityError as error:
        raise SecurityError(
            f"{path} is damaged ({error}): delete it, and a new key is made; it has to be allowed anew"
        ) from error

"""The server's certificate: its own authority, and known to others by its fingerprint in the address."""

from __future__ import annotations

import hashlib
import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path

from narrowcast.errors import FabricError
from narrowcast.runtime.private_files import write_private

_YEARS = 20
"As long as its key is kept; whoever has to change it makes a new folder."


def make_certificate(certificate: Path, key: Path) -> None:
    """Draw a key and sign its certificate with it; FabricError where the package for that is missing."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise FabricError(
            'a certificate needs the package cryptography: pip install "narrowcast[fabric]"'
        ) from error
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "narrowcast fabric")])
    now = datetime.now(timezone.utc)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("narrowcast")]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(key, secret.decode("ascii"))
    write_private(certificate, signed.public_bytes(serialization.Encoding.PEM).decode("ascii"))


def fingerprint(certificate: Path) -> str:
    """What an address pins it by: SHA-256, hexadecimal; FabricError where it cannot be read."""
    try:
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="ascii"))).hexdigest()
    except (OSError, ValueError) as error:
        raise FabricError(f"cannot read {certificate}: {error}") from error

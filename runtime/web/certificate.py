"""The certificate of a page that others can reach: made on first use, or the one that the user names."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from narrowcast.runtime.addresses import outward_address
from narrowcast.runtime.key_store import default_folder
from narrowcast.runtime.private_files import write_private
from narrowcast.runtime.web.address import WebAddress, WebError

CERTIFICATE_FILE = "web-certificate.pem"
"In the folder of the keys: the private key, then the certificate."

VALID_DAYS = 397
"Browsers refuse certificates that hold for longer."

RENEW_DAYS = 30
"A certificate that ends sooner is made anew when the program starts."

_EVERY_INTERFACE = ("*", "0.0.0.0", "[::]")


@dataclass(frozen=True, kw_only=True)
class PageCertificate:
    """What a server encrypts with, and what a person compares."""

    context: ssl.SSLContext
    "for the server"
    fingerprint: str
    "SHA-256 of the certificate, as browsers show it: AB:CD:..."
    made: bool
    "signed by itself: a browser warns of it once"


def page_certificate(address: WebAddress, file: Path | None = None) -> PageCertificate:
    """Load the certificate of a page; WebError says in one line what is wrong with it.

    Args:
        address: where the page is served.
        file: PEM with a private key and its certificates; None takes our own, made where there is none.
    """
    try:
        path = file or _own_certificate(address)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(path, password=_no_password)
        fingerprint = _fingerprint(path)
    except FileNotFoundError as error:
        raise WebError(f"there is no certificate {error.filename or file}: name a PEM file") from error
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise WebError(
            f"cannot use the certificate {file or CERTIFICATE_FILE}: {reason}; needed a PEM file with a "
            "private key without a password, and its certificate"
        ) from error
    return PageCertificate(context=context, fingerprint=fingerprint, made=file is None)


def _no_password() -> str:
    raise ValueError("its private key has a password")


def _own_certificate(address: WebAddress) -> Path:
    """The path of our certificate, made anew where it is missing, ends soon or lacks one of our names."""
    path = default_folder() / CERTIFICATE_FILE
    names = _names(address)
    if not (path.exists() and _still_good(path, names)):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(path, _make(names))
    return path


def _names(address: WebAddress) -> list[str]:
    """What a browser may call this machine."""
    own = [] if address.host in _EVERY_INTERFACE else [address.host.strip("[]")]
    return list(dict.fromkeys([*own, socket.gethostname(), "localhost", "127.0.0.1", outward_address()]))


def _still_good(path: Path, names: list[str]) -> bool:
    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificate(_certificate_part(path))
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    ends_in = certificate.not_valid_after_utc - datetime.datetime.now(datetime.timezone.utc)
    known = {str(entry.value) for entry in alternatives}
    return ends_in > datetime.timedelta(days=RENEW_DAYS) and known >= set(names)


def _make(names: list[str]) -> str:
    """Make a key and a certificate signed with it, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS - 1))
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return (private + certificate.public_bytes(serialization.Encoding.PEM)).decode("ascii")


def _general_name(name: str):  # type: ignore[no-untyped-def]
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _certificate_part(path: Path) -> bytes:
    """The first certificate of a PEM file."""
    content = path.read_bytes()
    start, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    at, until = content.find(start), content.find(end)
    if at < 0 or until < at:
        raise ValueError("it holds no certificate")
    return content[at : until + len(end)] + b"\n"


def _fingerprint(path: Path) -> str:
    import hashlib

    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(_certificate_part(path).decode())).hexdigest().upper()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))

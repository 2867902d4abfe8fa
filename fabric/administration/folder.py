"""The folder of a fabric's server: keys, certificate, who may connect, and the configuration made of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from narrowcast.errors import ConfigError, FabricError
from narrowcast.fabric.administration.accounts import accounts_text
from narrowcast.fabric.administration.certificate import fingerprint, make_certificate
from narrowcast.fabric.administration.members import Members, read_members, write_members
from narrowcast.fabric.identity import Identity, identity_in
from narrowcast.fabric.server import ServerFiles, configuration_text, quoted
from narrowcast.prepared_types import prepared
from narrowcast.runtime.addresses import outward_address
from narrowcast.runtime.fabric_address import DEFAULT_PORT, FabricAddress
from narrowcast.runtime.private_files import check_private, make_private_folder, write_private

_LOCK_S = 10


@dataclass(frozen=True, kw_only=True)
class Listen:
    """Where the server listens."""

    host: str = "0.0.0.0"
    port: int = DEFAULT_PORT
    advertise: str = ""
    "what others reach it by; empty: this machine's address"


class FabricFolder:
    """The files of one server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = ServerFiles(folder=folder.absolute())
        self.members_path = folder / "members.json"
        self._listen = folder / "listen.json"
        self._certificate = folder / "certificate.pem"
        self._key = folder / "key.pem"
        self._admin = folder / "admin-nkey"

    def make(self, listen: Listen) -> None:
        """Make it; FabricError where it is there already: its keys are not to be lost."""
        make_private_folder(self.folder)
        if self.members_path.exists():
            raise FabricError(f"{self.folder} has a fabric already: run it, or choose another folder")
        make_certificate(self._certificate, self._key)
        identity_in(self._admin)
        write_private(self._listen, msgspec.json.encode(listen).decode())
        write_members(self.members_path, Members())
        self.write_configuration()

    def check(self) -> None:
        """FabricError where there is none, or where others can get at it."""
        if not self.members_path.exists():
            raise FabricError(
                f"{self.folder} is no folder of a fabric: narrowcast fabric init {self.folder} makes one"
            )
        check_private(self.folder)

    @property
    def admin(self) -> Identity:
        """Who may do everything: the program that runs the server."""
        return identity_in(self._admin)

    @property
    def listen(self) -> Listen:
        """Where the server listens."""
        try:
            return msgspec.json.decode(self._listen.read_bytes(), type=prepared(Listen))
        except (OSError, msgspec.MsgspecError) as error:
            raise FabricError(f"cannot read {self._listen}: {error}") from error

    @property
    def local_address(self) -> FabricAddress:
        """The server as this machine reaches it."""
        listen = self.listen
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)
        return FabricAddress(host=host, port=listen.port, pin=fingerprint(self._certificate), tls=True)

    @property
    def url(self) -> str:
        """The address that relays and viewers are given."""
        listen = self.listen
        host = listen.advertise or listen.host
        if host in ("0.0.0.0", "::"):
            host = outward_address()
        host = f"[{host}]" if ":" in host else host
        return f"nats://{host}:{listen.port}?cert={fingerprint(self._certificate)}"

    def members(self) -> Members:
        """Who may connect now."""
        return read_members(self.members_path)

    @contextmanager
    def changing(self) -> Iterator[Members]:
        """Keep other programs from changing the list meanwhile; FabricError."""
        self.check()
        lock = FileLock(self.folder / "members.lock", timeout=_LOCK_S, mode=0o600)
        try:
            with lock:
                yield self.members()
        except Timeout as error:
            raise FabricError(f"another program has been changing {self.members_path}: try again") from error

    def write_configuration(self) -> None:
        """Make the server's configuration of the list of members."""
        listen = self.listen
        write_private(
            self.files.configuration,
            configuration_text(self.files, listen.host, listen.port, self._protection()),
        )

    def _protection(self) -> str:
        folder = self.files.folder
        members = self.members().members
        return f"""\
logfile_max_num: 3
tls {{
  cert_file: {quoted(folder / self._certificate.name)}
  key_file: {quoted(folder / self._key.name)}
  handshake_first: true
}}
authorization {{ timeout: 3 }}
{accounts_text(self.admin.public, members)}"""


def parse_listen(text: str) -> tuple[str, int]:
    """Read "0.0.0.0:4222", "[::]:4222" or "*:4222"; ConfigError."""
    host, _, port = text.strip().rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigError(f"is {text!r}; write it as HOST:PORT, as in *:{DEFAULT_PORT}", setting="listen")
    return ("0.0.0.0" if host == "*" else host.strip("[]")), int(port)

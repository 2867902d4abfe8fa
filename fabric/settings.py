"""Which server a command talks to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from narrowcast.fabric.address import LOCAL_URL, FabricAddress, check_protected, parse_fabric
from narrowcast.runtime.settings import Setting, Settings


@dataclass(frozen=True, kw_only=True)
class FabricSettings(Settings):
    """The server of a fabric."""

    fabric: Annotated[str, Setting(metavar="SERVER")] = LOCAL_URL
    "server of the fabric: nats://HOST:PORT?key=..., as narrowcast fabric run prints it; or local"
    fabric_insecure: bool = False
    "talk to that server without encryption, though it is another machine"

    def __post_init__(self) -> None:
        """Check the address."""
        super().__post_init__()
        check_protected(self.server, insecure=self.fabric_insecure)

    @property
    def server(self) -> FabricAddress:
        """The address."""
        return parse_fabric(self.fabric)

"""The settings of the wall, checked before anything is opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from narrowcast.codec.names import Restore
from narrowcast.runtime.common_settings import DecoderSettings, FabricSettings
from narrowcast.runtime.fabric_address import check_camera
from narrowcast.runtime.settings import Setting
from narrowcast.runtime.web.address import WebAddress, parse_web_address

DEFAULT_WEB = WebAddress(host="127.0.0.1", port=8080)


@dataclass(frozen=True, kw_only=True)
class WallConfig(DecoderSettings, FabricSettings):
    """Every setting of `narrowcast wall`."""

    camera: Annotated[tuple[str, ...], Setting(metavar="LIST", parse=str.strip)] = ()
    "show these cameras alone, as in front,yard; by default all that the fabric has"
    web: Annotated[WebAddress, Setting(metavar="HOST:PORT", parse=parse_web_address)] = DEFAULT_WEB
    "serve the page there; by default 127.0.0.1:8080"
    web_token: Annotated[str | None, Setting(metavar="TOKEN")] = None
    "what the page asks for; beyond this machine one is drawn at each start if none is given"
    restore: Annotated[Restore, Setting(metavar="WHEN")] = "auto"
    "when hybrid's generator paints a camera that is opened; auto: where it keeps up. Tiles are never painted"

    def __post_init__(self) -> None:
        """Check every range and every name."""
        super().__post_init__()
        for name in self.camera:
            check_camera(name, "camera")

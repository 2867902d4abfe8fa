"""Recordings over real sockets: the list, ranges of files, payloads as pictures, and who may have them."""

from __future__ import annotations

import json
import struct
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("websockets", reason="the extra web is not installed")

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from narrowcast.receiver.play.config import ReplayConfig
from narrowcast.receiver.web.recordings import MAX_PLAYERS
from narrowcast.receiver.web.server import Site
from narrowcast.runtime.web.address import WebAddress
from tests.receiver.ncast_samples import coded_frames, record

GUARDED = WebAddress(host="0.0.0.0", port=0, token="secret")


@contextmanager
def site_with(folder: Path, address: WebAddress | None = None) -> Iterator[Site]:
    """A page with a video (of a thousand bytes that are none) and a recording of payloads."""
    site = Site(address or WebAddress(host="127.0.0.1", port=0), ["tcp://camera:5555"])
    (view,) = site.views
    view.replay = ReplayConfig(threads=1, decoder_process="never")
    (folder / "a.mp4").write_bytes(bytes(range(250)) * 4)
    record(folder / "b.ncast", coded_frames(12, "png"))
    for name in ("a.mp4", "b.ncast"):
        view.recordings.begun(folder / name)
        view.recordings.finished(folder / name)
    try:
        yield site
    finally:
        site.close()


def local(site: Site, path: str) -> str:
    return f"http://127.0.0.1:{site.url.partition('?')[0].rstrip('/').rpartition(':')[2]}/{path}"


def get(site: Site, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(local(site, path), headers=headers)) as answer:
            return (
                answer.status,
                {name.lower(): value for name, value in answer.headers.items()},
                answer.read(),
            )
    except urllib.error.HTTPError as error:
        return error.code, {}, b""


def listed(site: Site) -> dict[str, dict[str, Any]]:
    """The list, by name."""
    return {entry["name"]: entry for entry in json.loads(get(site, "recordings.json")[2])}


def test_the_list_says_what_is_there_and_how_it_is_played(tmp_path: Path) -> None:
    with site_with(tmp_path) as site:
        entries = listed(site)
        assert set(entries) == {"a.mp4", "b.ncast"}
        assert (entries["a.mp4"]["bytes"], entries["a.mp4"]["plays"]) == (1000, "video")
        assert entries["b.ncast"]["plays"] == "payloads" and not entries["b.ncast"]["being_written"]


def test_a_file_comes_whole_and_in_ranges_to_play_and_to_keep(tmp_path: Path) -> None:
    with site_with(tmp_path) as site:
        path = f"recordings/{listed(site)['a.mp4']['number']}"
        status, headers, content = get(site, path)
        assert (status, len(content), headers["content-type"]) == (200, 1000, "video/mp4")
        assert headers["accept-ranges"] == "bytes" and headers["content-disposition"].startswith("inline")
        assert "default-src 'none'" in headers["content-security-policy"]
        status, headers, content = get(site, path, Range="bytes=250-259")
        assert (status, content) == (206, bytes(range(10)))
        assert headers["content-range"] == "bytes 250-259/1000"
        assert get(site, path, Range="bytes=5000-")[0] == 416
        disposition = get(site, f"{path}?download")[1]["content-disposition"]
        assert disposition == 'attachment; filename="a.mp4"'


@pytest.mark.parametrize(
    "path",
    ["recordings/0", "recordings/99", "recordings/-1", "recordings/a.mp4", "recordings/..%2fa.mp4"]
    + ["recordings/1/../../a.mp4", "recordings/", "recordings/1.mp4", "recordings/%2e%2e/%2e%2e/etc/passwd"],
)
def test_no_path_leads_to_a_file(tmp_path: Path, path: str) -> None:
    with site_with(tmp_path) as site:
        listed(site)
        assert get(site, path)[0] == 404


def test_without_the_cookie_there_is_neither_list_nor_file_nor_player(tmp_path: Path) -> None:
    with site_with(tmp_path, GUARDED) as site:
        number = site.views[0].recordings.files()[0].number
        for path in ("recordings.json", f"recordings/{number}", f"recordings/{number}?token=secret"):
            assert get(site, path)[0] == 403
        with (
            pytest.raises(InvalidStatus),
            connect(local(site, f"recordings/{number}/play").replace("http", "ws")),
        ):
            pass
        with urllib.request.urlopen(local(site, "?token=secret")) as answer:
            cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        assert get(site, "recordings.json", Cookie=cookie)[0] == 200
        assert get(site, "recordings.json", Cookie=cookie, Origin="http://evil.example")[0] == 403


def test_payloads_are_played_and_played_from_elsewhere(tmp_path: Path) -> None:
    with site_with(tmp_path) as site:
        url = local(site, f"recordings/{listed(site)['b.ncast']['number']}/play").replace("http", "ws")
        with connect(url) as player:
            assert json.loads(player.recv(10))["duration_ms"] == 1100
            times = []
            for request in ('{"at": 900, "every": 0}', '{"next": 1}', '{"at": 100, "every": 0}'):
                player.send(request)
                picture = player.recv(10)
                assert isinstance(picture, bytes)
                times.append(struct.unpack_from("<d", picture)[0])
            assert times == [900, 1000, 100]
            player.send('{"at": 5000, "every": 0}')
            assert json.loads(player.recv(10)) == {"kind": "end"}
            player.send("what?")
            with pytest.raises(ConnectionClosed):
                player.recv(10)


def test_what_cannot_be_played_says_why_and_a_video_has_no_such_player(tmp_path: Path) -> None:
    with site_with(tmp_path) as site:
        entries = listed(site)
        (tmp_path / "b.ncast").write_bytes(b"not any more")
        url = local(site, "recordings/{}/play").replace("http", "ws")
        with connect(url.format(entries["b.ncast"]["number"])) as player:
            assert json.loads(player.recv(10))["kind"] == "error"
        with pytest.raises(InvalidStatus), connect(url.format(entries["a.mp4"]["number"])):
            pass


def test_so_many_play_at_a_time(tmp_path: Path) -> None:
    with site_with(tmp_path) as site:
        url = local(site, f"recordings/{listed(site)['b.ncast']['number']}/play").replace("http", "ws")
        with ExitStack() as players:
            for _ in range(MAX_PLAYERS):
                players.enter_context(connect(url)).recv(10)
            with pytest.raises(InvalidStatus), connect(url):
                pass

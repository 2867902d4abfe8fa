"""What WHEP's addresses say to programs that are not as they should be, over real sockets."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

pytest.importorskip("aiortc", reason="the extra whep is not installed")

from narrowcast.receiver.web import whep_routes
from narrowcast.receiver.web.server import Site
from narrowcast.receiver.whep import players
from tests.receiver.whep.players import TOKEN, Answer, ask, offer_of, site_of, whep_url


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with site_of() as opened:
        yield opened


@pytest.fixture(scope="module")
def offer() -> bytes:
    return offer_of()


def one_line(answer: Answer, status: int, words: str) -> None:
    assert answer.status == status and words in answer.text and answer.text.count("\n") == 1, answer


def test_an_offer_is_answered_at_an_address_that_ends_it(site: Site, offer: bytes) -> None:
    answer = ask(whep_url(site), body=offer)
    assert answer.status == 201 and answer.headers["content-type"].startswith("application/sdp")
    assert answer.text.startswith("v=0") and "a=sendonly" in answer.text and "a=candidate" in answer.text
    assert "typ srflx" not in answer.text and "typ relay" not in answer.text
    path = answer.headers["location"]
    assert path.startswith("/whep/")
    assert ask(whep_url(site, path), method="DELETE").status == 200
    one_line(ask(whep_url(site, path), method="DELETE"), 404, "no such session")


def test_a_token_in_the_address_comes_back_in_the_location(site: Site, offer: bytes) -> None:
    answer = ask(whep_url(site, f"/whep?token={TOKEN}"), body=offer, token="")
    path = answer.headers["location"]
    assert answer.status == 201 and path.endswith(f"?token={TOKEN}")
    assert ask(whep_url(site, path), method="DELETE", token="").status == 200


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_wrong_token_and_another_site_are_refused(site: Site, offer: bytes, method: str) -> None:
    url = whep_url(site, "/whep" if method == "POST" else "/whep/name")
    body = offer if method == "POST" else b""
    one_line(ask(url, method=method, body=body, token="wrong"), 401, "needs the address with the token")
    foreign = {"Origin": "http://evil.example"}
    one_line(ask(url, method=method, body=body, headers=foreign), 401, "another site may not")
    one_line(ask(url, method=method, body=body, headers={"Host": "evil.example"}), 401, "this machine alone")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"hello", "needed SDP, which begins with v=0"),
        (b"\xff\xfe", "codec can't decode"),
        (b"v=0\r\n", "no video in H.264 or VP8"),
        (b"v=0\r\nm=video x RTP 96\r\n", "no video"),
        (b"v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=recvonly\r\n", "cannot be understood"),
        (b"v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendonly\r\n", "no video"),
    ],
)
def test_what_is_no_offer_is_refused(site: Site, body: bytes, words: str) -> None:
    one_line(ask(whep_url(site), body=body), 400, words)


def test_an_offer_of_sound_or_of_other_codecs_is_refused(site: Site, offer: bytes) -> None:
    one_line(ask(whep_url(site), body=offer_of(kind="audio")), 400, "no video in H.264 or VP8")
    other = offer.replace(b"VP8/", b"AV1/").replace(b"H264/", b"H265/")
    one_line(ask(whep_url(site), body=other), 400, "no video in H.264 or VP8")


def test_other_kinds_of_requests_are_told_what_is_needed(site: Site, offer: bytes) -> None:
    one_line(ask(whep_url(site), body=offer, headers={"Content-Type": "text/plain"}), 415, "application/sdp")
    assert ask(whep_url(site), method="GET").status == 405
    # Without a body: one that nobody wants is cut, before or behind its answer.
    assert ask(whep_url(site, "/whep/name"), method="PATCH").status == 405


def test_one_player_more_than_may_watch_is_refused(
    site: Site, offer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(players, "MAX_PLAYERS", 1)
    path = ask(whep_url(site), body=offer).headers["location"]
    one_line(ask(whep_url(site), body=offer), 503, "as many as may")
    assert ask(whep_url(site, path), method="DELETE").status == 200


def test_without_the_extra_it_says_what_to_install(
    site: Site, offer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "aiortc", None)
    monkeypatch.delitem(sys.modules, players._SESSION, raising=False)
    one_line(ask(whep_url(site), body=offer), 501, "pip install 'narrowcast[whep]'")


def test_an_offer_that_does_not_come_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whep_routes, "REQUEST_S", 0.1)
    answer = ask(whep_url(site), body=b"v=0", headers={"Content-Length": "30"})
    one_line(answer, 408, "did not come within")

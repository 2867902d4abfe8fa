"""A peer's text cannot move the cursor, break a line or flood the log; no text shows a URL's password."""

from __future__ import annotations

import pytest

from narrowcast.text import decimal, hide_passwords, printable, printable_url, show_whole, user_of_url


def test_control_characters_are_replaced() -> None:
    assert printable("a\x1b[31mb\nc\r\x07\x9b") == "a?[31mb?c???"
    assert printable("left\u202eright\u2028next\u200b") == "left?right?next?"


def test_ordinary_text_of_any_language_stays() -> None:
    assert printable("Küche, 台所, кухня") == "Küche, 台所, кухня"


def test_long_text_is_cut() -> None:
    assert printable("x" * 500) == "x" * 197 + "..."
    assert printable("x" * 30, limit=10) == "x" * 7 + "..."


def test_a_number_that_is_unknown_is_a_dash() -> None:
    assert (decimal(2.345, 1), decimal(0.0, 0), decimal(None, 2)) == ("2.3", "0", "-")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://me:secret@cam:554/1", "rtsp://cam:554/1"),
        ("RTSP://me:secret@[::1]:554/1", "RTSP://[::1]:554/1"),
        ("http://secret@cam/", "http://cam/"),
        ("rtsp://me:p@ss:w/rd#1% é?@cam:554/1", "rtsp://cam:554/1"),
        ("http://cam/v?user=me&Password=a@b&ch=2", "http://cam/v?user=***&Password=***&ch=2"),
        ("http://cam/v?usr=1&loginpas=secret;pwd=secret", "http://cam/v?usr=1&loginpas=***;pwd=***"),
        ("rtsp://cam/user=me_password=secret_channel=1", "rtsp://cam/user=***_password=***_channel=1"),
        (
            "rtsp://cam/user=me&password=secret&channel=1.sdp",
            "rtsp://cam/user=***&password=***&channel=1.sdp",
        ),
        ("http://cam:80/v?mail=a@b", "http://cam:80/v?mail=a@b"),
        ("srt://cam:9?passphrase=secret&latency=2", "srt://cam:9?passphrase=***&latency=2"),
        ("tcp://10.0.0.1:5555?key=public", "tcp://10.0.0.1:5555?key=public"),
        ("no url at all", "no url at all"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert printable_url(url) == shown
    assert printable_url(shown) == shown, "a name that is safe stays as it is"
    if " " not in url:
        assert hide_passwords(f"cannot open '{url}' (refused)") == f"cannot open '{shown}' (refused)"


def test_a_url_of_the_command_line_is_known_to_its_end() -> None:
    url = "rtsp://me:a b@ss word@cam/1"
    assert "word" not in hide_passwords(f"there is no {url}; retry", [f"front={url}"])


def test_a_url_that_somebody_mistyped_shows_nothing_either() -> None:
    for text in ("rtsp:/me:secret@cam/1", "rtsp//me:secret@cam", "me:secret@cam/1", "front=me:secret@cam"):
        assert "secret" not in hide_passwords(f"there is no file {text}; name a camera")
    for ordinary in ("at 12:30:00 a@b", "user@host: no", "tcp://[::1]:5555?key=a", "a: b@c"):
        assert hide_passwords(ordinary) == ordinary


def test_the_user_of_a_url_is_what_stands_before_the_host() -> None:
    assert user_of_url("rtsp://me:p@ss/w@cam:1/x") == "me:p@ss/w"
    assert user_of_url("http://cam/v?mail=a@b") == ""


def test_an_address_of_our_own_that_a_person_has_to_open_is_shown_whole() -> None:
    url = "http://192.0.2.7:8080/?token=drawn-at-the-start"
    assert "drawn" not in printable(f"the page is at {url}")
    show_whole(url)
    assert printable(f"the page is at {url}") == f"the page is at {url}"
    assert "secret" not in printable(f"{url} http://192.0.2.7:8080/?token=secret")

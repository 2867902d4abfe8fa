"""The table of a link measurement."""

from __future__ import annotations

from rich.console import Console

from benchmark.link.tables import link_table
from tests.benchmark.link.samples import link_results


def text_of(link: str) -> str:
    console = Console(width=150)
    with console.capture() as capture:
        console.print(link_table(link_results(link=link)))
    return capture.get()


def test_it_shows_figures_and_reasons() -> None:
    text = text_of("tunnel")
    assert "11.0" in text and "2100" in text and "57.6" in text and "0.250" in text
    assert "not installed" in text
    assert "wire kbit/s" in text


def test_what_the_proxy_counts_is_called_what_it_is() -> None:
    assert "without headers" in text_of("proxy")

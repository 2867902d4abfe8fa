"""Tests of lab/page/html.py: one page that needs nothing from elsewhere."""

from __future__ import annotations

import base64
import re

from narrowcast.lab.page.html import html_page


def test_formulas_tables_and_pictures_become_html() -> None:
    text = "# A title\n\nWith $x < y$ inside.\n\n$$\\frac{1}{2}$$\n"
    text += "\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n![c](d.png)\n"
    page = html_page(text, "Name")
    assert "<h1>A title</h1>" in page and '<td style="text-align:right">2</td>' in page
    assert '<img src="d.png" alt="c" />' in page and "<title>Name</title>" in page
    formulas = re.findall(
        r'alt="([^"]*)" style="height:([\d.]+)px" src="data:image/svg\+xml;base64,([^"]+)"', page
    )
    assert [alt for alt, _, _ in formulas] == ["x &lt; y", "\\frac{1}{2}"]
    assert all(b"<svg" in base64.b64decode(data) for _, _, data in formulas)
    assert float(formulas[1][1]) > float(formulas[0][1]) > 5
    assert '<p class="formula"><img' in page
    assert "FORMULA" not in page and "http" not in page.replace("http-equiv", "")

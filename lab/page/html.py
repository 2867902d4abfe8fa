"""Markdown to one HTML page that needs nothing from elsewhere: formulas become pictures inside it."""

from __future__ import annotations

import base64
import io
import re

from markdown_it import MarkdownIt
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import math_to_image

_DISPLAYED = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_INLINE = re.compile(r"\$([^$\n]+)\$")

_POINTS = 12.75
"The size of the text: 17 pixels."
_PIXELS_A_POINT = 96 / 72

_STYLE = """
body { font: 17px/1.55 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 3rem; border-top: 1px solid #ccc; padding-top: 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-size: 0.85rem; display: block; overflow-x: auto; }
th, td { border: 1px solid #ccc; padding: 0.2rem 0.6rem; } th { background: #f3f3f3; text-align: left; }
img { max-width: 100%; } img.formula { vertical-align: middle; max-width: none; }
p.formula { text-align: center; overflow-x: auto; }
code { background: #f3f3f3; padding: 0.1rem 0.3rem; border-radius: 3px; }
"""


def html_page(markdown: str, title: str) -> str:
    """Make the page of a text in Markdown with formulas in $...$ and $$...$$."""
    formulas: list[str] = []

    def keep(tag: str) -> str:
        formulas.append(tag)
        return f"FORMULA{len(formulas) - 1}END"

    text = _DISPLAYED.sub(lambda match: keep(_formula(match[1], displayed=True)), markdown)
    text = _INLINE.sub(lambda match: keep(_formula(match[1], displayed=False)), text)
    body = MarkdownIt("commonmark").enable("table").render(text)
    body = re.sub(r"<p>(FORMULA\d+END)</p>", r'<p class="formula">\1</p>', body)
    body = re.sub(r"FORMULA(\d+)END", lambda match: formulas[int(match[1])], body)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style>\n</head>\n'
        f"<body>\n{body}</body>\n</html>\n"
    )


def _formula(source: str, *, displayed: bool) -> str:
    """Draw a formula as an SVG inside an img element; its source is what is read aloud."""
    points = _POINTS * (1.15 if displayed else 1.0)
    drawn = io.BytesIO()
    math_to_image(f"${source.strip()}$", drawn, prop=FontProperties(size=points), dpi=72, format="svg")
    height = re.search(rb'height="([\d.]+)pt"', drawn.getvalue())
    pixels = float(height[1]) * _PIXELS_A_POINT if height else 0.0
    data = base64.b64encode(drawn.getvalue()).decode()
    alt = source.strip().replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    size = f"height:{pixels:.1f}px"
    return f'<img class="formula" alt="{alt}" style="{size}" src="data:image/svg+xml;base64,{data}">'

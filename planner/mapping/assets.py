"""The map's own files (Leaflet and ours), served beside the page or put into one HTML file that needs nothing else."""

from __future__ import annotations

import base64
import re
from functools import cache
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import folium

FOLDER: Final = Path(__file__).parent / "assets"
SCRIPTS: Final = (("leaflet", "leaflet.js"), ("jquery", "jquery.min.js"), ("planner_map", "planner-map.js"))
STYLE_SHEETS: Final = (("leaflet_css", "leaflet.css"), ("planner_map_css", "planner-map.css"))

_SCRIPT_LINK: Final = re.compile(r'<script src="([^"]*)"></script>')
_STYLE_LINK: Final = re.compile(r'<link rel="stylesheet" href="([^"]*)"\s*/?>')
_CSS_URL: Final = re.compile(r"url\(\s*['\"]?([^'\")]*)['\"]?\s*\)")
_CSS_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_SOURCE_MAP: Final = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
_FETCHING: Final = frozenset(
    {"src", "srcset", "data", "poster", "background", "action", "formaction", "ping", "manifest"}
)
_HREF_FETCHED_BY: Final = frozenset({"link", "image", "use", "base"})
_ADDRESS: Final = re.compile(r"(?:https?|wss?|ftp):(?:\\?/){2}[^\s\"'`<>)\\]*", re.IGNORECASE)
_NOT_FETCHED: Final = frozenset({"http://www.w3.org/2000/svg", "https://leafletjs.com"})
"""Addresses inside Leaflet's script that nothing loads: a namespace, and a link that we take off the map."""


def use_assets(picture: folium.Map, prefix: str = "") -> None:
    """Point ``picture`` (this map only) at our files instead of folium's ten outside addresses."""
    picture.default_js = [(name, prefix + file) for name, file in SCRIPTS]
    picture.default_css = [(name, prefix + file) for name, file in STYLE_SHEETS]


def call_page(picture: folium.Map, title: str, language: str) -> None:
    """Give the page of ``picture`` its ``title`` and its language (``zh`` or ``en``)."""
    root = picture.get_root()
    root.title = escape(title)  # type: ignore[attr-defined]  # branca types every root as a plain element
    root.language = "zh-CN" if language == "zh" else language  # type: ignore[attr-defined]  # ours, read below


def standalone_html(picture: folium.Map) -> str:
    """``picture`` as one HTML text with every script, style and picture inside; it opens from disk with no network.

    Raises ValueError naming every address that would still be fetched, so that no map leaves half a map behind.
    """
    root = picture.get_root()
    html = str(root.render())
    language = getattr(root, "language", "")
    if language:
        html = html.replace("<html>", f'<html lang="{escape(language)}">', 1)  # folium's pages leave it open
    html = _SCRIPT_LINK.sub(lambda found: f"<script>{script_text(found[1])}</script>", html)
    html = _STYLE_LINK.sub(lambda found: f"<style>{style_text(found[1])}</style>", html)
    left = fetched_addresses(html)
    if left:
        raise ValueError(f"the map would still load from outside: {', '.join(left)}")
    return html


def fetched_addresses(html: str) -> tuple[str, ...]:
    """Every address that a browser would load when it opens ``html``, in order; data: and # are none."""
    parser = _Addresses()
    parser.feed(html)
    parser.close()
    return tuple(dict.fromkeys(parser.found))


class _Addresses(HTMLParser):
    """Collects addresses from attributes, styles and scripts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        for name, value in attrs:
            fetched = name in _FETCHING or (name in {"href", "xlink:href"} and tag in _HREF_FETCHED_BY)
            if fetched and value and not value.startswith(("data:", "#")):
                self.found.append(value)
            elif name == "style" and value:
                self._style(value)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self._style(data)
        elif self._inside == "script":
            self.found += [found for found in _ADDRESS.findall(data) if found not in _NOT_FETCHED]

    def _style(self, text: str) -> None:
        text = _CSS_COMMENT.sub("", text)
        addresses = _CSS_URL.findall(text) + re.findall(r"@import\s+['\"]([^'\"]+)", text)
        self.found += [address for address in addresses if address and not address.startswith(("data:", "#"))]


@cache
def script_text(file: str) -> str:
    """A vendored script, fit to stand inside a page."""
    text = _SOURCE_MAP.sub("", _vendored(file).read_text("utf-8"))
    if "</script" in text.lower():
        raise ValueError(f"{file} would close the script it is put into")
    return text


@cache
def style_text(file: str) -> str:
    """A vendored style sheet with its pictures inside."""

    def inlined(found: re.Match[str]) -> str:
        address = found[1]
        if address.startswith(("data:", "#")):
            return found[0]
        content = base64.b64encode(_vendored(address).read_bytes()).decode("ascii")
        return f"url(data:image/png;base64,{content})"

    return _CSS_URL.sub(inlined, _CSS_COMMENT.sub("", _vendored(file).read_text("utf-8")))


def _vendored(file: str) -> Path:
    path = FOLDER / file
    if not path.is_file():
        raise ValueError(f"the map would still load from outside: {file} (no copy in {FOLDER.name}/)")
    return path

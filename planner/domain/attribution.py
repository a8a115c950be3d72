"""Whom a map or figure must name: the attributions that the licences of a county's layers call for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from typing import Final

from planner.domain.county import County, Layer, Provenance, Source

_HOLDERS: Final = (
    (re.compile("OpenStreetMap", re.IGNORECASE), "© OpenStreetMap contributors", "ODbL 1.0"),
    (re.compile("GeoNames", re.IGNORECASE), "GeoNames", "CC BY 4.0"),
)
"""Who wants to be named in words of their own: how a citation or licence shows them, the words, their licence."""
_ASKS: Final = re.compile(r"\b(?:ODbL|ODC[ -]By|CC[ -]BY(?:-(?:SA|NC|ND))*)(?:[ -]v?\d(?:\.\d)?)?(?!\w)", re.IGNORECASE)
_ASKS_NOTHING: Final = re.compile(
    r"\b(?:MIT|WTFPL|Apache|BSD|ISC|CC0|PDDL|Unlicense|public domain)\b|^(?:none|无)$", re.IGNORECASE
)
_GIVEN: Final = "given to planner import"
"""Ends the text of a source that nobody cited: it names a file, and no owner."""
_RULES: Final = "planner import by the scenario's candidate rules, from: "
"""Begins the text of sites that `planner import` put together; the sources follow, and what was done after ``;``."""
_NO_PREMISES: Final = "no premises known"
"""Stands for the sources of sites that are all proposals."""


def attributions(county: County) -> tuple[str, ...]:
    """Each attribution that a work made from ``county`` must show, once, in the order of its layers.

    OpenStreetMap (ODbL 1.0, 4.3) and GeoNames (CC BY 4.0) are named as they ask to be; of any other source the
    citation is shown with its licence, as the planner gave it. Nothing is shown for made-up data, for licences that
    ask for nothing on a map (MIT, Apache, CC0 and the like), or for a file that was given without a citation.
    """
    return layer_attributions(county.layers)


def layer_attributions(layers: Iterable[Layer]) -> tuple[str, ...]:
    """The `attributions` of ``layers``, also those of a county that cannot be planned."""
    sources = [source for layer in layers for source in (layer.source, *layer.columns.values())]
    told = {source.licence for source in sources if source.provenance is Provenance.REAL}
    lines = [line for source in sources for line in (*_holders(source), *_citation(source, told))]
    return tuple(dict.fromkeys(lines))


def _holders(source: Source) -> list[str]:
    """Holders that the source names; made-up data owes them nothing unless its licence says so."""
    if source.provenance is Provenance.SYNTHETIC and not _ASKS.search(source.licence):
        return []
    text = f"{source.text}; {source.licence}"
    return [f"{words} ({_licence(source, usual)})" for pattern, words, usual in _HOLDERS if pattern.search(text)]


def _licence(source: Source, usual: str) -> str:
    """The licence recorded, if it is of the holder's usual kind, e.g. another version; else the usual one."""
    asked = [found for found in _ASKS.findall(source.licence) if found.lower()[:2] == usual.lower()[:2]]
    return asked[0] if asked else usual


def _citation(source: Source, told: Set[str]) -> list[str]:
    """The planner's own words on a source that is none of the holders'.

    Something computed is what its licence says, unless a real source under that licence is cited anyway (``told``).
    """
    text, by_rules = _own_text(source), source.text.startswith(_RULES)
    computed = source.provenance is Provenance.DERIVED and not by_rules and source.licence in {"", *told}
    if computed or source.provenance is Provenance.SYNTHETIC or not text or text.endswith(_GIVEN) or _named(text):
        return []
    parts = [part for part in (" ".join(part.split()) for part in source.licence.split(";")) if part]
    asking = [part for part in parts if not _named(part) and (_ASKS.search(part) or not _ASKS_NOTHING.search(part))]
    if parts and not asking and not by_rules:
        return []
    return [f"{text} ({'; '.join(asking)})" if asking else text]


def _own_text(source: Source) -> str:
    """The citation on one line; of sites put together by `planner import`, the sources without OpenStreetMap."""
    text = " ".join(source.text.split())
    if not text.startswith(_RULES):
        return text
    text = text.removeprefix(_RULES).rpartition(";")[0]
    if text == _NO_PREMISES:
        return ""
    return ", ".join(part for part in re.split(r", (?=OpenStreetMap, )", text) if not part.startswith("OpenStreetMap,"))


def _named(text: str) -> bool:
    return any(pattern.search(text) for pattern, _, _ in _HOLDERS)

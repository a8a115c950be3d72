"""Names, references and numbers in OSM tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

Tags = Mapping[str, str]

_LANGUAGE = re.compile(r"name:([a-z]{2,3}(?:-[A-Za-z]+)?)")
_POPULATION = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(?:[, ][0-9]{3}){1,2}")
_REFERENCES: Final = ("division_code", "admin_code", "official_code", "ons_code", "gb_code", "gbcode")
_OTHER_NAMES: Final = ("official_name", "alt_name", "short_name", "old_name", "loc_name")


def name_of(tags: Tags) -> str:
    """The name as it is signed, else the Chinese, else the English one; empty when there is none."""
    return next((text.strip() for key in ("name", "name:zh", "name:en") if (text := tags.get(key))), "")


def names_of(tags: Tags) -> dict[str, str]:
    """Names by language: ``name:zh`` as ``zh`` and so on, in order of language."""
    return {match[1]: text for key, text in sorted(tags.items()) if (match := _LANGUAGE.fullmatch(key))}


def all_names(tags: Tags) -> set[str]:
    """Every name under which somebody may ask for the object, folded for comparison."""
    names = [tags.get("name", ""), *names_of(tags).values()]
    names += [part for key in _OTHER_NAMES for part in tags.get(key, "").split(";")]
    return {folded(name) for name in names} - {""}


def folded(name: str) -> str:
    """A name without case and without spaces around it or doubled within."""
    return " ".join(name.casefold().split())


def refs_of(tags: Tags) -> dict[str, str]:
    """Official references as tagged: ``ref``, ``ref:…`` and code tags."""
    return {
        key: text.strip()
        for key, text in sorted(tags.items())
        if key == "ref" or key.startswith("ref:") or key in _REFERENCES
    }


def population_of(tags: Tags) -> int | None:
    """Persons as tagged (``12,345`` is understood), None when untagged or no plain number."""
    text = tags.get("population", "").strip()
    return int(re.sub(r"[, ]", "", text)) if _POPULATION.fullmatch(text) else None


def listed(items: Iterable[str], most: int = 10) -> str:
    """``a, b, c``, or the first ``most`` of them and how many more there are."""
    texts = list(items)
    more = len(texts) - most
    return ", ".join(texts) if more <= 0 else f"{', '.join(texts[:most])} and {more} more"


def words(text: str) -> frozenset[str]:
    """The words of ``text``."""
    return frozenset(text.split())

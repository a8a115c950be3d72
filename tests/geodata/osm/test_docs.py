"""docs/formats.md says of OpenStreetMap exactly what the code takes."""

from __future__ import annotations

from pathlib import Path

from planner.geodata.osm.facilities import DWELLINGS, GONE, RULES, SETTLEMENT_PLACES
from planner.geodata.osm.reading import FORMATS
from planner.geodata.osm.roads import CLOSED, PAVED, ROAD_CLASSES, ROUTE_LETTERS, UNPAVED

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "formats.md").read_text("utf-8")
SECTION = DOCUMENT.split("## Input: OpenStreetMap", 1)[-1].split("\n## ", 1)[0]
FLOWING = " ".join(SECTION.split())


def quoted(words):
    return ", ".join(f"`{word}`" for word in words)


def test_the_document_shows_every_rule_for_premises():
    lines = ["| host | tag | and a name with |", "|---|---|---|"]
    for rule in RULES:
        key = rule.key or "any of these keys"
        tag = "".join(f"`{key}={value}` " for value in rule.values).strip() if rule.values else key
        lines.append(f"| `{rule.host}` | {tag} | {', '.join(rule.words)} |".replace("|  |", "| |"))
    assert "\n".join(lines) in SECTION, "\n".join(lines)


def test_the_document_shows_the_class_of_every_kind_of_road():
    by_class = {}
    for highway, road_class in ROAD_CLASSES.items():
        by_class.setdefault(road_class, []).append(highway)
    letters = {road_class: [] for road_class in by_class}
    for letter, road_class in ROUTE_LETTERS.items():
        letters[road_class].append(letter)
    lines = ["| class | highway | route number begins with |", "|---|---|---|"]
    lines += [f"| `{name}` | {quoted(values)} | {', '.join(letters[name])} |" for name, values in by_class.items()]
    assert "\n".join(lines) in SECTION, "\n".join(lines)


def test_the_document_names_every_value_that_decides():
    for words in (
        FORMATS,
        sorted(CLOSED),
        sorted(PAVED),
        sorted(UNPAVED),
        sorted(DWELLINGS),
        sorted(SETTLEMENT_PLACES),
        GONE,
    ):
        assert quoted(words) in FLOWING, quoted(words)

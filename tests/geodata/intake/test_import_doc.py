"""docs/formats.md shows every header and every word that `planner import` understands, and what review.csv can say."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.geodata.intake.aliases import FIELDS, Role
from planner.geodata.intake.request import parse_maps
from planner.geodata.intake.review import KINDS
from planner.geodata.intake.words import WORDS
from planner.geodata.sources import ACCEPTED

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "formats.md").read_text("utf-8")
SECTION = DOCUMENT.split("## Input: raw files for `planner import`", 1)[1].split("\n## ", 1)[0]
ROLES = [role for role in Role if FIELDS[role]]


def headers(role: Role) -> list[str]:
    """The table of headers of one role as the document must show it."""
    rows = [f"| `{field.name}` | {', '.join(field.aliases)} | {', '.join(field.units)} |" for field in FIELDS[role]]
    return ["| means | headers understood | units in brackets |", "|---|---|---|", *rows]


def cells(role: Role) -> list[str]:
    """The table of words of one role; empty when none of its columns holds words."""
    rows = [
        f"| `{column}` | `{ours}` | {', '.join(texts)} |"
        for (of, column), words in WORDS.items()
        if of is role
        for ours, texts in words.accepted.items()
    ]
    return ["| column | word | cells understood |", "|---|---|---|", *rows] if rows else []


@pytest.mark.parametrize("role", ROLES)
def test_the_document_shows_the_headers_and_words_of_each_file(role):
    part = SECTION.split(f"### `--{role}`", 1)[1].split("\n### ", 1)[0]
    shown = [line for line in part.splitlines() if line.startswith("|")]
    expected = [*headers(role), *cells(role)]
    assert shown == expected, "\n".join(expected)


def test_the_document_says_what_review_csv_can_hold():
    for kind, meaning in KINDS.items():
        assert f"| `{kind}` | {meaning} |" in SECTION


def test_the_document_names_every_format():
    for suffix in ACCEPTED:
        assert f"`{suffix}`" in SECTION


def test_a_map_may_name_its_file():
    (entry,) = parse_maps(["villages:名称=name"])
    assert (entry.role, entry.raw, entry.ours) == (Role.VILLAGES, "名称", "name")


def test_no_header_means_two_things_in_one_file():
    from planner.geodata.intake.aliases import normal

    for role in ROLES:
        seen: dict[str, str] = {}
        for field in FIELDS[role]:
            for alias in (*field.aliases, field.name):
                assert seen.setdefault(normal(alias), field.name) == field.name, (role, alias)


def test_osm_words_for_road_classes_are_those_of_the_extractor():
    from planner.geodata.intake.words import ROAD_CLASSES
    from planner.geodata.osm.roads import ROAD_CLASSES as EXTRACTED

    assert {word: ROAD_CLASSES.ours(word) for word in EXTRACTED} == {
        word: str(ours) for word, ours in EXTRACTED.items()
    }

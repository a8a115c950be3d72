"""docs/formats.md says of every file exactly what the schema says, and names every defect that a check can report."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planner.domain import schema
from planner.geodata.manifest import LAYERS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "formats.md").read_text("utf-8")


def rendered(table: schema.Table) -> list[str]:
    """The table as the document must show it."""
    lines = ["| column | type | unit | needed | meaning |", "|---|---|---|---|---|"]
    for column in table.columns:
        choices = f"; one of {', '.join(f'`{choice}`' for choice in column.choices)}" if column.choices else ""
        kind = column.kind if column.decimals is None else f"{column.kind}, {column.decimals} decimals"
        needed = "yes" if column.required else "may be empty"
        meaning = column.meaning.replace("|", "\\|")
        lines.append(f"| `{column.name}` | {kind} | {column.unit} | {needed} | {meaning}{choices} |")
    return lines


@pytest.mark.parametrize(
    "table",
    [
        *schema.INPUT_TABLES,
        *schema.RESULT_TABLES,
        schema.BUS_SUPPLY,
        schema.FIXES,
        schema.CRITICAL_LINKS,
        schema.CARRIERS,
        schema.CARRIERS_ROUTES,
        *schema.FRONTIER_TABLES,
    ],
    ids=lambda table: table.name,
)
def test_the_document_shows_every_column_as_the_schema_has_it(table):
    heading = f"### `{table.name}`"
    assert heading in DOCUMENT
    section = DOCUMENT.split(heading, 1)[1].split("\n### ", 1)[0].split("\n## ", 1)[0]
    assert f"A row is {table.row}." in section
    shown = [line for line in section.splitlines() if line.startswith("|")]
    expected = rendered(table)
    assert shown[: len(expected)] == expected, "\n".join(expected)


def test_the_document_names_every_priority_word_and_every_layer():
    for word in (*schema.PRIORITIES, *LAYERS):
        assert f"`{word}`" in DOCUMENT, word


def test_the_document_lists_every_defect_code_and_no_other():
    package = ROOT / "planner"
    files = [path for room in ("geodata", "network", "survey") for path in sorted((package / room).rglob("*.py"))]
    source = "".join(path.read_text("utf-8") for path in [*files, package / "pipeline.py"])
    code = r'"([a-z0-9]+(?:-[a-z0-9]+)*)"'
    used = set(re.findall(rf"(?:found\.(?:error|warning)|Problem|_Failure|_error|Defect)\(\s*{code},", source))
    used |= set(re.findall(rf'{code} if column == "code" else {code}', source)[0])
    listed = set(re.findall(r"^\| `([a-z0-9-]+)` \| (?:error|warning) \|", DOCUMENT, re.MULTILINE))
    assert listed == used


def test_the_example_manifest_is_read_as_it_stands(county):
    from planner.geodata import check_county

    example = DOCUMENT.split("```toml\n", 1)[1].split("```", 1)[0]
    county.manifest = example.replace("../../stations/xunhua.csv", "../../stations/toy.csv")
    assert check_county(county.write()).defects == ()

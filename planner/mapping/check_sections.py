"""The sections of the check page below map and list: distances to the road, road parts, doubles, populations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from planner.mapping.check_map import road_parts
from planner.mapping.check_words import text
from planner.mapping.histogram import distance_bins, histogram_svg

if TYPE_CHECKING:
    from planner.domain import County
    from planner.geodata.ground import Ground
    from planner.survey import Survey
    from planner.survey.findings import Pair, Snaps

TABLE_ROWS: Final = 1000
"""Rows of a section's table that the page holds; the sentence above the table counts all of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: its cells as text, and where it lies on the map (WGS84 degrees), if anywhere."""

    cells: Sequence[object]
    at: tuple[float, float] | None = None


def table(headers: Sequence[str], lines: Sequence[Line], language: str, numbers: Sequence[int] = ()) -> str:
    """A table; columns in ``numbers`` are set to the right. A row with a place is a button that shows it."""
    style = ["num" if index in numbers else "" for index in range(len(headers))]
    head = "".join(f'<th class="{kind}">{escape(name)}</th>' for kind, name in zip(style, headers, strict=True))
    hint = escape(text("on_map", language))
    body = []
    for line in lines[:TABLE_ROWS]:
        cells = "".join(
            f'<td class="{kind}">{escape(_shown(cell))}</td>' for kind, cell in zip(style, line.cells, strict=True)
        )
        place = ""
        if line.at is not None:
            place = f' class="place" tabindex="0" title="{hint}" data-at="{line.at[1]:.6f},{line.at[0]:.6f}"'
        body.append(f"<tr{place}>{cells}</tr>")
    cut = ""
    if len(lines) > TABLE_ROWS:
        cut = f"<p>{escape(text('cut_rows', language, shown=f'{TABLE_ROWS:,}', total=f'{len(lines):,}'))}</p>"
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table></div>{cut}'


def section(heading: str, *content: str, identity: str) -> str:
    """A titled part of the page."""
    return f'<section id="{identity}"><h2>{escape(heading)}</h2>{"".join(content)}</section>'


def survey_sections(survey: Survey, county: County, ground: Ground, language: str) -> str:
    """The sections of a county that can be planned, but for the distances to the road."""
    return (
        parts_section(ground, survey, language)
        + doubles_section(survey, language)
        + population_section(survey, county, language)
        + township_section(survey, language)
    )


def snap_section(survey: Survey, county: County, language: str) -> str:
    """Histograms of the distances to the road, and the places beyond the limit; nothing where no roads are used."""
    if survey.villages is None or survey.sites is None:
        return ""
    town = {township.code: township.name for township in county.townships}
    village, site = county.village_by_code, county.site_by_id
    far_villages = [
        Line((name, code, town[village[code].township_code], village[code].population, metres), at)
        for name, code, metres, at in _far(survey.villages)
    ]
    far_sites = [
        Line((name, code, town.get(site[code].township_code, ""), metres), at)
        for name, code, metres, at in _far(survey.sites)
    ]
    words = {key: text(key, language) for key in ("name", "identity", "township", "people", "distance_m")}
    columns = [words[key] for key in ("name", "identity", "township")]
    content = [_distances(survey.villages, "snap_villages", language), _distances(survey.sites, "snap_sites", language)]
    content = [f'<div class="charts">{"".join(content)}</div><p class="rule">{escape(text("snap_rule", language))}</p>']
    if far_villages:
        content.append(f"<h3>{escape(text('far_villages', language))}</h3>")
        content.append(table([*columns, words["people"], words["distance_m"]], far_villages, language, (3, 4)))
    if far_sites:
        content.append(f"<h3>{escape(text('far_sites', language))}</h3>")
        content.append(table([*columns, words["distance_m"]], far_sites, language, (3,)))
    if not far_villages and not far_sites:
        content.append(f"<p>{escape(text('none_far', language))}</p>")
    return section(text("snap", language), *content, identity="snap")


def _far(snaps: Snaps) -> list[tuple[str, str, int, tuple[float, float]]]:
    return [
        (
            snaps.name[index], snaps.identity[index], int(snaps.distance_m[index]),
            (float(snaps.lonlat[index, 0]), float(snaps.lonlat[index, 1])),
        )
        for index in snaps.farthest_first
    ]  # fmt: skip


def _distances(snaps: Snaps, heading: str, language: str) -> str:
    if not len(snaps):
        return ""
    limit = f"{snaps.limit_m:,g}"
    figures = text(
        "snap_figures", language, n=f"{len(snaps):,}", median=f"{snaps.share_m(0.5):,}", p90=f"{snaps.share_m(0.9):,}",
        largest=f"{snaps.share_m(1):,}", over=f"{int(snaps.over.sum()):,}", limit=limit,
    )  # fmt: skip
    edges, counts = distance_bins(snaps.distance_m, snaps.over, snaps.limit_m)
    chart = histogram_svg(
        edges, counts, snaps.limit_m, limit=text("snap_limit", language, limit=limit), axis=text("snap_axis", language)
    )
    return (
        f"<figure><figcaption><b>{escape(text(heading, language))}</b> {escape(figures)}</figcaption>{chart}</figure>"
    )


def parts_section(ground: Ground, survey: Survey | None, language: str) -> str:
    """The connected parts of the roads; villages and sites are counted where there is a survey."""
    heading = text("parts", language)
    roads = ground.roads
    if roads is None:
        return section(heading, f"<p>{escape(text('parts_none', language))}</p>", identity="parts")
    part = road_parts(roads, survey)
    members = [np.flatnonzero(part == number) for number in range(int(part.max(initial=-1)) + 1)]
    if survey is not None and survey.parts:
        metres = [found.length_m for found in survey.parts]
    else:
        metres = [round(float(roads.length_m[inside].sum())) for inside in members]
    rest = sum(metres[1:])
    key = "parts_many" if len(metres) > 1 else "parts_one"
    content = [
        text(
            key, language, n=len(metres), rest=len(metres) - 1, km=f"{(rest or metres[0]) / 1000:,.1f}",
            main=f"{metres[0] / 1000:,.1f}",
        )
    ] if metres else []  # fmt: skip
    if survey is not None and survey.closed:
        content.append(text("parts_closed", language, n=f"{survey.closed:,}"))
    html = "".join(f"<p>{escape(line)}</p>" for line in content)
    if len(metres) > 1:
        headers = [text(key, language) for key in ("part", "km", "roads_n", "villages_n", "sites_n", "first_road")]
        lines = [
            Line((_part_name(number, language), f"{metres[number] / 1000:,.2f}", len(inside), *_on(survey, number),
                  roads.identity[inside[0]]), _middle(roads.line[inside[0]]))
            for number, inside in enumerate(members)
        ]  # fmt: skip
        html += table(headers, lines, language, (1, 2, 3, 4))
    return section(heading, html, identity="parts")


def _part_name(number: int, language: str) -> str:
    return f"{number + 1}" if number else f"1 ({text('main', language)})"


def _on(survey: Survey | None, number: int) -> tuple[object, object]:
    if survey is None or not survey.parts:
        return "—", "—"
    return survey.parts[number].villages, survey.parts[number].sites


def _middle(line: Any) -> tuple[float, float]:
    point = shapely.line_interpolate_point(line, 0.5, normalized=True)
    return float(point.x), float(point.y)


def doubles_section(survey: Survey, language: str) -> str:
    """Villages within 50 m of one another, and sites of one host within 10 m."""
    html = ""
    for key, pairs in (("close_villages", survey.close_villages), ("close_sites", survey.same_sites)):
        html += f"<h3>{escape(text(key, language))}</h3>"
        html += _pair_table(pairs, language) if pairs else f"<p>{escape(text('no_pairs', language))}</p>"
    return section(text("doubles", language), html, identity="doubles")


def _pair_table(pairs: Sequence[Pair], language: str) -> str:
    headers = [text(key, language) for key in ("first", "identity", "second", "identity", "distance_m")]
    lines = [
        Line((pair.names[0], pair.first, pair.names[1], pair.second, f"{pair.distance_m:.1f}"), (pair.lon, pair.lat))
        for pair in pairs
    ]
    return table(headers, lines, language, (4,))


def population_section(survey: Survey, county: County, language: str) -> str:
    """The rule with its bounds, and the villages outside them."""
    rule = survey.population
    if rule.median is None or rule.low is None or rule.high is None or rule.spread is None:
        words = text("population_flat", language)
    else:
        words = text(
            "population_rule", language, median=f"{rule.median:,.0f}", low=f"{rule.low:,.1f}", high=f"{rule.high:,.1f}",
            spread=f"{rule.spread:.3f}",
        )  # fmt: skip
    headers = [text(key, language) for key in ("name", "identity", "township", "people")]
    lines = [
        Line(
            (village.name, village.code, county.township_by_code[village.township_code].name, village.population),
            (village.lon, village.lat),
        )
        for village in survey.unusual
    ]
    shown = table(headers, lines, language, (3,)) if lines else f"<p>{escape(text('none_unusual', language))}</p>"
    return section(text("population", language), f"<p class='rule'>{escape(words)}</p>", shown, identity="population")


def township_section(survey: Survey, language: str) -> str:
    """Every township with the sum of its villages, and how far that is from its own figure."""
    headers = [text(key, language) for key in ("township", "identity", "units", "sum", "given", "difference")]
    lines = [
        Line(
            (
                town.name, town.code, town.units, town.people, "—" if town.given is None else town.given,
                "—" if town.difference is None else f"{float(town.difference):+.1%}" if town.difference else "0%",
            )
        )
        for town in survey.townships
    ]  # fmt: skip
    note = f'<p class="rule">{escape(text("township_sums_rule", language))}</p>'
    shown = table(headers, lines, language, (2, 3, 4, 5))
    return section(text("township_sums", language), note, shown, identity="townships")


def _shown(cell: object) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)

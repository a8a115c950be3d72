"""The legend and the title panel of a map, as HTML in which every name from the data is escaped."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from planner.domain import County, Plan, RoadClass, Tier
from planner.mapping.style import ROAD_STYLES, STYLES, TIER_STYLES, UNPAVED_DASH, VERMILION, WHITE, Style
from planner.mapping.words import ECHELONS, INDICATORS, MAP, ROADS, TIERS, Word, Words, radius_words, say
from planner.scenario import Scenario

if TYPE_CHECKING:
    from planner.evaluate import Evaluation

_WIDTH, _HEIGHT = 26, 18
_SQUARE: Final = "6,2 20,2 20,16 6,16"
_TRIANGLE: Final = "13,2 20,15 6,15"
_STAR: Final = "13,0 15.2,6 22,6.4 16.7,10.4 18.6,17 13,13.2 7.4,17 9.3,10.4 4,6.4 10.8,6"


def legend_html(language: str, notes: Sequence[str] = (), county: County | None = None) -> str:
    """What each sign means.

    ``notes`` only turn on a short warning about synthetic layers, unless the ``county`` has none; the panel has the
    sentences. Ferries and bus lines are listed for a county that has them, roads unless it has none.
    """
    rows = [
        *(
            (_polygon_sign(_OUTLINES[tier], TIER_STYLES[tier]), TIERS[tier])
            for tier in (Tier.COUNTY, Tier.TOWNSHIP, Tier.VILLAGE)
        ),
        (_circle_sign(STYLES["village-covered"]), MAP[Word.VILLAGE_COVERED]),
        (_cross_sign(), MAP[Word.VILLAGE_UNCOVERED]),
        (_circle_sign(STYLES["committee"]), MAP[Word.COMMITTEE]),
        (_line_sign(STYLES["access"]), MAP[Word.ACCESS]),
        (_line_sign(STYLES["supply-township"]), MAP[Word.SUPPLY_COUNTY]),
        (_line_sign(STYLES["supply-village"]), MAP[Word.SUPPLY_TOWNSHIP]),
        *((_line_sign(STYLES[f"route-{echelon}"]), words) for echelon, words in ECHELONS.items()),
        *_road_rows(county),
        (_line_sign(STYLES["boundary"]), MAP[Word.BOUNDARY]),
    ]
    html = "".join(f"<div>{sign}{escape(say(words, language))}</div>" for sign, words in rows)
    made_up = bool(notes) and (county is None or bool(county.synthetic_layers))
    return html + (f'<div class="rn-note">⚠ {escape(say(SYNTHETIC, language))}</div>' if made_up else "")


def _road_rows(county: County | None) -> list[tuple[str, Words]]:
    rows = []
    if county is None or county.roads:
        land = [road_class for road_class in RoadClass if road_class is not RoadClass.FERRY]
        rows += [(_line_sign(ROAD_STYLES[road_class]), ROADS[road_class]) for road_class in land]
        rows.append((_line_sign({**ROAD_STYLES[RoadClass.COUNTY], "dashArray": UNPAVED_DASH}), MAP[Word.UNPAVED]))
    if county is not None and any(road.road_class is RoadClass.FERRY for road in county.roads):
        rows.append((_line_sign(ROAD_STYLES[RoadClass.FERRY]), ROADS[RoadClass.FERRY]))
    if county is not None and county.bus_lines:
        rows.append((_line_sign(STYLES["route-bus"]), MAP[Word.ROUTE_BUS]))
        rows.append((_line_sign(STYLES["bus"]), MAP[Word.BUS]))
    return rows


def map_heading(county: County, language: str) -> str:
    """What a map of the county's plan is called."""
    return say((f"{county.name}农村电商物流网络", f"{county.display_name('en')} rural logistics network"), language)


SYNTHETIC: Final[Words] = ("含合成数据，仅供演示", "Rests on synthetic layers")


def title_html(
    county: County, scenario: Scenario, plan: Plan, evaluation: Evaluation, language: str, *, notes: Sequence[str]
) -> str:
    """The panel of a map that stands alone: county, radius, the four indicators, what was left out, provenance."""
    radius = say(("覆盖半径：", "Coverage radius: "), language) + radius_words(scenario, language)
    rows = [
        (say(words, language), f"{ratio.percent} ({ratio.numerator}/{ratio.denominator})")
        for key, words in INDICATORS.items()
        if (plan.routes or key != ROUTED_INDICATOR)
        for ratio in [evaluation.indicators[key]]
    ]
    rows += [(say(words, language), f"{count}") for words, count in _counts(plan)]
    table = "".join(f"<tr><td>{escape(name)}</td><td>{escape(figure)}</td></tr>" for name, figure in rows)
    warnings = "".join(f'<div class="rn-note">⚠ {escape(note)}</div>' for note in notes)
    return (
        f"<h1>{escape(map_heading(county, language))}</h1><div>{escape(radius)}</div><table>{table}</table>{warnings}"
    )


ROUTED_INDICATOR: Final = "village_express_access"
"""The indicator that says nothing before routes are planned."""


def _counts(plan: Plan) -> list[tuple[Words, int]]:
    tiers = [station.tier for station in plan.stations]
    return [
        *((TIERS[tier], tiers.count(tier)) for tier in (Tier.COUNTY, Tier.TOWNSHIP, Tier.VILLAGE)),
        (MAP[Word.VILLAGE_UNCOVERED], len(plan.uncovered)),
    ]


_OUTLINES: Final[Mapping[Tier, str]] = {Tier.COUNTY: _STAR, Tier.TOWNSHIP: _SQUARE, Tier.VILLAGE: _TRIANGLE}


def _svg(content: str) -> str:
    # As a picture, because Streamlit takes drawings out of a page's HTML but leaves pictures in.
    size = f'width="{_WIDTH}" height="{_HEIGHT}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_WIDTH} {_HEIGHT}">{content}</svg>'
    return f'<img alt="" {size} src="data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}">'


def _polygon_sign(points: str, style: Style) -> str:
    return _svg(f'<polygon points="{points}" fill="{style["fillColor"]}" stroke="{style["color"]}" stroke-width="1"/>')


def _circle_sign(style: Style) -> str:
    return _svg(f'<circle cx="13" cy="9" r="{style["radius"]}" fill="{style["fillColor"]}" stroke="{style["color"]}"/>')


def _cross_sign() -> str:
    path = "M8 4 18 14 M18 4 8 14"
    halo = f'<path d="{path}" stroke="{WHITE}" stroke-width="6"/>'
    return _svg(halo + f'<path d="{path}" stroke="{VERMILION}" stroke-width="3" stroke-linecap="round"/>')


def _line_sign(style: Style) -> str:
    dash = f' stroke-dasharray="{style["dashArray"]}"' if "dashArray" in style else ""
    opacity = style.get("opacity", 1)
    return _svg(
        f'<line x1="1" y1="9" x2="25" y2="9" stroke="{style["color"]}" stroke-width="{style["weight"]}"'
        f' stroke-opacity="{opacity}"{dash}/>'
    )

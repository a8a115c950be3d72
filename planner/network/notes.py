"""What must be said beside every result: made-up layers, distances that follow no road, roads closed in some months."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import Geod

from planner.domain.provenance import provenance_warnings
from planner.errors import Sentence

if TYPE_CHECKING:
    from planner.domain.county import County, Road
    from planner.scenario import Network, Sites


def result_notes(county: County, parameters: Network, language: str, rules: Sites | None = None) -> tuple[str, ...]:
    """Sentences (``zh`` or ``en``) for whatever rests on ``county``, ``parameters`` and the ``rules`` for sites.

    First one for each layer of `County.synthetic_layers`, then what the parameters ask to be said; empty when all is
    real, measured along roads and open all year. Raises ValueError for another language.
    """
    made_up = provenance_warnings(county, language)
    said = (*network_notes(county, parameters), *(() if rules is None else site_notes(county, rules)))
    return (*made_up, *(sentence.say(language) for sentence in said))


def site_notes(county: County, rules: Sites) -> tuple[Sentence, ...]:
    """That 4G is unknown at some sites although a rule asks for it."""
    unknown, total = sum(site.mobile_4g is None for site in county.sites), len(county.sites)
    if rules.mobile_4g == "ignore" or not unknown:
        return ()
    return (
        Sentence(
            f"Whether there is 4G signal is not known at {unknown} of {total} sites; they may open as if there were.",
            f"{total} 个候选点中有 {unknown} 个不清楚有无4G信号，本方案按有信号处理。",
        ),
    )


def result_label(county: County, parameters: Network) -> str:
    """What every row of a table carries in ``synthetic_layers``: made-up layers, and distances that follow no road."""
    straight = f"distances:{parameters.straight_words}" if parameters.straight_words else ""
    return "|".join(part for part in (county.synthetic_label, straight) if part)


def network_notes(county: County, parameters: Network) -> tuple[Sentence, ...]:
    """What must be said of how distances are measured: straight lines, or the season of roads that close."""
    if parameters.straight_line_factor is not None:
        return (_straight(county, parameters),)
    closing = [road for road in county.roads if road.closed_months]
    if not closing:
        return ()
    month = parameters.month
    if month is None:
        which_zh, which_en = _count(closing)
        return (
            Sentence(
                f"{which_en} are closed in some months; this plan uses them all year; set network.month.",
                f"{which_zh}在部分月份封闭，本方案按全年通行计算；可设定 network.month（规划月份）。",
            ),
        )
    closed = [road for road in closing if month in road.closed_months]
    which_zh, which_en = _count(closed or closing)
    if closed:
        return (
            Sentence(
                f"This plan is for month {month}: {which_en} are closed then and not used.",
                f"本方案按 {month} 月规划：{which_zh}当月封闭，未使用。",
            ),
        )
    return (
        Sentence(
            f"This plan is for month {month}: {which_en} are closed in other months.",
            f"本方案按 {month} 月规划：{which_zh}在其他月份封闭。",
        ),
    )


def _straight(county: County, parameters: Network) -> Sentence:
    factor = f"{parameters.straight_line_factor:.10g}"
    speed_kmh = parameters.straight_line_kmh * parameters.mountain_factor
    unused = bool(county.roads)
    return Sentence(
        f"All distances are straight lines times the detour factor {factor}, not measured along roads, and driven at "
        f"{speed_kmh:.1f} km/h{'; the roads given are not used' if unused else ''}.",
        f"所有距离均为直线距离乘以绕行系数 {factor}，并非沿道路测量，车速按 {speed_kmh:.1f} 公里/小时计"
        f"{'；已有的道路图层未使用' if unused else ''}。",
    )


def _count(roads: Sequence[Road]) -> tuple[str, str]:
    """How many roads and how long, in Chinese and English."""
    xy, owner = shapely.get_coordinates(np.array([road.geometry for road in roads], dtype=object), return_index=True)
    _, _, leg_m = Geod(ellps="WGS84").inv(xy[:-1, 0], xy[:-1, 1], xy[1:, 0], xy[1:, 1])
    km = float(leg_m[owner[1:] == owner[:-1]].sum()) / 1000
    return f"有 {len(roads)} 条道路（共 {km:.1f} 公里）", f"{len(roads)} roads ({km:.1f} km)"

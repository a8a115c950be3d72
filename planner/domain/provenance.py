"""Sentences that stand beside every figure that rests on made-up data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from planner.domain.county import County, Layer, Provenance

_LAYERS_ZH = {
    "boundary": "县界",
    "townships": "乡镇",
    "villages": "建制村",
    "roads": "道路",
    "sites": "网点与候选点",
    "stations": "网点与候选点",
    "bus": "客运班线",
}
_COLUMNS_ZH = {
    "lon": "经度",
    "lat": "纬度",
    "population": "人口",
    "market_days": "赶集日",
    "priority": "优先类型",
    "geometry": "位置与形状",
    "road_class": "道路等级",
    "surface": "路面",
    "name": "名称",
    "host": "依托资源",
    "status": "现状",
    "max_tier": "可设层级",
    "existing_tier": "现有层级",
    "broadband": "宽带",
    "mobile_4g": "4G信号",
    "connect_cost_cny": "通网费用",
    "cold_store_m3": "冷库容积",
    "kind": "类别",
    "code": "代码",
    "name_en": "英文名称",
    "township_code": "乡镇代码",
    "village_code": "村代码",
    "site_id": "编号",
    "road_id": "道路编号",
    "oneway": "单行方向",
    "speed_limit_kmh": "限速",
    "closed_months": "封闭月份",
    "climb_m": "起伏",
    "altitude_m": "海拔",
    "line_id": "线路编号",
    "line_name": "线路名称",
    "stop_seq": "站序",
    "stop_name": "站名",
    "trips_per_day": "日班次",
    "departures": "发车时刻",
    "minutes_from_start": "行车分钟",
    "hold_parcels": "可用货舱件数",
    "days": "开行日",
}


def provenance_warnings(county: County, language: str) -> tuple[str, ...]:
    """One sentence for each layer of ``county`` that is synthetic, or has synthetic columns, in ``zh`` or ``en``.

    Then one for all that was assumed where no source speaks. Empty when every layer is real or derived
    from real ones. Raises ValueError for another language.
    """
    return layer_warnings(county.layers, language)


def layer_warnings(layers: Iterable[Layer], language: str) -> tuple[str, ...]:
    """The sentences of `provenance_warnings` for ``layers``, also those of a county that cannot be planned."""
    if language not in ("zh", "en"):
        raise ValueError(f"language {language!r}: zh or en")
    say = _say_zh if language == "zh" else _say_en
    known = tuple(layers)
    return (*(say(layer) for layer in known if layer.rests_on_synthetic), *_assumptions(known, language))


def _assumptions(layers: Iterable[Layer], language: str) -> tuple[str, ...]:
    """One sentence that lists every column with assumed values, and what was assumed."""
    items = []
    for layer in layers:
        file = PurePosixPath(layer.file).name
        for column in layer.assumed_columns():
            source = layer.columns[column]
            if language == "zh":
                items.append(f"{file} 的{_COLUMNS_ZH.get(column, column)}（{source.assumes_zh or source.assumes}）")
            else:
                items.append(f"{column} in {file} ({source.assumes})")
    if not items:
        return ()
    if language == "zh":
        return (f"以下内容没有来源，为未经核实的假设：{'；'.join(items)}。",)
    return (f"No source says, and nobody has verified: {'; '.join(items)}.",)


def _wholly(layer: Layer) -> bool:
    return layer.source.provenance is Provenance.SYNTHETIC


def _say_zh(layer: Layer) -> str:
    name, file = _LAYERS_ZH.get(layer.name, layer.name), PurePosixPath(layer.file).name
    which = (
        ""
        if _wholly(layer)
        else "的" + "、".join(_COLUMNS_ZH.get(column, column) for column in layer.synthetic_columns())
    )
    return f"{name}图层（{file}）{which}为合成数据，不代表实际情况，据此得出的结果仅供演示。"


def _say_en(layer: Layer) -> str:
    file = PurePosixPath(layer.file).name
    ending = "not surveyed: whatever rests on this is for demonstration only."
    if _wholly(layer):
        return f"The {layer.name} layer ({file}) is synthetic, {ending}"
    return f"The {layer.name} layer ({file}) has synthetic {', '.join(layer.synthetic_columns())}, {ending}"

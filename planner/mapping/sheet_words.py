"""Every fixed text of the route sheets in Chinese and English."""

from __future__ import annotations

from typing import Final

from planner.mapping.words import Words, say

TEXTS: Final[dict[str, Words]] = {
    "title": ("{county}：线路作业单", "{county}: route sheets"),
    "intro": (
        "每条线路一页，可直接打印。共 {routes} 条线路。",
        "One page a route, ready to print. Routes: {routes}.",
    ),
    "none": ("本方案没有线路。", "This plan has no routes."),
    "route": ("线路", "Route"),
    "days": ("每周运行", "Days"),
    "vehicle": ("车型", "Vehicle"),
    "by_bus": ("客运班线 {line} 带货", "in the hold of passenger line {line}"),
    "depot": ("起点", "Depot"),
    "start": ("发车", "Start"),
    "back": ("返回", "Back"),
    "km": ("里程", "Distance"),
    "trips": ("趟数", "Trips"),
    "carried": ("每日件量", "Parcels a day"),
    "out_and_in": ("下行 {out}，上行 {back}", "{out} out, {back} in"),
    "driver": ("驾驶员", "Driver"),
    "plate": ("车牌号", "Plate"),
    "date": ("日期", "Date"),
    "signed": ("签字", "Signed"),
    "sketch": ("线路示意（沿道路，未画底图）", "Sketch of the way along the roads, without a map below"),
    "no_sketch": ("无法画出线路走向。", "The way cannot be drawn."),
    "stops": ("停靠顺序", "Stops in order"),
    "number": ("序号", "No."),
    "arrive": ("到达", "Arrive"),
    "leave": ("离开", "Leave"),
    "station": ("站点", "Station"),
    "place": ("乡镇 / 村", "Township / village"),
    "leg": ("行驶（公里）", "Leg (km)"),
    "hand_over": ("下行（送到，件）", "Hand over"),
    "take_in": ("上行（揽收，件）", "Take in"),
    "on_board": ("离站在车（件）", "On board after"),
    "load_first": ("装车 {amount} 件", "parcels loaded: {amount}"),
    "reload": (
        "第 {done} 趟结束：卸下 {back} 件，装第 {next} 趟 {amount} 件",
        "end of trip {done}; parcels unloaded: {back}, loaded for trip {next}: {amount}",
    ),
    "unload_last": ("卸下 {back} 件", "parcels unloaded: {back}"),
    "leg_words": ("{km} 公里，{minutes} 分钟：", "{km} km, {minutes} min: "),
    "cold": ("；冷藏 {amount} 件", "; into the cooled compartment: {amount}"),
    "boards": ("，在班车站“{stop}”装车", "; loaded at the bus stop {stop}"),
    "alights": ("，在班车站“{stop}”卸车", "; unloaded at the bus stop {stop}"),
    "same_place": ("同一地点", "the same place"),
    "off_road": ("离路段", "off the road"),
    "direct": ("直接前往（不经道路）", "straight across, off the road"),
    "straight_line": (
        "直线距离 × {factor}（无道路数据，走法由驾驶员定）",
        "straight line × {factor} (no roads known; the driver finds the way)",
    ),
    "bus_way": ("随班车行驶 {minutes} 分钟", "{minutes} min by the line's own way"),
    "bus_km": ("不另行驶", "none of its own"),
    "times": (
        "时刻按每日 {start} 发车、每站停 {stop} 分钟、每件 {parcel} 秒和各等级道路车速推算，未计拥堵与天气；"
        "件量为人口推算的平均值并取整，不是订单；精确数见 routes.csv。",
        "Clocks follow from a start at {start}, {stop} min at a stop, {parcel} s a parcel and a speed for each class "
        "of road, without traffic or weather; parcels are means worked out from population, not orders, and shown "
        "whole (exact in routes.csv).",
    ),
    "bus_times": (
        "时刻取自班线时刻表，以当日班车为准；件量为人口推算的平均值并取整，不是订单；精确数见 routes.csv。",
        "Clocks are those of the line's timetable; parcels are means worked out from population, not orders, and shown "
        "whole (exact in routes.csv).",
    ),
    "assumed": (
        "方案中有 {count} 项现用值为未经核实的假设，summary.json 逐项列出。",
        "{count} values in force are unverified assumptions; summary.json lists them.",
    ),
}


def text(key: str, language: str, **values: object) -> str:
    """The text of ``key`` in ``language`` with ``values`` filled in; not yet escaped."""
    return say(TEXTS[key], language).format(**values)

"""The sidebar: language, county, and the settings of the scenario. Only what is moved off its default is set."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, get_args

import streamlit as st

from planner.domain import Broadband, County, Tier
from planner.mapping.words import LANGUAGES
from planner.scenario import ConnectionRule, CoverageMetric, Scenario
from planner.ui import compute
from planner.ui.texts import LANGUAGE_NAMES, text

RADIUS_KM: Final = (0.5, 10.0, 0.1)
RADIUS_MIN: Final = (5, 120, 1)
TARGET_PERCENT: Final = (50, 100, 1)
_FIRST_COUNTY: Final = "xunhua"
EQUITY: Final = ("none", "max_distance", "worst_township", "p90")
STRAIGHT: Final = (1.0, 10.0, 0.05)
CNY_PER_WAN: Final = 10_000
COLD_KM: Final = (1, 60, 1)
BUDGET_WAN: Final = (0, 100_000, 10)
_FIRST_BUDGET_WAN: Final = 400


def choose_language() -> str:
    """The language switch; Chinese until another is chosen."""
    chosen = st.segmented_control(
        text("language", st.session_state.get("language") or "zh"),
        LANGUAGES,
        format_func=LANGUAGE_NAMES.__getitem__,
        default="zh",
        key="language",
        label_visibility="collapsed",
    )
    return chosen or "zh"


def choose_county(names: tuple[str, ...], language: str) -> str:
    """The county switch, by name under ``data/geo``."""
    last = st.session_state.get("county", _FIRST_COUNTY)
    labels = _labels(names, language)
    chosen = st.selectbox(
        text("county", language),
        names,
        index=names.index(last) if last in names else 0,
        format_func=labels.__getitem__,
        key=f"county-{language}",  # the browser keeps the words of a choice, so that each language needs its own widget
    )
    st.session_state["county"] = chosen
    return chosen


def _labels(names: tuple[str, ...], language: str) -> dict[str, str]:
    """Names of the counties as people know them; two of one name are told apart by their folders'."""
    labels = {name: compute.county_label(name, language) for name in names}
    shared = {label for label, times in Counter(labels.values()).items() if times > 1}
    return {name: f"{label} ({name})" if label in shared else label for name, label in labels.items()}


def choose_settings(county: County, defaults: Scenario, language: str) -> Scenario:
    """The widgets of the scenario, from ``defaults`` on; what stays there is left unset and keeps its source."""
    keys = _Memory(county.folder)
    changes: dict[str, Any] = {}
    st.subheader(text("coverage", language), divider="gray")
    metric = _choose_metric(defaults, keys, language)
    _note(changes, "coverage_metric", metric, defaults.coverage_metric)
    if metric is CoverageMetric.MINUTES:
        minutes = _slide(keys, "radius_min", text("radius_min", language), RADIUS_MIN, round(defaults.radius_min))
        _note(changes, "radius_min", minutes, defaults.radius_min)
    else:
        km = round(_slide(keys, "radius_km", text("radius_km", language), RADIUS_KM, defaults.radius_km), 6)
        _note(changes, "radius_km", km, defaults.radius_km)
    targets: dict[str, Any] = {}
    st.subheader(text("targets", language), divider="gray")
    for field, label in (("township_outlets", "target_townships"), ("villages", "target_villages")):
        default = getattr(defaults.targets, field)
        percent = _slide(keys, field, text(label, language), TARGET_PERCENT, round(default * 100))
        _note(targets, field, percent / 100, round(default * 100) / 100)
    include = defaults.targets.include_subdistricts
    _note(
        targets, "include_subdistricts", _tick(keys, "subdistricts", text("subdistricts", language), include), include
    )
    _note(targets, "equity", _choose_equity(defaults, keys, language), defaults.targets.equity)
    wanted = _tick(keys, "backup", text("backup", language), defaults.targets.backup == "station")
    _note(targets, "backup", "station" if wanted else "none", defaults.targets.backup)
    if targets:
        changes["targets"] = targets
    changes |= _choose_sites(county, defaults, keys, language)
    network = _choose_network(county, defaults, keys, language)
    if network:
        changes["network"] = network
    changes |= _choose_services(defaults, keys, language)
    _note(changes, "budget_cny", _choose_budget(defaults, keys, language), defaults.budget_cny)
    st.button(text("reset", language), on_click=keys.forget, key=keys.widget("reset"))
    return Scenario.from_mapping(changes, where=text("app_title", language))


def scale_format(step: float) -> str:
    """How a slider of this step writes its value."""
    return "%d" if step == int(step) else "%.1f"


def _choose_metric(defaults: Scenario, keys: _Memory, language: str) -> CoverageMetric:
    # The browser keeps the words of a choice, so that each language needs its own widget.
    widget = keys.begin("metric", defaults.coverage_metric, widget=f"metric-{language}")
    chosen = st.radio(
        text("metric", language),
        list(CoverageMetric),
        format_func=lambda metric: text(f"metric_{metric}", language),
        key=widget,
        horizontal=True,
    )
    return CoverageMetric(keys.keep("metric", chosen))


def _choose_sites(county: County, defaults: Scenario, keys: _Memory, language: str) -> dict[str, Any]:
    """How many county centres there may be, and what of sites without broadband; where the county has such sites."""
    changes: dict[str, Any] = {}
    possible = sum(site.max_tier is Tier.COUNTY for site in county.sites)
    dark = any(site.broadband is Broadband.NONE for site in county.sites)
    if possible > 1 or dark:
        st.subheader(text("sites", language), divider="gray")
    if possible > 1:
        most = defaults.tiers.county.max_centres
        widget = keys.begin("max_centres", most)
        label = text("max_centres", language)
        chosen = int(keys.keep("max_centres", st.number_input(label, 1, max(most, min(possible, 20)), key=widget)))
        if chosen != most:
            changes["tiers"] = {"county": {"max_centres": chosen}}
    if dark:
        # The browser keeps the words of a choice, so that each language needs its own widget.
        widget = keys.begin("broadband", defaults.sites.broadband, widget=f"broadband-{language}")
        rule = st.selectbox(
            text("broadband", language), get_args(ConnectionRule),
            format_func=lambda each: text(f"rule_{each}", language), key=widget,
        )  # fmt: skip
        if keys.keep("broadband", rule) != defaults.sites.broadband:
            changes["sites"] = {"broadband": rule}
    return changes


def _choose_equity(defaults: Scenario, keys: _Memory, language: str) -> str:
    # The browser keeps the words of a choice, so that each language needs its own widget.
    widget = keys.begin("equity", defaults.targets.equity, widget=f"equity-{language}")
    chosen = st.selectbox(
        text("equity", language),
        EQUITY,
        format_func=lambda measure: text(f"equity_{measure}", language),
        key=widget,
    )
    return str(keys.keep("equity", chosen))


def _choose_network(county: County, defaults: Scenario, keys: _Memory, language: str) -> dict[str, Any]:
    """The detour factor of a county without roads, or the month where roads close; nothing for any other county."""
    changes: dict[str, Any] = {}
    closing = any(road.closed_months for road in county.roads)
    if county.roads and not closing:
        return changes
    st.subheader(text("roads", language), divider="gray")
    if closing:
        # The browser keeps the words of a choice, so that each language needs its own widget.
        widget = keys.begin("month", defaults.network.month, widget=f"month-{language}")
        month = st.selectbox(
            text("month", language),
            (None, *range(1, 13)),
            format_func=lambda each: text("all_year", language) if each is None else f"{each}",
            key=widget,
        )
        _note(changes, "month", keys.keep("month", month), defaults.network.month)
    else:
        widget = keys.begin("straight", defaults.network.straight_line_factor)
        factor = st.number_input(
            text("straight", language), *STRAIGHT[:2], value=None, step=STRAIGHT[2], key=widget, format="%.2f"
        )
        _note(changes, "straight_line_factor", keys.keep("straight", factor), defaults.network.straight_line_factor)
    return changes


def _choose_services(defaults: Scenario, keys: _Memory, language: str) -> dict[str, Any]:
    """Cold stores with their reach, and how villages left out may be served; nothing where all stays off."""
    cold: dict[str, Any] = {}
    outreach: dict[str, Any] = {}
    st.subheader(text("services", language), divider="gray")
    planned = _tick(keys, "cold", text("cold_planned", language), defaults.cold.planned)
    _note(cold, "planned", planned, defaults.cold.planned)
    if planned:
        km = _slide(keys, "cold_reach", text("cold_radius_km", language), COLD_KM, round(defaults.cold.radius_km))
        _note(cold, "radius_km", km, defaults.cold.radius_km)
    for field in ("market_day", "mobile"):
        default = getattr(defaults.outreach, field)
        _note(outreach, field, _tick(keys, field, text(f"allow_{field}", language), default), default)
    return {name: group for name, group in (("cold", cold), ("outreach", outreach)) if group}


def _choose_budget(defaults: Scenario, keys: _Memory, language: str) -> int | None:
    st.subheader(text("money", language), divider="gray")
    if not _tick(keys, "budget_on", text("budget_on", language), defaults.budget_cny is not None):
        return None
    first = _FIRST_BUDGET_WAN if defaults.budget_cny is None else defaults.budget_cny // CNY_PER_WAN
    low, high, step = BUDGET_WAN
    widget = keys.begin("budget", first)
    return CNY_PER_WAN * int(
        keys.keep("budget", st.number_input(text("budget", language), low, high, step=step, key=widget))
    )


def _slide(keys: _Memory, name: str, label: str, scale: tuple[float, float, float], default: float) -> float:
    low, high, step = scale
    widget = keys.begin(name, min(max(default, low), high))
    return float(keys.keep(name, st.slider(label, low, high, step=step, format=scale_format(step), key=widget)))


def _tick(keys: _Memory, name: str, label: str, default: bool) -> bool:
    return bool(keys.keep(name, st.checkbox(label, key=keys.begin(name, default))))


def _note(changes: dict[str, Any], field: str, value: object, default: object) -> None:
    if value != default:
        changes[field] = value


class _Memory:
    """The settings of one county in this session, kept while their widgets are out of sight.

    Streamlit forgets a widget that one run does not draw, and a browser keeps the value of one whose state is
    deleted. So values are remembered here, and `forget` gives every widget a new key.
    """

    def __init__(self, county: str) -> None:
        self._county = county
        self._values: dict[str, Any] = st.session_state.setdefault(f"settings of {county}", {})

    def widget(self, name: str) -> str:
        """The key of a widget."""
        return f"{self._county}-{st.session_state.get(self._times_forgotten, 0)}-{name}"

    def begin(self, name: str, default: object, *, widget: str = "") -> str:
        """The key of the widget for ``name``, which then shows the remembered value or ``default``."""
        key = self.widget(widget or name)
        if key not in st.session_state:
            st.session_state[key] = self._values.get(name, default)
        return key

    def keep(self, name: str, value: Any) -> Any:
        """Remember what the widget for ``name`` gave."""
        self._values[name] = value
        return value

    def forget(self) -> None:
        """Let every widget of the county begin at its default again."""
        self._values.clear()
        st.session_state[self._times_forgotten] = st.session_state.get(self._times_forgotten, 0) + 1

    @property
    def _times_forgotten(self) -> str:
        return f"times forgotten {self._county}"

"""The sidebar: language, county, and the settings of the scenario. Only what is moved off its default is set."""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from planner.domain import County
from planner.mapping.words import LANGUAGES
from planner.scenario import CoverageMetric, Scenario
from planner.ui import compute
from planner.ui.texts import LANGUAGE_NAMES, text

RADIUS_KM: Final = (0.5, 10.0, 0.1)
RADIUS_MIN: Final = (5, 120, 1)
TARGET_PERCENT: Final = (50, 100, 1)
_FIRST_COUNTY: Final = "xunhua"
CNY_PER_WAN: Final = 10_000
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
    chosen = st.selectbox(
        text("county", language),
        names,
        index=names.index(last) if last in names else 0,
        format_func=lambda name: compute.county_label(name, language),
        key=f"county-{language}",  # the browser keeps the words of a choice, so that each language needs its own widget
    )
    st.session_state["county"] = chosen
    return chosen


def choose_settings(county: County, defaults: Scenario, language: str) -> Scenario:
    """The widgets of the scenario, from ``defaults`` on; what stays there is left unset and keeps its source."""
    keys = _Keys(county.code)
    changes: dict[str, Any] = {}
    st.subheader(text("coverage", language), divider="gray")
    metric = _choose_metric(defaults, keys, language)
    _note(changes, "coverage_metric", metric, defaults.coverage_metric)
    if metric is CoverageMetric.MINUTES:
        minutes = _slide(text("radius_min", language), RADIUS_MIN, round(defaults.radius_min), keys("radius_min"))
        _note(changes, "radius_min", minutes, defaults.radius_min)
    else:
        km = round(_slide(text("radius_km", language), RADIUS_KM, defaults.radius_km, keys("radius_km")), 6)
        _note(changes, "radius_km", km, defaults.radius_km)
    targets: dict[str, Any] = {}
    st.subheader(text("targets", language), divider="gray")
    for field, label in (("township_outlets", "target_townships"), ("villages", "target_villages")):
        default = getattr(defaults.targets, field)
        percent = st.slider(text(label, language), *TARGET_PERCENT[:2], round(default * 100), key=keys(field))
        _note(targets, field, percent / 100, round(default * 100) / 100)
    include = defaults.targets.include_subdistricts
    _note(
        targets,
        "include_subdistricts",
        st.checkbox(text("subdistricts", language), include, key=keys("subdistricts")),
        include,
    )
    if targets:
        changes["targets"] = targets
    _note(changes, "budget_cny", _choose_budget(defaults, keys, language), defaults.budget_cny)
    st.button(text("reset", language), on_click=keys.forget, key=keys("reset"))
    return Scenario.from_mapping(changes, where=text("app_title", language))


def scale_format(step: float) -> str:
    """How a slider of this step writes its value."""
    return "%d" if step == int(step) else "%.1f"


def _choose_metric(defaults: Scenario, keys: _Keys, language: str) -> CoverageMetric:
    metrics = list(CoverageMetric)
    last = st.session_state.get(keys("metric"), defaults.coverage_metric)
    chosen = st.radio(
        text("metric", language),
        metrics,
        index=metrics.index(last),
        format_func=lambda metric: text(f"metric_{metric}", language),
        key=keys(f"metric-{language}"),
        horizontal=True,
    )
    st.session_state[keys("metric")] = chosen
    return chosen


def _choose_budget(defaults: Scenario, keys: _Keys, language: str) -> int | None:
    st.subheader(text("money", language), divider="gray")
    if not st.checkbox(text("budget_on", language), defaults.budget_cny is not None, key=keys("budget_on")):
        return None
    first = _FIRST_BUDGET_WAN if defaults.budget_cny is None else defaults.budget_cny // CNY_PER_WAN
    low, high, step = BUDGET_WAN
    return CNY_PER_WAN * st.number_input(text("budget", language), low, high, first, step, key=keys("budget"))


def _slide(label: str, scale: tuple[float, float, float], default: float, key: str) -> float:
    low, high, step = scale
    return st.slider(label, low, high, min(max(default, low), high), step, format=scale_format(step), key=key)


def _note(changes: dict[str, Any], field: str, value: object, default: object) -> None:
    if value != default:
        changes[field] = value


class _Keys:
    """Widget keys of one county: each county keeps its own settings, in every language."""

    def __init__(self, county_code: str) -> None:
        self.prefix = f"{county_code}-"

    def __call__(self, name: str) -> str:
        return self.prefix + name

    def forget(self) -> None:
        """Let every widget of the county begin at its default again."""
        for key in [key for key in st.session_state if str(key).startswith(self.prefix)]:
            del st.session_state[key]

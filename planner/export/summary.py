"""``summary.json``: every figure of a plan with what it rests on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from planner.domain import County, Layer, Plan, SolveReport
from planner.domain.attribution import attributions
from planner.network import result_notes
from planner.scenario import Default, Scenario

if TYPE_CHECKING:
    from planner.evaluate import Evaluation

SUMMARY_FORMAT: Final = 1

Assumption = tuple[str, Any, Default]
"""A dotted parameter name, its value in force, and what stands behind it (as `Scenario.assumptions` gives it)."""


def summary(
    county: County,
    scenario: Scenario,
    plan: Plan,
    evaluation: Evaluation,
    *,
    assumptions: Sequence[Assumption],
    run_facts: Mapping[str, Any],
) -> dict[str, Any]:
    """The summary as plain data.

    Only what is under ``run`` (seconds, versions, facts of the run) may differ between two runs on the same
    input, scenario and versions.
    """
    return {
        **groundwork(county, scenario, assumptions),
        "status": plan.status.value,
        **evaluation.as_json(),
        **({} if plan.together is None else {"together": plan.together.as_json()}),
        "reports": [_report(report) for report in plan.reports],
        "warnings": {
            language: list(result_notes(county, scenario.network, language, scenario.sites))
            for language in ("zh", "en")
        },
        "run": {
            **run_facts,
            "seconds": {report.stage: report.seconds for report in plan.reports},
            "versions": dict(plan.versions),
        },
    }


def groundwork(county: County, scenario: Scenario, assumptions: Sequence[Assumption]) -> dict[str, Any]:
    """What a result rests on: county, scenario, assumptions in force, input files with their digests, attributions."""
    return {
        "format": SUMMARY_FORMAT,
        "county": {
            "code": county.code,
            "name": county.name,
            "names": dict(county.names),
            "folder": county.folder,
        },
        "scenario": scenario.model_dump(mode="json"),
        "scenario_set": scenario.model_dump(mode="json", exclude_unset=True),
        "radius": scenario.radius_label,
        "assumptions": [_assumption(*entry) for entry in assumptions],
        "inputs": [_layer(layer) for layer in county.layers],
        "attribution": list(attributions(county)),
    }


def summary_text(data: Mapping[str, Any]) -> str:
    """``data`` as JSON text; raises ValueError for a figure that JSON cannot hold."""
    return json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _report(report: SolveReport) -> dict[str, Any]:
    return {
        "stage": report.stage,
        "status": report.status.value,
        "objective": report.objective,
        "bound": report.bound,
        "gap": report.gap,
        "unit": report.unit,
        "seed": report.seed,
        "engine": report.engine,
    }


def _assumption(name: str, value: Any, default: Default) -> dict[str, Any]:
    plain = value if value is None or isinstance(value, bool | int | float | str) else _plain(value)
    return {
        "name": name,
        "value": plain,
        "unit": default.unit,
        "source": default.source,
        "confidence": default.confidence,
    }


def _plain(value: Any) -> Any:
    """Parameters that are tables or lists of tables, as JSON holds them."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "layer": layer.name,
        "file": layer.file,
        "sha256": layer.sha256,
        "provenance": layer.source.provenance.value,
        "source": layer.source.text,
        "licence": layer.source.licence,
        "vintage": layer.source.vintage,
        "columns": {name: source.provenance.value for name, source in layer.columns.items()},
        "assumes": {name: source.assumes for name, source in layer.columns.items() if source.assumes},
    }

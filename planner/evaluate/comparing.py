"""What an audit found, and how it compares: JSON values leaf by leaf, the scenario with what was set and assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planner.evaluate.files import Difference
from planner.scenario import Scenario

SUMMARY = "summary.json"


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit found: every difference, and how many cells and figures were compared."""

    differences: tuple[Difference, ...]
    checked: int


def compare(path: str, exported: Any, recounted: Any, file: str = SUMMARY) -> Iterator[Difference]:
    """Every leaf in which two JSON values differ; a key that only one of them has is a difference too."""
    if isinstance(exported, dict) and isinstance(recounted, dict):
        for key in [*recounted, *(key for key in exported if key not in recounted)]:
            where = f"{path}.{key}" if path else str(key)
            if key not in exported or key not in recounted:
                yield Difference(file, None, where, *(_word(side, key) for side in (exported, recounted)))
            else:
                yield from compare(where, exported[key], recounted[key], file)
    elif isinstance(exported, list) and isinstance(recounted, list) and len(exported) == len(recounted):
        for position, pair in enumerate(zip(exported, recounted, strict=True)):
            yield from compare(f"{path}[{position}]", *pair, file)
    elif exported != recounted or isinstance(exported, bool) is not isinstance(recounted, bool):
        yield Difference(file, None, path, repr(exported), repr(recounted))


def _word(side: Mapping[str, Any], key: str) -> str:
    return repr(side[key]) if key in side else "missing"


def scenario_differences(summary: Mapping[str, Any], scenario: Scenario, file: str = SUMMARY) -> Iterator[Difference]:
    """What was set must give the scenario in force, and every assumption in force must be listed as it is."""
    given = Scenario.from_mapping(summary["scenario_set"])
    yield from compare("scenario_set", given.model_dump(mode="json"), scenario.model_dump(mode="json"), file)
    in_force = scenario.model_dump(mode="json")
    listed = {entry["name"]: entry for entry in summary["assumptions"]}
    for name, _, default in given.assumptions():
        expected = {"unit": default.unit, "source": default.source, "confidence": default.confidence}
        entry = listed.get(name, {})
        yield from compare(f"assumptions.{name}", {key: entry.get(key) for key in expected}, expected, file)
    for name, entry in listed.items():
        yield from compare(f"assumptions.{name}.value", entry.get("value"), _at(in_force, name), file)


def _at(values: Any, dotted: str) -> Any:
    for key in dotted.split("."):
        values = values.get(key) if isinstance(values, dict) else None
    return values


def leaves(value: Any) -> int:
    """How many figures a JSON value holds."""
    if isinstance(value, dict | list):
        return sum(leaves(item) for item in (value.values() if isinstance(value, dict) else value))
    return 1


def one_line(error: BaseException) -> str:
    """An error as one line of a list."""
    return " | ".join(f"{type(error).__name__}: {error}".splitlines())

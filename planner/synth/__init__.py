"""Deterministic synthetic counties on real boundaries, names and codes; always labelled synthetic.

`build_synthetic_layers` makes villages' positions and residents, roads and candidate sites from the real
layers of a county; `write_county` writes the whole county folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.synth.layers import SyntheticLayers, build_synthetic_layers
    from planner.synth.real import RealLayers, read_real_layers
    from planner.synth.writing import county_files, write_county

__all__ = [
    "RealLayers", "SyntheticLayers", "build_synthetic_layers", "county_files", "read_real_layers", "write_county",
]  # fmt: skip

_HOME = {
    "RealLayers": "real", "read_real_layers": "real", "SyntheticLayers": "layers", "build_synthetic_layers": "layers",
    "county_files": "writing", "write_county": "writing",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load what is asked for only then: the makers need scipy and shapely."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)

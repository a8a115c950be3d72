"""Where counties and their files lie: names under ``data/geo``, and which paths a county may point to."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import planner
from planner.errors import UsageError

MANIFEST = "county.toml"
DATA_VARIABLE = "PLANNER_DATA"


def data_roots() -> tuple[Path, ...]:
    """Data folders in order of search: ``$PLANNER_DATA`` when set, then ``data/`` of the repository."""
    roots = []
    named = os.environ.get(DATA_VARIABLE)
    if named:
        roots.append(Path(named).expanduser().resolve())
    roots.append(Path(planner.__file__).resolve().parent.parent / "data")
    return tuple(roots)


def list_counties() -> tuple[str, ...]:
    """Names of the counties under ``data/geo``, sorted."""
    return tuple(sorted({path.parent.name for root in data_roots() for path in (root / "geo").glob(f"*/{MANIFEST}")}))


def county_folder(county: str | Path) -> Path:
    """The folder of ``county``, which is a folder or a name under ``data/geo``.

    A plain word is looked up as a name first. Raises UsageError naming the known counties.
    """
    text = str(county)
    if not isinstance(county, Path) and text and Path(text).name == text and text not in (".", ".."):
        for root in data_roots():
            if (root / "geo" / text / MANIFEST).is_file():
                return root / "geo" / text
    folder = Path(county).expanduser()
    if text and folder.is_dir():
        return folder.resolve()
    known = list_counties()
    near = difflib.get_close_matches(text, known, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    listed = ", ".join(known) or "none found"
    raise UsageError(f"county '{text}': no such folder, and no such name under data/geo; {hint}known names: {listed}")


def allowed(path: Path, folder: Path) -> bool:
    """Whether a county in ``folder`` may read ``path``: inside the folder, or inside its data tree.

    The data tree is a data root that holds the folder; for a folder ``X/geo/<name>`` also ``X/stations``.
    """
    path, folder = path.resolve(), folder.resolve()
    trees = [folder, *(root for root in data_roots() if folder.is_relative_to(root))]
    if folder.parent.name == "geo":
        trees.append(folder.parent.parent / "stations")
    return any(path.is_relative_to(tree) for tree in trees)

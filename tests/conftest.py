"""What several rooms' tests share: the demo county, read and solved once a session."""

import importlib.util
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session", autouse=True)
def _cache_in_a_scratch_folder(tmp_path_factory):
    """No test writes into the cache of the user who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def xunhua():
    from planner import read_county

    return read_county("xunhua")


@pytest.fixture(scope="session")
def xunhua_prepared(xunhua):
    from planner.pipeline import prepare

    return prepare(xunhua)


@pytest.fixture(scope="session")
def xunhua_plan(xunhua_prepared):
    """The demo county solved with every default."""
    from planner.pipeline import solve_prepared

    return solve_prepared(xunhua_prepared)


@pytest.fixture(scope="session")
def xunhua_result(xunhua_plan, tmp_path_factory):
    """The folder that `planner solve xunhua` writes."""
    directory = tmp_path_factory.mktemp("result") / "xunhua"
    xunhua_plan.write(directory)
    return directory


@pytest.fixture
def toy_county(tmp_path):
    """A county of three townships as texts that a test may spoil before it writes them: `tests/geodata/toy.py`."""
    name = "geodata_toy"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, REPOSITORY / "tests" / "geodata" / "toy.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].ToyCounty(tmp_path)

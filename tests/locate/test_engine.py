"""The linear relaxation by sifting gives the bound of the whole relaxation."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from planner.locate.engine import Deadline, MatrixModel, relax


def two_villages() -> MatrixModel:
    """Columns: two points that serve one village each, and the two villages, both to be covered."""
    return MatrixModel(
        csr_array(np.array([[1.0, 0, -1, 0], [0, 1, 0, -1]])),
        np.zeros(2), np.full(2, np.inf), np.array([0.0, 0, 1, 1]), np.ones(4),
        np.ones(4, dtype=bool), np.array([True, True, False, False]),
    )  # fmt: skip


@pytest.mark.parametrize("start", [[], [0], [0, 1], [0, 1, 2, 3]])
def test_a_column_that_must_be_1_counts_wherever_sifting_begins(start):
    objective = np.array([5.0, 7, 0, 0])
    relaxed = relax(
        two_villages(), objective, deadline=Deadline(None), allowed=np.arange(4), start=np.array(start, dtype=np.int64)
    )
    assert relaxed is not None
    assert relaxed.bound == pytest.approx(12)
    assert objective @ relaxed.values == pytest.approx(12)

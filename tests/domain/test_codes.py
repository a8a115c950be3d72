"""Division codes are text of fixed length, nested by prefix."""

import pytest

from planner.domain.codes import is_administrative_village, is_code, is_residents_committee, is_subdistrict


@pytest.mark.parametrize(
    "text", ["63022510020", "6302251002000", "63022510020x", "６３０２２５１００２００", "", "6.30E+11"]
)
def test_anything_but_exactly_twelve_ascii_digits_is_no_village_code(text):
    assert not is_code(text, 12)


def test_the_fourth_segment_tells_villages_from_residents_committees():
    assert is_administrative_village("630225100200")
    assert not is_administrative_village("630225100003")
    assert is_residents_committee("630225100003")
    assert not is_residents_committee("630225100200")


def test_the_third_segment_tells_subdistricts_from_towns():
    assert is_subdistrict("510104017")
    assert not is_subdistrict("630225100")

"""The checked-in pictures are those that are drawn today."""

import pytest

from tools.generate_pictures import FOLDER, pictures

DRAWN = pictures()


@pytest.mark.parametrize("name", DRAWN)
def test_the_picture_is_up_to_date(name):
    checked_in = (FOLDER / name).read_text(encoding="utf-8")
    assert checked_in == DRAWN[name], "run `make docs`"


def test_no_picture_is_left_over():
    assert {path.name for path in FOLDER.iterdir()} == DRAWN.keys()

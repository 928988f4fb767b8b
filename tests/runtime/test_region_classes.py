"""Which classes make which region."""

from __future__ import annotations

import pytest

from tinystyle.errors import OptionError
from tinystyle.runtime.region_classes import assign, default_classes, parse_classes


def test_what_a_text_says() -> None:
    found = parse_classes("person=15, animal=8+12 ,background=*")
    assert found == {"person": (15,), "animal": (8, 12), "background": None}
    assert parse_classes("#ff0000=1") == {"#ff0000": (1,)}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "'' is not NAME=CLASS"),
        ("person", "'person' is not NAME=CLASS"),
        ("=1", "'=1' is not"),
        ("a=", "'a=' is not"),
        ("a=-1", "'a=-1' is not"),
        ("a=1+*", "is not"),
        ("a=cat", "'a=cat' is not"),
        ("a=12345678", "is not"),
        ("a=1,a=2", "region a is given twice"),
        ("a=*,b=*", r"\* is given twice"),
    ],
)
def test_texts_that_say_nothing(text: str, reason: str) -> None:
    with pytest.raises(OptionError, match=reason):
        parse_classes(text)


def test_the_default_is_the_order_but_for_the_background() -> None:
    assert default_classes(("0", "1", "2")) == {"0": (0,), "1": (1,), "2": (2,)}
    assert default_classes(("person", "background")) == {"person": (1,), "background": (0,)}


@pytest.mark.parametrize(
    ("text", "classes", "reason"),
    [
        (None, 21, r'has 21 classes, the network 2 regions \(sky, rest\); .* "sky=1,rest=\*"'),
        ("sky=1,sea=*", 3, "there is no region sea; the network has sky, rest"),
        ("sky=1,2=0", 2, "there is no region 2"),
        ("sky=1", 3, "region rest has no class"),
        ("sky=1,rest=1", 2, "class 1 is in two regions"),
        ("sky=7,rest=*", 3, "class 7; seg has 0 to 2"),
        ("sky=1,rest=0", 3, "1 of 3 classes of seg have no region"),
        ("sky=0+1,rest=*", 2, "no class of seg is left for region rest"),
    ],
)
def test_classes_that_do_not_fit(text: str | None, classes: int, reason: str) -> None:
    given = None if text is None else parse_classes(text)
    with pytest.raises(OptionError, match=reason):
        assign(given, ("sky", "rest"), classes, "seg")


def test_regions_by_number_and_classes_that_are_not_known() -> None:
    found = assign(parse_classes("0=3,1=*"), ("sky", "rest"), None, "seg")
    assert [found.region(number) for number in (0, 3, 99)] == [1, 0, 1]
    found = assign(None, ("sky", "rest"), None, "seg")
    assert [found.region(number) for number in (0, 1, 2)] == [0, 1, None]

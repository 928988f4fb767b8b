"""HTML and SVG as trees: what is written is escaped by the standard library, never by hand."""

from __future__ import annotations

from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

from tinystyle.benchmarks.latency.case import printable

__all__ = ["Content", "Element", "node", "render"]

Content: TypeAlias = "Element | str"


def node(tag: str, *content: Content, **attributes: object) -> Element:
    """An element. Attributes of None are left out; ``class_`` and ``font_size`` lose underscores.

    Characters that would not show become question marks: names of files are anybody's.
    """
    made = Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), _shown(_number(value)))
    last: Element | None = None
    for part in content:
        if isinstance(part, Element):
            made.append(part)
            last = part
        elif last is None:
            made.text = (made.text or "") + _shown(part)
        else:
            last.tail = (last.tail or "") + _shown(part)
    return made


def render(root: Element) -> str:
    """A whole HTML document."""
    return f"<!DOCTYPE html>\n{tostring(root, encoding='unicode', method='html')}\n"


def _number(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _shown(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))

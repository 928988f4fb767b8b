"""The engine of clusters, on one that is started here."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow")
ray = pytest.importorskip("ray", reason="ray is not installed (the extra [ray])")
pytest.importorskip("ray.data")

from tinystyle.catalogue.build import BuildOptions, build
from tinystyle.catalogue.exporter import StyleExporter
from tinystyle.catalogue.parts import part_path

pytestmark = pytest.mark.slow


def test_ray_makes_the_same_catalogue(artworks: Path, folder: Path, tmp_path: Path) -> None:
    built = build(artworks, tmp_path, BuildOptions(engine="ray", workers=2, rows_per_part=3))
    assert (built.made, built.errors) == (8, 2)
    for part in range(3):
        assert part_path(tmp_path, part).read_bytes() == part_path(folder, part).read_bytes()
    assert build(artworks, tmp_path, BuildOptions(engine="ray", rows_per_part=3)).made == 0


def test_ray_data_takes_the_exporter_itself(artworks: Path) -> None:
    picture = (artworks / "a.png").read_bytes()
    ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False)
    try:
        data = ray.data.from_items(
            [{"image": picture, "title": "a"}, {"image": b"x", "title": "b"}]
        )
        rows = data.map_batches(StyleExporter, concurrency=1).take_all()
    finally:
        ray.shutdown()
    made = {row["title"]: row for row in rows}
    assert made["a"]["code"] == StyleExporter()({"image": [picture]})["code"][0]
    assert made["b"]["error"] is not None

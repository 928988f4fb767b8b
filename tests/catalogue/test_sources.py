"""Where artworks come from."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

from tinystyle.catalogue.sources import open_source
from tinystyle.errors import OptionError, PictureError


def _tar(path: Path, members: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def test_a_folder_with_those_in_it(artworks: Path) -> None:
    source = open_source(artworks)
    names = "a.png b.png c.png dutch/d.png e.png f.png text.jpg torn.png"
    found = source.read(0, len(source))
    assert [artwork.id for artwork in found] == names.split()
    assert found[3].columns == {"licence": "CC BY"} and found[1].columns == {}
    assert found[0].picture == (artworks / "a.png").read_bytes()
    assert source.read(6, 99) == found[6:]


def test_shards_with_words_beside_pictures(tmp_path: Path) -> None:
    _tar(tmp_path / "1.tar", {"x.jpg": b"one", "x.json": b'{"licence": "CC0", "year": 1889}'})
    _tar(tmp_path / "2.tar", {"x.jpg": b"two", ".hidden.jpg": b"", "y.json": b"no json"})
    source = open_source(tmp_path)
    assert [artwork.id for artwork in source.read(0, 9)] == ["1.tar/x.jpg", "2.tar/x.jpg"]
    first, second = source.read(0, 2)
    assert (first.picture, second.picture) == (b"one", b"two")
    assert first.columns == {"licence": "CC0", "year": "1889"} and second.columns == {}
    assert len(open_source(tmp_path / "2.tar")) == 1


def test_parquet_in_row_groups(tmp_path: Path) -> None:
    pictures = [{"bytes": bytes([k]), "path": f"{k}.jpg"} for k in range(5)]
    table = pa.table({"image": pictures, "id": list("abcde"), "year": range(5)})
    pq.write_table(table, tmp_path / "1.parquet", row_group_size=2)
    pq.write_table(pa.table({"image": [b"x", None]}), tmp_path / "2.parquet")
    source = open_source(tmp_path)
    found = source.read(0, len(source))
    assert [artwork.id for artwork in found] == [*"abcde", "2.parquet#0", "2.parquet#1"]
    assert [artwork.picture for artwork in found[:5]] == [bytes([k]) for k in range(5)]
    assert found[6].picture is None and found[2].columns == {"year": "2"}
    assert source.read(3, 6) == found[3:6]


def test_what_is_no_source_is_named(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="no such"):
        open_source(tmp_path / "nowhere")
    with pytest.raises(PictureError, match="no picture in it"):
        open_source(tmp_path)
    (tmp_path / "torn.tar").write_bytes(b"x" * 700)
    with pytest.raises(PictureError, match="not a whole tar file"):
        open_source(tmp_path)
    (tmp_path / "torn.tar").unlink()
    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    with pytest.raises(PictureError, match="not a Parquet file"):
        open_source(tmp_path)
    pq.write_table(pa.table({"year": [1]}), tmp_path / "bad.parquet")
    with pytest.raises(PictureError, match="no column of pictures"):
        open_source(tmp_path)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(PictureError, match="none of a folder"):
        open_source(tmp_path / "notes.txt")


def test_metadata_without_file_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    (tmp_path / "metadata.csv").write_text("name,licence\na.png,CC0\n")
    with pytest.raises(OptionError, match="file_name"):
        open_source(tmp_path)


def test_a_set_that_datasets_has_saved(tmp_path: Path, artworks: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = {"image": [str(artworks / "a.png"), str(artworks / "b.png")], "title": ["a", "b"]}
    features = datasets.Features({"image": datasets.Image(), "title": datasets.Value("string")})
    datasets.Dataset.from_dict(rows, features=features).save_to_disk(str(tmp_path / "set"))
    found = open_source(tmp_path / "set").read(0, 2)
    assert [artwork.columns["title"] for artwork in found] == ["a", "b"]
    assert found[1].picture == (artworks / "b.png").read_bytes()

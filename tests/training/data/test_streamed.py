"""Pictures streamed from tar shards: all of them, in random order, exactly continued."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")

from tinystyle.errors import OptionError, PictureError
from tinystyle.training.data import shard_index
from tinystyle.training.data.in_memory import PhotographSampler
from tinystyle.training.data.shard_index import ShardIndex, ShardOrder
from tinystyle.training.data.streamed import StreamedPictures, read_some


def write_shards(
    folder: Path, sizes: list[int], spoilt: frozenset[int] = frozenset()
) -> list[Path]:
    """Pictures of one colour each, by which they are told apart: 1, 2, 3 … of 255."""
    folder.mkdir(exist_ok=True)
    shards, value = [], 0
    for number, size in enumerate(sizes):
        shards.append(folder / f"{number}.tar")
        with tarfile.open(shards[-1], "w") as archive:
            for _ in range(size):
                value += 1
                stream = io.BytesIO()
                Image.new("RGB", (40 + value, 40), (value, value, value)).save(stream, "PNG")
                data = b"spoilt" if value in spoilt else stream.getvalue()
                for name, content in ((f"{value:04}.png", data), (f"{value:04}.json", b"{}")):
                    entry = tarfile.TarInfo(name)
                    entry.size = len(content)
                    archive.addfile(entry, io.BytesIO(content))
    return shards


def _numbers(order: ShardOrder, first: int, last: int) -> list[int]:
    places = [order.place(n) for n in range(first, last)]
    return [int(order.window(time, window)[place]) for time, window, place in places]


def test_each_time_every_picture_comes_once(tmp_path: Path) -> None:
    index = ShardIndex.read(write_shards(tmp_path, [5, 0, 9, 3, 7]))
    assert len(index) == 24
    order = ShardOrder(index, 4, seed=1)
    times = [_numbers(order, 24 * k, 24 * (k + 1)) for k in range(3)]
    assert all(sorted(each) == list(range(24)) for each in times)
    assert times[0] != times[1] != times[2]
    assert times == [_numbers(ShardOrder(index, 4, seed=1), 24 * k, 24 * k + 24) for k in range(3)]
    assert times[0] != _numbers(ShardOrder(index, 4, seed=2), 0, 24)
    # From any place, without what came before.
    assert _numbers(ShardOrder(index, 4, seed=1), 60, 72) == times[2][12:]
    # A window that holds all shuffles all.
    assert sorted(_numbers(ShardOrder(index, 100, seed=1), 24, 48)) == list(range(24))


def test_processes_share_the_shards_out(tmp_path: Path) -> None:
    index = ShardIndex.read(write_shards(tmp_path, [6, 6, 6, 6, 6, 6]))
    for time in range(4):
        seen: list[set[int]] = []
        for rank in range(3):
            mine = _numbers(ShardOrder(index, 5, 0, rank=rank, world=3), 12 * time, 12 * time + 12)
            shards = {int(index.shard_of[picture]) for picture in mine}
            assert len(shards) == 2 and len(set(mine)) == 12
            seen.append(set(mine))
        assert set.union(*seen) == set(range(36))
    with pytest.raises(OptionError, match="6 shards with pictures for 7 processes"):
        ShardOrder(index, 5, 0, rank=0, world=7)


@pytest.mark.parametrize("threads", [0, 2])
def test_a_shard_is_read_once_from_front_to_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    index = ShardIndex.read(write_shards(tmp_path, [20, 20, 20]))
    read: list[int] = []
    load = ShardIndex.load

    def watched(self: ShardIndex, picture: int) -> bytes:
        read.append(picture)
        return load(self, picture)

    monkeypatch.setattr(ShardIndex, "load", watched)
    dataset = StreamedPictures(index, ShardOrder(index, 5, 0), 40, threads=threads)
    values = []
    for _ in range(60):
        number = dataset.place(dataset.ticket(0.5))
        picture = dataset.cut(number, 0, 0, 40, 40)
        values.append(round(float(picture.mean()) * 255))
        assert dataset.shape(number) == (40, 40 + values[-1])
        assert dataset.files_held <= 10  # two windows
    assert sorted(values) == list(range(1, 61))
    assert values != sorted(values)
    first = read[:60]
    assert sorted(first) == list(range(60))
    for top in range(0, 60, 20):  # one shard after the other
        assert first[top : top + 20] == sorted(first[top : top + 20])


def test_what_has_passed_can_be_had_again(tmp_path: Path) -> None:
    index = ShardIndex.read(write_shards(tmp_path, [30, 30]))
    dataset = StreamedPictures(index, ShardOrder(index, 5, 0), 40)
    wanted = [dataset.middle(dataset.place(dataset.ticket(0.0)), 40).clone() for _ in range(100)]
    again = StreamedPictures(index, ShardOrder(index, 5, 0), 40)
    again.restore(dataset.state())
    for number in (99, 3, 50, 7):
        assert torch.equal(again.middle(number, 40), wanted[number])
    number = again.place(again.ticket(0.0))
    assert number == 100 and torch.equal(again.middle(100, 40), dataset.middle(100, 40))


def test_spoilt_pictures_are_passed_over_the_same_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = frozenset({2, 3, 11})
    index = ShardIndex.read(write_shards(tmp_path, [8, 8], spoilt))
    seen = []
    for _ in range(2):
        dataset = StreamedPictures(index, ShardOrder(index, 4, 0), 40)
        pictures = [dataset.middle(dataset.place(dataset.ticket(0.0)), 40) for _ in range(16)]
        seen.append([round(float(picture.mean()) * 255) for picture in pictures])
    assert seen[0] == seen[1]
    assert set(seen[0]) == set(range(1, 17)) - spoilt
    assert "passed over: " in capsys.readouterr().err
    assert len(read_some(index, [0, 1, 2, 3], 40)) == 2
    with pytest.raises(PictureError, match="no picture to show"):
        read_some(index, [1, 2], 40)
    index = ShardIndex.read(write_shards(tmp_path / "all", [8], frozenset(range(1, 9))))
    dataset = StreamedPictures(index, ShardOrder(index, 4, 0), 40)
    with pytest.raises(PictureError, match="none of 4 pictures"):
        dataset.middle(0, 40)


def test_the_index_is_kept_until_a_shard_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shards = write_shards(tmp_path, [3, 4])
    cache = tmp_path / "index.safetensors"
    first = ShardIndex.read(shards, cache)
    calls: list[Path] = []
    places = shard_index._places

    def counted(shard: Path) -> list[tuple[int, int]]:
        calls.append(shard)
        return places(shard)

    monkeypatch.setattr(shard_index, "_places", counted)
    again = ShardIndex.read(shards, cache)
    assert not calls and np.array_equal(again.offsets, first.offsets) and len(again) == 7
    write_shards(tmp_path, [3, 5])
    assert len(ShardIndex.read(shards, cache)) == 8 and len(calls) == 2
    cache.write_bytes(b"something else")
    assert len(ShardIndex.read(shards, cache)) == 8


def test_held_out_are_others(tmp_path: Path) -> None:
    index = ShardIndex.read(write_shards(tmp_path, [10, 10]))
    left, chosen = index.apart(4, "artworks")
    assert chosen == [2, 8, 12, 18] and len(left) == 16
    shown = [int(picture[0, 0, 0]) for picture in read_some(index, chosen, 40)]
    assert shown == [value + 1 for value in chosen]
    dataset = StreamedPictures(left, ShardOrder(left, 4, 0), 40)
    values = {round(float(dataset.middle(n, 40).mean()) * 255) for n in range(16)}
    assert values == set(range(1, 21)) - set(shown)
    with pytest.raises(OptionError, match="held out are 20 artworks; there are 20"):
        index.apart(20, "artworks")


def test_what_cannot_be_streamed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"only \.tar files can be streamed"):
        ShardIndex.read([tmp_path])
    (tmp_path / "no.tar").write_bytes(b"x" * 3000)
    with pytest.raises(PictureError, match="not a readable tar"):
        ShardIndex.read([tmp_path / "no.tar"])
    with pytest.raises(PictureError, match="no picture in"):
        ShardIndex.read(write_shards(tmp_path / "empty", [0]))


def test_the_next_frame_shows_the_same_photographs(tmp_path: Path) -> None:
    index = ShardIndex.read(write_shards(tmp_path, [30]))
    dataset = StreamedPictures(index, ShardOrder(index, 5, 0), 40)
    sampler = PhotographSampler(dataset, 32, seed=0)
    crops = sampler(4)
    values = (255 * crops.mean(dim=(1, 2, 3))).round()
    frames = (255 * sampler.next_frame().mean(dim=(1, 2, 3))).round()
    assert len(set(values.tolist())) == 4
    assert (values - frames).abs().max() <= 2  # noise lies over them
    assert dataset.state()["next"] == 4

"""A batch that threads share has the gradients of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor

from tinystyle.training.cpu.threads import Loss, parts_of, shared_gradients


@pytest.fixture
def threads() -> Iterator[Callable[[int], None]]:
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


CPU = torch.device("cpu")


def _parts(image: Tensor) -> tuple[Tensor, ...]:
    return image.chunk(parts_of(len(image), CPU))


def _loss_with(weight: Tensor, seen: list[tuple[int, int]]) -> Loss[Tensor]:
    def loss(image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        seen.append((len(image), torch.get_num_threads()))
        error = (image * weight - image.square()).square().mean()
        size = weight.square().sum()
        return error + 0.1 * size, {"error": error, "size": size}

    return loss


@pytest.mark.parametrize(
    ("count", "sizes", "each"),
    [(1, [4], 1), (2, [2, 2], 1), (3, [2, 2], 1), (4, [1] * 4, 1), (8, [1] * 4, 2)],
)
def test_gradients_are_those_of_the_whole_batch(
    threads: Callable[[int], None], count: int, sizes: list[int], each: int
) -> None:
    threads(count)
    torch.manual_seed(0)
    image = torch.rand(4, 3, 5, 5)
    weight = torch.rand(3, 1, 1, requires_grad=True)
    whole: Tensor = (image * weight - image.square()).square().mean()
    whole = whole + 0.1 * weight.square().sum()
    (wanted,) = torch.autograd.grad(whole, weight)
    seen: list[tuple[int, int]] = []
    with shared_gradients(_loss_with(weight, seen), [weight], 4) as gradients:
        loss, parts = gradients(_parts(image))
    assert torch.allclose(weight.grad, wanted, atol=1e-6)
    assert loss == pytest.approx(whole.item(), abs=1e-6)
    assert parts["error"] + 0.1 * parts["size"] == pytest.approx(loss, abs=1e-6)
    assert seen == [(size, each) for size in sizes]
    assert torch.get_num_threads() == count


@pytest.mark.parametrize(("count", "batch", "sizes"), [(1, 16, [4] * 4), (2, 12, [3] * 4)])
def test_parts_of_a_large_batch_are_small(
    threads: Callable[[int], None], count: int, batch: int, sizes: list[int]
) -> None:
    threads(count)
    torch.manual_seed(0)
    image = torch.rand(batch, 3, 5, 5)
    weight = torch.rand(3, 1, 1, requires_grad=True)
    seen: list[tuple[int, int]] = []
    loss = _loss_with(weight, seen)
    (wanted,) = torch.autograd.grad(loss(image)[0], weight)
    seen.clear()
    with shared_gradients(loss, [weight], batch) as gradients:
        gradients(_parts(image))
    assert [size for size, _ in seen] == sizes
    assert torch.allclose(weight.grad, wanted, atol=1e-6)


def test_an_error_in_a_part_reaches_the_caller(threads: Callable[[int], None]) -> None:
    threads(2)

    def fails(image: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        raise ZeroDivisionError

    weight = torch.zeros(1, requires_grad=True)
    with (
        pytest.raises(ZeroDivisionError),
        shared_gradients(fails, [weight], 2) as gradients,
    ):
        gradients(_parts(torch.zeros(2, 3, 4, 4)))
    assert torch.get_num_threads() == 2


def test_another_device_has_the_batch_whole(threads: Callable[[int], None]) -> None:
    threads(4)
    assert parts_of(24, torch.device("meta")) == 1
    assert parts_of(24, CPU) == 8

"""What a saved CoreML package computes, by numpy: proof of the file where CoreML does not run.

Knows MIL operations by their published definitions, and nothing of :mod:`tinystyle.network.ops`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tinystyle.errors import ModelError, OptionError
from tinystyle.export.coreml import layers
from tinystyle.export.coreml.layers import Inputs, widened
from tinystyle.export.coreml.package import Array, Operation, Package, read_package
from tinystyle.export.progress import Seen, unseen

__all__ = ["evaluate"]


def evaluate(
    path: Path,
    image: NDArray[np.uint8],
    seen: Seen = unseen,
    mask: NDArray[np.uint8] | None = None,
) -> NDArray[np.float32]:
    """The picture that the package makes, ``(H, W, 3)``, 0..255, before it is rounded to bytes.

    ``image`` is RGB ``(H, W, 3)``, ``mask`` are labels ``(H, W)``, for a package that takes them
    and for no other. Results that the program declares as half precision are rounded
    to it after every operation; within one, sums and statistics are kept in double precision.
    ``seen`` is told of the picture's pixels, each share of them after the operation that took it.
    Raises OptionError for a picture or mask that the package does not take, ModelError for a
    package that is damaged or has an operation unknown here.
    """
    package = read_package(path)
    shape, dtype = image.shape, image.dtype
    if len(shape) != 3 or shape[2] != 3 or dtype != np.uint8 or not package.takes(*shape[:2]):
        raise OptionError(f"{path}: takes no picture {shape} of {dtype}")
    _require_mask(path, package, image, mask)
    tensors: dict[str, Array] = {
        **{name: widened(value) for name, value in package.constants.items()},
        package.input_name: image.transpose(2, 0, 1)[None].astype(np.float32),
    }
    if mask is not None and package.mask_name is not None:
        tensors[package.mask_name] = mask[None, None].astype(np.float32)
    costs = {o.output: _cost(o, package.constants) for o in package.operations}
    each = shape[0] * shape[1] / (sum(costs.values()) or 1)
    for operation in package.operations:
        try:
            with np.errstate(all="ignore"):  # infinite and undefined numbers are results, too
                result = _rounded(_compute(operation, tensors), operation)
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error
        except (ArithmeticError, LookupError, MemoryError, TypeError, ValueError) as error:
            raise ModelError(
                f"{path}: {operation.kind} {operation.output!r} cannot be computed ({error})"
            ) from error
        tensors[operation.output] = result
        seen(costs[operation.output] * each)
    made = tensors.get(package.output_name)
    if made is None or made.shape != (1, 3, *shape[:2]):
        raise ModelError(f"{path}: makes no picture of the size {shape[:2]}")
    return np.ascontiguousarray(made[0].transpose(1, 2, 0), np.float32)


def _require_mask(
    path: Path, package: Package, image: NDArray[np.uint8], mask: NDArray[np.uint8] | None
) -> None:
    if (mask is not None) != (package.mask_name is not None):
        said = "takes a mask, and none is given" if mask is None else "takes no mask"
        raise OptionError(f"{path}: {said}")
    if mask is not None and (mask.shape != image.shape[:2] or mask.dtype != np.uint8):
        raise OptionError(
            f"{path}: takes no mask {mask.shape} of {mask.dtype}; needed is {image.shape[:2]} of "
            "uint8"
        )


def _cost(operation: Operation, constants: Mapping[str, Array]) -> float:
    """What it takes in multiplications, where its size is known; else every kernel as much."""
    if not operation.kind.startswith("conv"):
        return 0.0
    pixels = [size or 1 for size in operation.output_kind.shape[2:]]
    (weight,) = operation.inputs.get("weight", (np.empty(0),))
    taps = constants.get(weight, np.empty(0)) if isinstance(weight, str) else weight
    return float(taps.size * np.prod(pixels))


def _rounded(value: Array, operation: Operation) -> Array:
    """As the type declared holds it. ModelError where the shape declared is another one."""
    kind = operation.output_kind
    if not value.size:
        raise ModelError(f"{operation.kind} {operation.output!r} makes an empty tensor")
    if len(kind.shape) != value.ndim or any(
        declared not in (None, size) for declared, size in zip(kind.shape, value.shape, strict=True)
    ):
        raise ModelError(
            f"{operation.kind} {operation.output!r} is declared as {kind.shape}, but makes "
            f"{value.shape}"
        )
    match kind.dtype:
        case "FLOAT16":
            return value.astype(np.float16).astype(np.float32)
        case "FLOAT32":
            return value.astype(np.float32)
        case "INT32":
            return value.astype(np.int32)
        case other:
            raise ModelError(f"{operation.output!r} is of type {other}, which is not known here")


def _compute(operation: Operation, tensors: Mapping[str, Array]) -> Array:
    inputs = Inputs(operation, tensors)
    match operation.kind:
        case "cast":
            return inputs["x"]
        case "add":
            return inputs["x"] + inputs["y"]
        case "sub":
            return inputs["x"] - inputs["y"]
        case "mul":
            return inputs["x"] * inputs["y"]
        case "real_div":
            return inputs["x"] / inputs["y"]
        case "minimum":
            return np.minimum(inputs["x"], inputs["y"])
        case "maximum":
            return np.maximum(inputs["x"], inputs["y"])
        case "abs":
            return np.abs(inputs["x"])
        case "sqrt":
            return np.sqrt(inputs["x"])
        case "matmul":
            return layers.matmul(inputs)
        case "reduce_mean" | "reduce_sum":
            return layers.reduced(inputs, mean=operation.kind == "reduce_mean")
        case "reshape":
            return inputs["x"].reshape(inputs.integers("shape", ()))
        case "reduce_argmax":
            axis = int(inputs["axis"].item())
            found: Array = inputs["x"].argmax(axis=axis)
            return np.expand_dims(found, axis) if inputs["keep_dims"].item() else found
        case "gather":
            axis, indices = int(inputs["axis"].item()), inputs["indices"].astype(np.int64)
            return layers.gather(inputs["x"], indices, axis)
        case "transpose":
            return inputs["x"].transpose(inputs.integers("perm", ()))
        case "expand_dims":
            return np.expand_dims(inputs["x"], tuple(inputs.integers("axes", ())))
        case "max_pool" | "avg_pool":
            return layers.pool(inputs, largest=operation.kind == "max_pool")
        case "relu":
            return np.maximum(inputs["x"], np.float32(0.0))
        case "sigmoid":
            return np.float32(1.0) / (np.float32(1.0) + np.exp(-inputs["x"]))
        case "clip":
            return np.minimum(np.maximum(inputs["x"], inputs["alpha"]), inputs["beta"])
        case "conv":
            return layers.conv(inputs)
        case "conv_transpose":
            return layers.conv_transpose(inputs)
        case "pad":
            return layers.pad(inputs)
        case "instance_norm":
            return layers.instance_norm(inputs)
        case "upsample_nearest_neighbor":
            tall, wide = (inputs[f"scale_factor_{k}"].item() for k in ("height", "width"))
            if tall != int(tall) or wide != int(wide):
                raise ModelError(f"upsampling by {tall} and {wide} is not known here")
            layers.check_size(inputs["x"].size, tall, wide)
            return inputs["x"].repeat(int(tall), axis=-2).repeat(int(wide), axis=-1)
        case "pixel_shuffle":
            return layers.pixel_shuffle(inputs["x"], int(inputs["upscale_factor"].item()))
        case "slice_by_index":
            return layers.slice_by_index(inputs)
        case "concat":
            return np.concatenate(inputs.all("values"), axis=int(inputs["axis"].item()))
        case "shape":
            return np.array(inputs["x"].shape, np.int32)
        case other:
            raise ModelError(f"operation {other!r} is not known here")

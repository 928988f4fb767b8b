"""Paints pictures by another engine. A program of its own: it runs in that engine's environment.

usage: python client.py ENGINE MODEL INPUT.npz OUTPUT.npz

ENGINE is one of the functions below. INPUT holds pictures ``(1, 3, H, W)``, float32, 0..1, by name;
OUTPUT what the engine makes of them, and its version. Nothing but numpy and the engine is needed.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

Pictures = Mapping[str, Any]


def onnxruntime(model: str, pictures: Pictures) -> Pictures:
    """Also an older one."""
    import onnxruntime as engine

    session = engine.InferenceSession(model, providers=["CPUExecutionProvider"])
    return {name: session.run(None, {"image": p})[0] for name, p in pictures.items()}


def opencv(model: str, pictures: Pictures) -> Pictures:
    """Versions 4 and 5 have two readers and two engines."""
    import cv2

    net = cv2.dnn.readNetFromONNX(model)
    found = {}
    for name, picture in pictures.items():
        net.setInput(picture)
        found[name] = net.forward().copy()
    return found


def openvino(model: str, pictures: Pictures) -> Pictures:
    """In float32, also where the processor has bfloat16."""
    import openvino as engine

    core = engine.Core()
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(core.read_model(model), "CPU", options)
    return {name: compiled(picture)[0] for name, picture in pictures.items()}


def mnn(model: str, pictures: Pictures) -> Pictures:
    """Converted first."""
    from MNN import expr, nn

    converted = f"{model}.mnn"
    tool = Path(sys.executable).with_name("mnnconvert")
    command = [str(tool), "-f", "ONNX", "--modelFile", model, "--MNNModel", converted]
    subprocess.run([*command, "--bizCode", "x"], check=True, capture_output=True)
    found = {}
    for name, picture in pictures.items():
        net = nn.load_module_from_file(converted, ["image"], ["stylized"])
        entry = expr.placeholder(list(picture.shape), expr.NCHW)
        entry.write(np.ascontiguousarray(picture))
        result = expr.convert(net.forward([entry])[0], expr.NCHW)
        found[name] = np.array(result.read()).reshape(picture.shape)
    return found


def ncnn(model: str, pictures: Pictures) -> Pictures:
    """Converted by pnnx first, for one size."""
    import ncnn as engine

    shape = ",".join(map(str, next(iter(pictures.values())).shape))
    tool = Path(sys.executable).with_name("pnnx")
    command = [str(tool), model, f"inputshape=[{shape}]", "fp16=0"]
    subprocess.run(command, check=True, capture_output=True, cwd=Path(model).parent)
    stem = str(Path(model).with_suffix(""))
    net = engine.Net()
    net.opt.use_vulkan_compute = False
    # Its own choice, and that of pnnx, is half precision: 2 of 255 off.
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = False
    if net.load_param(f"{stem}.ncnn.param") or net.load_model(f"{stem}.ncnn.bin"):
        raise RuntimeError("ncnn does not load what pnnx made")
    found = {}
    for name, picture in pictures.items():
        extractor = net.create_extractor()
        plane = np.ascontiguousarray(picture[0])  # Mat does not keep it alive
        extractor.input("in0", engine.Mat(plane).clone())
        found[name] = np.array(extractor.extract("out0")[1]).copy()[None]
    return found


def onnx2torch(model: str, pictures: Pictures) -> Pictures:
    """The usual way to other tools of torch."""
    import types

    # It asks for operators of torchvision, which networks of ours have none of.
    vision, ops = types.ModuleType("torchvision"), types.ModuleType("torchvision.ops")
    ops.__dict__.update(nms=None, batched_nms=None, roi_align=None)
    vision.__dict__.update(ops=ops, __path__=[])
    sys.modules.update({"torchvision": vision, "torchvision.ops": ops})
    import torch
    from onnx2torch import convert

    net = convert(model).eval()
    with torch.no_grad():
        return {name: net(torch.from_numpy(p)).numpy() for name, p in pictures.items()}


def tract(model: str, pictures: Pictures) -> Pictures:
    """An engine in Rust."""
    import tract as engine

    net = engine.onnx().load(model).into_model().into_runnable()
    return {name: net.run([p])[0].to_numpy() for name, p in pictures.items()}


def litert(model: str, pictures: Pictures) -> Pictures:
    """Converted by onnx2tf, which turns pictures ``(N, H, W, C)``."""
    from ai_edge_litert.interpreter import Interpreter

    folder, programs = Path(model).parent, Path(sys.executable).parent
    # Pictures that onnx2tf compares its layers on; without this file it fetches some.
    noise = np.random.default_rng(0).random((20, 128, 128, 3), np.float32)
    np.save(folder / "calibration_image_sample_data_20x128x128x3_float32.npy", noise)
    shape = ",".join(map(str, next(iter(pictures.values())).shape))
    # It starts onnxsim by its bare name, and without it goes on with what was not simplified.
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [str(programs / "onnx2tf"), "-i", model, "-o", str(folder / "tf")]
    command += ["-ois", f"image:{shape}", "-n"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, env=environment)
    net = Interpreter(model_path=str(folder / "tf" / f"{Path(model).stem}_float32.tflite"))
    net.allocate_tensors()
    (entry,), (result,) = net.get_input_details(), net.get_output_details()
    found = {}
    for name, picture in pictures.items():
        net.set_tensor(entry["index"], np.ascontiguousarray(picture.transpose(0, 2, 3, 1)))
        net.invoke()
        found[name] = net.get_tensor(result["index"]).transpose(0, 3, 1, 2)
    return found


def tvm(model: str, pictures: Pictures) -> Pictures:
    """Compiled for this processor, for one size."""
    import onnx
    import tvm as engine
    from tvm.relax.frontend.onnx import from_onnx

    shape = list(next(iter(pictures.values())).shape)
    module = from_onnx(onnx.load(model), shape_dict={"image": shape})
    net = engine.relax.VirtualMachine(engine.compile(module, target="llvm"), engine.cpu())
    return {name: net["main"](engine.runtime.tensor(p)).numpy() for name, p in pictures.items()}


_VERSIONS = {
    "opencv": "opencv-python-headless",
    "mnn": "MNN",
    "litert": "onnx2tf",
    "tvm": "apache-tvm",
}


def _main() -> None:
    engine, model, source, target = sys.argv[1:5]
    with np.load(source) as archive:
        pictures = {name: archive[name] for name in archive.files}
    painted = globals()[engine](model, pictures)
    version = importlib.metadata.version(_VERSIONS.get(engine, engine))
    np.savez(target, version=np.array(version), **painted)


if __name__ == "__main__":
    _main()

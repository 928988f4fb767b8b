"""Running exported networks with onnxruntime."""

"""Other engines than onnxruntime."""

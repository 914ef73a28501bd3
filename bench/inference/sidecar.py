"""The service a bot would ask instead of computing itself: `python sidecar.py MODEL_DIR native|onnxruntime`.

Prints the port it listens on. Rows come and probabilities go as JSON, without the validation a careful service would add.
"""

from __future__ import annotations

import json
import pickle
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import uvicorn
from fastapi import FastAPI, Request, Response


def onnxruntime_model(directory: Path) -> Callable[[np.ndarray], np.ndarray]:
    """onnxruntime on one thread; final probabilities."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    graph = str(directory / "ensemble.onnx")
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(["probability"], {"features": x})[0][:, 0]


def native_model(directory: Path) -> Callable[[np.ndarray], np.ndarray]:
    """The fitted libraries themselves, one thread each."""
    stack = pickle.loads((directory / "stack.pickle").read_bytes())
    return lambda x: stack.probabilities(x)[0]


MODELS = {"native": native_model, "onnxruntime": onnxruntime_model}


def service(model: Callable[[np.ndarray], np.ndarray]) -> FastAPI:
    app = FastAPI()

    @app.post("/forecast")
    async def forecast(request: Request) -> Response:
        # A null is a missing value: NumPy reads None as NaN.
        x = np.array(json.loads(await request.body()), dtype=np.float32)
        return Response(json.dumps(model(x).tolist()), media_type="application/json")

    return app


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    # Without it each answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    app = service(MODELS[sys.argv[2]](Path(sys.argv[1])))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])

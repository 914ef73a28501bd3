"""Training of the ensemble: rows made by `oddsmith features` in, one ONNX graph with its papers out."""

import os

# Before any numeric library is loaded: spinning OpenMP threads took a trial run from 3 to over 10 minutes.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"

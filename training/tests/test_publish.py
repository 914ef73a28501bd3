"""A model directory appears as a whole or not at all."""

import pytest

from oddsmith_training import publish as module
from oddsmith_training.publish import publish
from oddsmith_training.rows import Refused

OLD, NEW = {"manifest.json": b"old", "extra": b"x"}, {"manifest.json": b"new", "ensemble.onnx": b"graph"}


def content(place):
    return {path.name: path.read_bytes() for path in place.iterdir()}


def test_a_new_directory_and_its_parents_are_made(tmp_path):
    publish(tmp_path / "a" / "b", NEW)
    assert content(tmp_path / "a" / "b") == NEW
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]


def test_an_old_model_is_replaced_as_a_whole(tmp_path):
    publish(tmp_path / "models", OLD)
    publish(tmp_path / "models", NEW)
    assert content(tmp_path / "models") == NEW
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_a_failure_leaves_what_was_there(tmp_path, monkeypatch):
    publish(tmp_path / "models", OLD)
    rename = module.Path.rename

    def failing(self, target):
        if not self.name.endswith("-old") and str(target).endswith("models"):
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(module.Path, "rename", failing)
    with pytest.raises(OSError, match="disk full"):
        publish(tmp_path / "models", NEW)
    assert content(tmp_path / "models") == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["models"]


def test_something_that_is_no_model_is_not_replaced(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Refused, match="holds something else than a model"):
        publish(tmp_path, NEW)
    with pytest.raises(Refused, match="is a file"):
        publish(tmp_path / "notes.txt", NEW)
    assert content(tmp_path) == {"notes.txt": b"mine"}

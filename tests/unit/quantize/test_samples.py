"""Samples streamed from files and folders."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnopt.dialects.errors import NnoptError
from nnopt.passes.quantize.samples import SampleReader, open_samples


def test_samples_are_streamed_under_either_key(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    a, b = np.arange(12.0).reshape(3, 2, 2), np.arange(3, dtype=np.int8).reshape(3, 1)
    np.savez_compressed(path, in_serving_x_0=a, y=b)
    reader = SampleReader(path, ["serving/x:0", "y"])
    samples = list(reader)
    assert len(reader) == len(samples) == 3
    np.testing.assert_array_equal(np.stack([s["serving/x:0"] for s in samples]), a)
    np.testing.assert_array_equal(np.stack([s["y"] for s in samples]), b)


def test_missing_samples_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, other=np.zeros((2, 3)))
    with pytest.raises(NnoptError, match=r"no samples for input 'x'.*'in_x', found other"):
        SampleReader(path, ["x"])
    with pytest.raises(NnoptError, match="cannot read samples"):
        SampleReader(tmp_path / "absent.npz", ["x"])


def test_unequal_sample_counts_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, a=np.zeros((2, 3)), b=np.zeros((3, 3)))
    with pytest.raises(NnoptError, match=r"different numbers of samples \(a: 2, b: 3\)"):
        SampleReader(path, ["a", "b"])


def test_a_folder_of_arrays_is_read_by_name(tmp_path: Path) -> None:
    for index in (2, 0, 1):
        np.save(tmp_path / f"{index}.npy", np.full((3, 4), index, np.float32))
    samples = open_samples(tmp_path, {"x": (1, 3, 4)})
    assert len(samples) == 3
    for _ in range(2):
        assert [s["x"][0, 0, 0] for s in samples] == [0, 1, 2]
    assert next(iter(samples))["x"].shape == (1, 3, 4)


def test_several_inputs_have_folders(tmp_path: Path) -> None:
    for name in ("a", "b_0"):
        (tmp_path / name).mkdir()
        np.save(tmp_path / name / "0.npy", np.ones(2))
    (sample,) = open_samples(tmp_path, {"a": (2,), "b:0": (1, 2)})
    assert sample["b:0"].shape == (1, 2)
    with pytest.raises(NnoptError, match="no folder for input 'c'"):
        open_samples(tmp_path, {"a": (2,), "c": (2,)})
    np.save(tmp_path / "a" / "1.npy", np.ones(2))
    with pytest.raises(NnoptError, match=r"different numbers of samples \(a: 2, b:0: 1\)"):
        open_samples(tmp_path, {"a": (2,), "b:0": (1, 2)})


@pytest.mark.parametrize("shape", [(1, 3, 4, 6), (1, 4, 6, 3), (1, 1, 8, 12)])
def test_images_take_the_shape_of_the_input(tmp_path: Path, shape: tuple[int, ...]) -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[..., 0] = 255
    Image.fromarray(pixels).save(tmp_path / "red.png")
    (sample,) = open_samples(tmp_path, {"x": shape})
    assert sample["x"].shape == shape
    assert sample["x"].dtype == np.float32
    if shape == (1, 3, 4, 6):
        np.testing.assert_array_equal(sample["x"][0], pixels.transpose(2, 0, 1) / np.float32(255))
    elif shape == (1, 4, 6, 3):
        np.testing.assert_array_equal(sample["x"][0], pixels / np.float32(255))
    else:
        np.testing.assert_allclose(sample["x"], 0.299, atol=0.005)


def test_files_that_do_not_fit_are_named(tmp_path: Path) -> None:
    with pytest.raises(NnoptError, match=r"no \.npy files and no images"):
        open_samples(tmp_path, {"x": (1, 2)})
    np.save(tmp_path / "0.npy", np.ones(3))
    with pytest.raises(NnoptError, match=r"0\.npy' has shape \(3,\), wanted \(1, 2\)"):
        list(open_samples(tmp_path, {"x": (1, 2)}))
    (tmp_path / "0.npy").rename(tmp_path / "0.png")
    with pytest.raises(NnoptError, match="cannot be an input of shape"):
        list(open_samples(tmp_path, {"x": (1, 2)}))
    with pytest.raises(NnoptError, match=r"cannot read the image '.*0\.png'"):
        list(open_samples(tmp_path, {"x": (1, 3, 2, 2)}))
    (tmp_path / "0.png").rename(tmp_path / "0.npy")
    (tmp_path / "0.npy").write_bytes(b"no array")
    with pytest.raises(NnoptError, match="cannot read the sample"):
        list(open_samples(tmp_path, {"x": (1, 2)}))

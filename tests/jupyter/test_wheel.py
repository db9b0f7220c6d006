"""What `pip install` brings: a wheel, in an environment without cargo, whose kernel runs a cell."""

import json
import os
import subprocess
import sys

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.timeout(1800)  # building anew takes minutes where nothing is built yet


@pytest.fixture(scope="module")
def environment(root, tmp_path_factory):
    """A virtual environment with nothing but the wheel in it."""
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "maturin", "build", "--release", "--compatibility", "linux", "--out", folder], cwd=root)
    wheels = list(folder.glob("*.whl"))
    assert len(wheels) == 1
    run([sys.executable, "-m", "venv", folder / "env"])
    run([folder / "env/bin/python", "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", wheels[0]])
    return folder / "env"


def run(command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_brings_binary_kernelspec_and_logos(environment):
    assert os.access(environment / "bin/threadlab", os.X_OK)
    kernelspec = environment / "share/jupyter/kernels/threadlab"
    assert {file.name for file in kernelspec.iterdir()} == {
        "kernel.json", "logo-svg.svg", "logo-32x32.png", "logo-64x64.png"}
    assert not any(file.is_symlink() for file in kernelspec.iterdir())


def test_its_kernel_runs_a_cell_without_cargo_and_without_its_folder_in_path(environment, monkeypatch):
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("JUPYTER_PATH", str(environment / "share/jupyter"))
    assert KernelSpecManager().get_kernel_spec("threadlab").resource_dir.startswith(str(environment))

    manager, client = start_new_kernel(kernel_name="threadlab")
    try:
        heard = []
        reply = client.execute_interactive(
            "%threads breakfast --scale 0.01", output_hook=heard.append, timeout=60)
        assert reply["content"]["status"] == "ok"
        assert any("image/svg+xml" in message["content"].get("data", {}) for message in heard)
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


def test_the_wheels_kernelspec_is_the_installed_one_but_for_the_binary(root):
    def spec(path):
        described = json.loads((root / path / "kernel.json").read_text())
        return described.pop("argv"), described

    installed, about_installed = spec("kernelspec")
    of_wheel, about_wheel = spec("threadlab.data/data/share/jupyter/kernels/threadlab")
    assert about_wheel == about_installed
    assert of_wheel[1:] == installed[1:]
    assert (installed[0], of_wheel[0]) == ("@BINARY@", "{resource_dir}/../../../../bin/threadlab")

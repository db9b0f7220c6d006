"""What all these tests share: no settings of the person who runs them, a kernel, and the notebooks."""

import os
import pathlib
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Before anything imports Jupyter: only the kernelspecs of this environment, and no one's configuration or history.
_private = tempfile.TemporaryDirectory(prefix="threadlab-jupyter-")
for _kind in ("CONFIG", "DATA", "RUNTIME"):
    os.environ[f"JUPYTER_{_kind}_DIR"] = os.path.join(_private.name, _kind.lower())
os.environ.pop("JUPYTER_PATH", None)
# Durations are part of these tests: they are multiplied only where a test says so.
os.environ.pop("THREADLAB_SCALE", None)


@pytest.fixture(scope="session")
def root():
    """The checkout."""
    return ROOT


@pytest.fixture
def kernel():
    """A kernel of its own, ended with the test."""
    from wire import Kernel

    with Kernel() as kernel:
        yield kernel


@pytest.fixture(scope="module")
def shared_kernel():
    """A kernel that a module's tests use one after another, where none needs a fresh one."""
    from wire import Kernel

    with Kernel() as kernel:
        yield kernel


@pytest.fixture(scope="session")
def library():
    """The library for Rust cells, compiled, which takes a while on a machine's first time."""
    from wire import Kernel

    with Kernel() as kernel:
        assert kernel.finish(kernel.execute_later("Lab::new();"), 900).status == "ok"


@pytest.fixture
def rust(library, shared_kernel):
    """The module's kernel, for a test of Rust cells. After it no process is left but those that wait for cells."""
    from processes import strays

    yield shared_kernel
    if sys.platform == "linux":
        assert not strays(shared_kernel), "processes are left behind"

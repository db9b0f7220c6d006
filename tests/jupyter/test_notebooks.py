"""Every notebook: stored clean, executed without an error, and exported to HTML and to LaTeX."""

import functools
import os
import pathlib

import nbformat
import pypandoc
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, LatexExporter

from conftest import ROOT

NOTEBOOKS = sorted(path for path in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
SCALE = "0.02"

every_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=[str(path.relative_to(ROOT / "notebooks").with_suffix("")) for path in NOTEBOOKS])


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Executes a notebook at a small scale, once for all tests of this file."""
    @functools.cache
    def execute(path):
        notebook = nbformat.read(path, as_version=4)
        folder = tmp_path_factory.mktemp(path.stem)
        client = NotebookClient(notebook, kernel_name="threadlab", timeout=200, allow_errors=True,
                                resources={"metadata": {"path": str(folder)}})
        client.execute(env=os.environ | {"THREADLAB_SCALE": SCALE})
        return notebook

    return execute


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_there_are_notebooks():
    assert NOTEBOOKS


@every_notebook
def test_it_is_stored_without_outputs_for_this_kernel(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert outputs(notebook) == []
    assert all(cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
    assert notebook.metadata.kernelspec.name == "threadlab"


@every_notebook
def test_it_runs_without_an_error_and_shows_charts(executed, path):
    notebook = executed(path)
    assert [output.evalue for output in outputs(notebook) if output.output_type == "error"] == []
    assert [output.text for output in outputs(notebook) if output.get("name") == "stderr"] == []
    assert [output for output in outputs(notebook) if "image/svg+xml" in output.get("data", {})]


@every_notebook
def test_it_becomes_a_page(executed, path):
    page, _ = HTMLExporter().from_notebook_node(executed(path))
    assert "<svg" in page or "data:image/svg+xml" in page


@every_notebook
def test_it_becomes_latex_without_inkscape(executed, path, tmp_path, monkeypatch):
    tools = tmp_path / "bin"  # pandoc, and nothing else
    tools.mkdir()
    (tools / "pandoc").symlink_to(pathlib.Path(pypandoc.get_pandoc_path()).resolve())
    monkeypatch.setenv("PATH", str(tools))
    text, resources = LatexExporter().from_notebook_node(executed(path))
    assert "\\includegraphics" in text
    figures = [content for name, content in resources["outputs"].items() if name.endswith(".pdf")]
    assert figures and all(content.startswith(b"%PDF-") for content in figures)

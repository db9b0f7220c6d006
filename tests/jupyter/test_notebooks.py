"""Every notebook: stored clean, in its place, executed without an error, and exported to HTML and to LaTeX."""

import collections
import functools
import json
import os
import pathlib
import re
import time

import nbformat
import pypandoc
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, LatexExporter

from conftest import ROOT

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(path for path in FOLDER.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts)
CHAPTERS = [path for path in NOTEBOOKS if path.parent != FOLDER]
SCALE = "0.02"
# Each takes at most 10 s on an idle machine. What this is to catch is a notebook that takes minutes.
PATIENCE = 90  # seconds


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=[str(path.relative_to(FOLDER).with_suffix("")) for path in paths])


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """Executes a notebook at a small scale, once for all tests of this file."""
    @functools.cache
    def execute(path):
        notebook = nbformat.read(path, as_version=4)
        folder = tmp_path_factory.mktemp(path.stem)
        client = NotebookClient(notebook, kernel_name="threadlab", timeout=200, allow_errors=True,
                                resources={"metadata": {"path": str(folder)}})
        started = time.monotonic()
        client.execute(env=os.environ | {"THREADLAB_SCALE": SCALE})
        notebook.metadata["seconds"] = time.monotonic() - started
        return notebook

    return execute


@pytest.fixture(scope="module")
def claims():
    """The rows of the inventory, by number."""
    rows = json.loads((ROOT / "src/claim/inventory.json").read_text(encoding="utf-8"))
    return {row["id"]: row for row in rows}


def cells(notebook, kind):
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def outputs(notebook):
    return [output for cell in cells(notebook, "code") for output in cell.outputs]


def meant_to_fail(notebook):
    """The cells that show what an error looks like."""
    return [cell for cell in cells(notebook, "code") if "raises-exception" in cell.metadata.get("tags", [])]


def claimed(path):
    """The claims that the cells of a notebook say they take up."""
    notebook = nbformat.read(path, as_version=4)
    return {claim for cell in notebook.cells for claim in cell.metadata.get("threadlab", {}).get("claims", [])}


def links(text):
    """What a text in Markdown links to in its own folders, without the part after `#`."""
    return [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]


def test_there_are_notebooks():
    assert CHAPTERS


@each(NOTEBOOKS)
def test_it_is_stored_without_outputs_for_this_kernel(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert outputs(notebook) == []
    assert all(cell.execution_count is None for cell in cells(notebook, "code"))
    assert notebook.metadata.kernelspec.name == "threadlab"


@each(NOTEBOOKS)
def test_its_cells_can_be_told_apart(path):
    # From the file itself: nbformat gives an id to a cell that has none.
    ids = [cell.get("id") for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    assert all(ids)
    assert [cell for cell, times in collections.Counter(ids).items() if times > 1] == []


@each(NOTEBOOKS)
def test_what_it_links_to_is_there(path):
    text = "\n".join(cell.source for cell in cells(nbformat.read(path, as_version=4), "markdown"))
    assert [link for link in links(text) if not (path.parent / link).exists()] == []


@each(CHAPTERS)
def test_its_claims_are_rows_of_the_inventory(path, claims):
    assert claimed(path) - claims.keys() == set()


@each(CHAPTERS)
def test_it_ends_with_exercises_whose_answers_are_folded(path):
    texts = [cell.source for cell in cells(nbformat.read(path, as_version=4), "markdown")]
    exercises = next(at for at, text in enumerate(texts) if text.startswith("## Exercises"))
    asked = [text for text in texts[exercises:] if text.startswith("### ")]
    answers = [text for text in texts if text.startswith("<details>") and text.endswith("</details>")]
    assert len(asked) == len(answers) >= 2


def test_the_masterclass_takes_up_every_claim_of_its_guide_that_is_not_an_opinion(claims):
    taken = set().union(*(claimed(path) for path in (FOLDER / "masterclass").glob("*.ipynb")))
    wanted = {number for number, row in claims.items() if number.startswith("MC") and row["verdict"] != "N"}
    assert wanted - taken == set()


@pytest.mark.parametrize("name", ["README.md", "index.ipynb"])
def test_every_chapter_can_be_found(name):
    linked = {(FOLDER / link).resolve() for link in links((FOLDER / name).read_text(encoding="utf-8"))}
    assert [str(path.relative_to(FOLDER)) for path in CHAPTERS if path.resolve() not in linked] == []


@each(NOTEBOOKS)
def test_it_runs_without_an_error_and_shows_charts(executed, path):
    notebook = executed(path)
    failing = meant_to_fail(notebook)
    shown = [output for cell in cells(notebook, "code") if cell not in failing for output in cell.outputs]
    assert [output.evalue for output in shown if output.output_type == "error"] == []
    assert [output.text for output in shown if output.get("name") == "stderr"] == []
    assert [output for output in shown if "image/svg+xml" in output.get("data", {})]


@each(NOTEBOOKS)
def test_what_is_meant_to_fail_fails(executed, path):
    failing = meant_to_fail(executed(path))
    assert [cell.source for cell in failing if cell.outputs[-1].output_type != "error"] == []


@each(NOTEBOOKS)
def test_it_is_done_before_the_reader_has_gone(executed, path):
    assert executed(path).metadata["seconds"] < PATIENCE


@each(NOTEBOOKS)
def test_it_becomes_a_page(executed, path):
    page, _ = HTMLExporter().from_notebook_node(executed(path))
    assert "<svg" in page or "data:image/svg+xml" in page


@each(NOTEBOOKS)
def test_it_becomes_latex_without_inkscape(executed, path, tmp_path, monkeypatch):
    tools = tmp_path / "bin"  # pandoc, and nothing else
    tools.mkdir()
    (tools / "pandoc").symlink_to(pathlib.Path(pypandoc.get_pandoc_path()).resolve())
    monkeypatch.setenv("PATH", str(tools))
    text, resources = LatexExporter().from_notebook_node(executed(path))
    assert "\\includegraphics" in text
    figures = [content for name, content in resources["outputs"].items() if name.endswith(".pdf")]
    assert figures and all(content.startswith(b"%PDF-") for content in figures)

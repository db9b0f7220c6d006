"""Execute notebooks through the kernel, and leave pages, figures and an index.

Usage: python scripts/report.py NOTEBOOKS REPORT

For NOTEBOOKS/guide/chapter.ipynb there is afterwards, under REPORT:
  guide/chapter.html    the page
  guide/chapter.ipynb   the notebook with its outputs
  guide/chapter/        its figures as svg, png and pdf (cell-03.svg: of the third code cell), and what its
                        cells saved: the kernel's working directory
  index.html            what there is
A notebook that fails does not stop the others. Exit status: 0 all well, 1 a notebook failed, 2 wrong use.
"""

import base64
import datetime
import html
import os
import pathlib
import platform
import shutil
import sys
import time

import nbformat
from jinja2 import DictLoader
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert import HTMLExporter

KERNEL = "threadlab"
CELL_TIMEOUT = 900  # seconds
FIGURES = {"image/svg+xml": "svg", "image/png": "png", "application/pdf": "pdf"}

# The page as nbconvert makes it, without the scripts that it would fetch from the network.
PAGE = """{% extends 'lab/index.html.j2' %}
{% block html_head_js_requirejs %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
"""

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Threadlab: report</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #16202e; }}
  h2 {{ margin-top: 2.5rem; border-top: 1px solid #ccd; padding-top: 1rem; }}
  .failed {{ color: #b3261e; white-space: pre-wrap; }}
  .figures {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(24rem, 1fr)); gap: 1.5rem; }}
  figure {{ margin: 0; }}
  figure img {{ width: 100%; border: 1px solid #ccd; }}
  figcaption, footer {{ font-size: .85rem; color: #566; }}
</style>
</head>
<body>
<h1>Threadlab: report</h1>
<p>{summary}</p>
{chapters}
<footer>{stamp}</footer>
</body>
</html>
"""


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    source, report = (pathlib.Path(argument).resolve() for argument in arguments)
    # The chapters: the index of the notebooks would take the name of the report's own.
    notebooks = sorted(path for path in source.glob("*/*.ipynb") if ".ipynb_checkpoints" not in path.parts)
    if not notebooks:
        print(f"There is no notebook under {source}.", file=sys.stderr)
        return 1

    shutil.rmtree(report, ignore_errors=True)
    chapters = []
    for path in notebooks:
        name = path.relative_to(source).with_suffix("")
        print(f"{name} ...", end=" ", flush=True)
        chapter = make_chapter(path, name, report)
        print(f"{chapter['seconds']:.0f} s, {len(chapter['figures'])} figures" if not chapter["failure"]
              else f"FAILED: {chapter['failure']}", flush=True)
        chapters.append(chapter)

    index = report / "index.html"
    index.write_text(index_page(chapters), encoding="utf-8")
    failed = sum(bool(chapter["failure"]) for chapter in chapters)
    print(f"\n{len(chapters) - failed} of {len(chapters)} notebooks executed, at scale {scale()}")
    print(f"Pages and figures: {index}")
    return 1 if failed else 0


def make_chapter(path, name, report):
    """Execute one notebook and write its page and figures. Returns what the index says about it."""
    folder = report / name
    folder.mkdir(parents=True)
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, kernel_name=KERNEL, timeout=CELL_TIMEOUT, resources={"metadata": {"path": str(folder)}})
    started = time.monotonic()
    failure = None
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        failure = explain(notebook, error)
    except Exception as error:  # a kernel that does not start, above all: the other chapters are still made
        failure = f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - started

    saved = sorted(item for item in folder.rglob("*") if item.is_file())
    figures = write_figures(notebook, folder)
    nbformat.write(notebook, folder.with_suffix(".ipynb"))
    exporter = HTMLExporter(template_file="report.html.j2", extra_loaders=[DictLoader({"report.html.j2": PAGE})])
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": str(name)}})
    folder.with_suffix(".html").write_text(page, encoding="utf-8")
    return {
        "name": str(name), "title": title(notebook) or str(name), "seconds": seconds, "failure": failure,
        "figures": [(item.relative_to(report), source) for item, source in figures],
        "saved": [item.relative_to(report) for item in saved],
    }


def explain(notebook, error):
    """Which cell failed, with its first line, and why."""
    if isinstance(error, CellExecutionError):
        why = f"{error.ename}: {error.evalue}"
    else:
        why = str(error).strip() or type(error).__name__
    reached = [cell for cell in code_cells(notebook) if cell.execution_count or cell.outputs]
    failed = [cell for cell in reached if any(output.output_type == "error" for output in cell.outputs)]
    cell = (failed or reached or [None])[-1]
    if cell is None:
        return why
    number = code_cells(notebook).index(cell) + 1
    return f"code cell {number} ({cell.source.strip().splitlines()[0]}): {why}"


def write_figures(notebook, folder):
    """Every picture among the outputs as a file. Returns the SVGs with their cells' first lines, for the index."""
    shown = []
    for number, cell in enumerate(code_cells(notebook), start=1):
        charts = [output.data for output in cell.outputs if "image/svg+xml" in output.get("data", {})]
        for count, data in enumerate(charts, start=1):
            stem = f"cell-{number:02}" + (f"-{count}" if len(charts) > 1 else "")
            for mime, suffix in FIGURES.items():
                if mime not in data:
                    continue
                content = data[mime]
                target = folder / f"{stem}.{suffix}"
                target.write_bytes(content.encode() if suffix == "svg" else base64.b64decode(content))
                if suffix == "svg":
                    shown.append((target, cell.source.strip().splitlines()[0]))
    return shown


def index_page(chapters):
    failed = sum(bool(chapter["failure"]) for chapter in chapters)
    return INDEX.format(
        summary=f"{len(chapters) - failed} of {len(chapters)} notebooks executed through the kernel, "
                f"documented durations multiplied by {scale()}; comparisons choose a scale of their own and say it.",
        chapters="\n".join(chapter_section(chapter) for chapter in chapters),
        stamp=html.escape(f"{datetime.datetime.now():%Y-%m-%d %H:%M}, {platform.platform()}, "
                          f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} "
                          "usable cores"))


def chapter_section(chapter):
    page = html.escape(chapter["name"])
    parts = [f'<h2><a href="{page}.html">{html.escape(chapter["title"])}</a></h2>',
             f'<p><a href="{page}.ipynb">notebook</a>, {chapter["seconds"]:.0f} s</p>']
    if chapter["failure"]:
        parts.append(f'<p class="failed">{html.escape(chapter["failure"])}</p>')
    if chapter["saved"]:
        links = ", ".join(f'<a href="{item}">{item.name}</a>' for item in chapter["saved"])
        parts.append(f"<p>Saved by its cells: {links}</p>")
    parts.append('<div class="figures">')
    for svg, source in chapter["figures"]:
        others = " · ".join(f'<a href="{svg.with_suffix(f".{form}")}">{form}</a>' for form in FIGURES.values())
        parts.append(f'<figure><a href="{svg}"><img src="{svg}" alt="{html.escape(source)}"></a>'
                     f"<figcaption><code>{html.escape(source)}</code> {others}</figcaption></figure>")
    parts.append("</div>")
    return "\n".join(parts)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def title(notebook):
    """The first heading."""
    for cell in notebook.cells:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else []:
            if line.startswith("# "):
                return line[2:].strip()
    return None


def scale():
    return os.environ.get("THREADLAB_SCALE", "1")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

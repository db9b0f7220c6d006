"""A notebook in JupyterLab, in a real browser: a cell run by keyboard shows its chart."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from playwright.sync_api import sync_playwright

from conftest import ROOT

PATIENCE = 120  # seconds
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},  # no question, no network
    "notebook-extension/tracker": {"windowingMode": "none"},  # cells out of sight are there too
}
GUIDES = sorted(folder for folder in (ROOT / "notebooks").iterdir() if any(folder.glob("*.ipynb")))
CHROMIUM = next(filter(None, map(shutil.which, [
    os.environ.get("CHROMIUM", "chromium"), "chromium-browser", "google-chrome"])), None)


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None:
        missing = "there is no Chromium; install one with your system's packages (Debian: apt install chromium)"
        if os.environ.get("EVERY_TEST") and shutil.which("apt-get"):
            pytest.fail(missing)
        pytest.skip(missing)
    return CHROMIUM


@pytest.fixture(scope="module")
def lab(root, tmp_path_factory):
    """JupyterLab on a copy of the notebooks, at a scale at which a chart still grows. Gives its address."""
    with serve(root / "notebooks", tmp_path_factory.mktemp("lab"), scale="0.2") as address:
        yield address


@pytest.fixture(scope="module")
def quick_lab(root, tmp_path_factory):
    """The same, at a scale at which a whole notebook is run in seconds."""
    with serve(root / "notebooks", tmp_path_factory.mktemp("quick-lab"), scale="0.02") as address:
        yield address


@contextlib.contextmanager
def serve(notebooks, folder, scale):
    """JupyterLab on a copy of `notebooks` in `folder`, with THREADLAB_SCALE=`scale`."""
    shutil.copytree(notebooks, folder / "notebooks")
    for name, values in SETTINGS.items():
        settings = folder / f"settings/@jupyterlab/{name}.jupyterlab-settings"
        settings.parent.mkdir(parents=True)
        settings.write_text(json.dumps(values))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open(folder / "log", "w+b") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1",
             f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token=",
             f"--ServerApp.root_dir={folder / 'notebooks'}", f"--LabApp.user_settings_dir={folder / 'settings'}"],
            stdout=log, stderr=subprocess.STDOUT, env=os.environ | {"THREADLAB_SCALE": scale})
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(f"{address}/api/status", server, folder / "log")
            yield address
        finally:
            server.terminate()
            try:
                server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_for(address, server, log):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return urllib.request.urlopen(address, timeout=5)
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab does not answer:\n{log.read_text()[-3000:]}")


@pytest.fixture
def page(chromium, root, request):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[
            "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync"])
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(PATIENCE * 1000)
        yield page
        folder = root / "report/screenshots"  # to be looked at, above all after a failure
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{request.node.name}.png")
        browser.close()


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return sum(cell["cell_type"] == "code" for cell in cells)


@pytest.mark.parametrize("guide", GUIDES, ids=[guide.name for guide in GUIDES])
def test_a_whole_notebook_of_each_guide_runs(page, quick_lab, guide):
    chapter = max(sorted(guide.glob("*.ipynb")), key=code_cells)
    # In a workspace of its own: else JupyterLab opens what the test before had open, too.
    page.goto(f"{quick_lab}/lab/workspaces/{guide.name}/tree/{guide.name}/{chapter.name}")
    page.locator("#jp-main-statusbar").get_by_text("Threadlab | Idle").wait_for()
    page.locator(".lm-MenuBar-item").get_by_text("Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    cells = page.locator(".jp-Notebook .jp-CodeCell")
    cells.last.locator(".jp-InputPrompt").filter(has_text=f"[{code_cells(chapter)}]:").wait_for()
    page.locator("#jp-main-statusbar").get_by_text("Threadlab | Idle").wait_for()

    assert cells.count() == code_cells(chapter)
    assert page.locator(".jp-Dialog").count() == 0, page.locator(".jp-Dialog").all_inner_texts()
    for kind in ("error", "stderr"):
        outputs = page.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']")
        assert outputs.count() == 0, outputs.all_inner_texts()
    charts = page.locator(".jp-Notebook .jp-OutputArea-output img")
    assert charts.count() > 0
    page.wait_for_function("charts => charts.every(chart => chart.complete && chart.naturalWidth > 300)",
                           arg=charts.element_handles())
    # The answers are folded, and the exercises are not.
    answers = page.locator(".jp-Notebook details")
    assert answers.count() >= 2
    assert not any(answers.evaluate_all("answers => answers.map(answer => answer.open)"))


def test_a_cell_run_by_keyboard_shows_its_chart(root, page, lab):
    notebook = next(iter(sorted((root / "notebooks/masterclass").glob("05*.ipynb"))))
    page.goto(f"{lab}/lab/tree/masterclass/{notebook.name}")

    cell = page.locator(".jp-Notebook .jp-CodeCell").filter(has_text="%threads breakfast").first
    cell.wait_for()
    page.locator("#jp-main-statusbar").get_by_text("Threadlab | Idle").wait_for()
    cell.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Shift+Enter")

    chart = cell.locator(".jp-OutputArea-output img").last
    chart.wait_for()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0 && image.naturalHeight > 0",
                           arg=chart.element_handle())
    # Done: the prompt shows the count instead of a star.
    cell.locator(".jp-InputPrompt").filter(has_text="[1]:").wait_for()

    size, room = chart.bounding_box(), cell.locator(".jp-OutputArea").bounding_box()
    assert size["width"] > 300 and size["height"] > 100, "large enough to be read"
    assert size["x"] + size["width"] <= room["x"] + room["width"], "JupyterLab cuts off what is wider than its cell"
    assert cell.locator(".jp-OutputArea-output img").count() == 1, "a chart that grew leaves one output"
    assert page.locator(".jp-Dialog").count() == 0, page.locator(".jp-Dialog").all_inner_texts()
    for kind in ("error", "stderr"):
        assert cell.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']").count() == 0


def test_tab_completes_rust_in_a_cell(root, page, quick_lab):
    notebook = next(iter(sorted((root / "notebooks/masterclass").glob("05*.ipynb"))))
    page.goto(f"{quick_lab}/lab/workspaces/tab/tree/masterclass/{notebook.name}")
    page.locator("#jp-main-statusbar").get_by_text("Threadlab | Idle").wait_for()
    page.locator(".jp-Notebook .jp-CodeCell .jp-InputArea-editor").first.click()
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.type("std::thread::yie")

    # The first questions find an analyser that is only beginning, and JupyterLab does not wait for it.
    cell = page.locator(".jp-Notebook .jp-CodeCell.jp-mod-active .cm-content")
    deadline = time.monotonic() + PATIENCE
    while "yield_now" not in cell.inner_text():
        assert time.monotonic() < deadline, cell.inner_text()
        page.keyboard.press("Tab")
        page.wait_for_timeout(2000)
    assert cell.inner_text() == "std::thread::yield_now()"

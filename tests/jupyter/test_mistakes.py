"""What a learner who mistyped is told: the cell ends in an error that names what was given and what is near."""

import pytest

MISTAKES = [
    # cell, what the error names, what it suggests
    ("%thread breakfast", "thread", "%threads"),
    ("%threads brekfast", "brekfast", "breakfast"),
    ("%threads breakfast --scal 1", "--scal", "--scale"),
    ("%threads breakfast --theme drak", "drak", "dark"),
    ("%threads breakfast --scale fast", "fast", "--scale"),
    ("%threads breakfast --scale -1", "-1", "--scale"),
    ("%threads chai-makers --workers 0", "0", "--workers"),
    ("%threads chai-makers --workers 1000000000", "1000000000", "--workers"),
    ("%threads chai-makers --workers many", "many", "--workers"),
    ("%threads breakfast --workers 4", "--workers", "chai-makers"),
    ("%threads", "%threads", "breakfast"),
    ("threads breakfast", "threads breakfast", "%threads breakfast"),
    ("x = %compare breakfast", "`x`", "="),
    ("%pool breakfast", "pool", "threads"),
]


@pytest.mark.parametrize(("cell", "names", "suggests"), MISTAKES, ids=[cell for cell, _, _ in MISTAKES])
def test_a_mistake_is_named_with_what_is_near(shared_kernel, cell, names, suggests):
    done = shared_kernel.execute(cell)
    assert done.status == "error"
    assert done.labels == ["status busy", "execute_input", "error", "status idle"], "nothing was started"
    told = done.reply.content["evalue"] + "\n" + "\n".join(done.reply.content["traceback"])
    assert names in told
    assert suggests in told
    assert "panicked" not in told


def test_a_rust_cell_is_told_in_one_line_that_they_come_later(shared_kernel):
    told = shared_kernel.execute("let x = 1;").reply.content
    assert told["status"] == "error"
    first = told["evalue"].splitlines()[0]
    assert "Rust cells" in first and "later" in first


@pytest.mark.parametrize("cell", ["import threading", "def brew():\n    pass", "from threading import Thread"])
def test_a_python_cell_is_told_what_cells_are(shared_kernel, cell):
    told = shared_kernel.execute(cell).reply.content
    assert told["status"] == "error"
    first = told["evalue"].splitlines()[0]
    assert "Rust" in first and "magics" in first


@pytest.mark.parametrize("cell", [
    "", "   \n\n", "// nothing but a comment", "%threads breakfast --scale 0.01  # quick"])
def test_an_empty_cell_and_comments_are_no_mistakes(shared_kernel, cell):
    assert shared_kernel.execute(cell).status == "ok"


def test_after_its_mistakes_the_kernel_runs_the_next_cell(shared_kernel):
    assert shared_kernel.execute("%threads breakfast --scale 0.01 --no-chart").status == "ok"

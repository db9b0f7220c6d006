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


@pytest.mark.parametrize("cell", [
    "", "   \n\n", "// nothing but a comment", "%threads breakfast --scale 0.01  # quick"])
def test_an_empty_cell_and_comments_are_no_mistakes(shared_kernel, cell):
    assert shared_kernel.execute(cell).status == "ok"


def test_after_its_mistakes_the_kernel_runs_the_next_cell(shared_kernel):
    assert shared_kernel.execute("%threads breakfast --scale 0.01 --no-chart").status == "ok"

"""Real Pythons in a notebook: `--python` beside a run, and cells of Python."""

import json
import os
import shutil
import sys
import time

import pytest
import twins

from processes import gone_within, marked

PYTHONS = twins.pythons()
EXE = shutil.which("python3")
SOME = ["breakfast --scale 0.01", "orders --scale 0.01"]


def run(kernel, cell):
    """What `--json` prints."""
    done = kernel.execute(f"{cell} --json")
    assert done.status == "ok", done.reply.content
    return json.loads(done.stdout)


def shown(done):
    """Text of what was displayed."""
    return "\n".join(heard.content["data"]["text/plain"] for heard in done.published
                     if heard.type in ("display_data", "update_display_data"))


@pytest.mark.parametrize("model", ["threads", "processes", "async"])
@pytest.mark.parametrize("scenario", SOME)
def test_the_twin_stands_beside_the_run_with_the_same_workers(shared_kernel, scenario, model):
    rust, python = run(shared_kernel, f"%{model} {scenario} --python --seed 3")["runs"]
    assert (rust["python"], rust["model"]) == (None, model)
    assert python["python"].startswith("CPython 3.") and python["model"] == model
    assert python["label"] == " ".join(python["python"].split(".")[:2]).replace(" 3 ", " 3.") + ", measured"
    names = [[worker["name"] for worker in side["workers"]] for side in (rust, python)]
    assert names[0] == names[1]
    assert python["kind"] == "measured" and python["parameters"] == rust["parameters"]
    assert python["seconds"] > 0 and all(worker["ending"] == "returned" for worker in python["workers"])


@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_processes_of_the_twin_start_as_those_of_the_run(shared_kernel, start):
    rust, python = run(shared_kernel, f"%processes breakfast --scale 0.01 --start {start} --python")["runs"]
    assert [worker["name"] for worker in python["workers"]] == ["milk", "bun"]
    assert python["parameters"] == rust["parameters"]


def test_both_are_in_one_chart_and_the_table_has_a_row_for_each(shared_kernel):
    done = shared_kernel.execute(f"%threads breakfast --scale 0.01 --python={EXE} --no-live")
    assert done.status == "ok"
    text = shown(done)
    assert "CPython 3." in text and "Rust, measured" in text
    # The lines of both, and a heading between.
    assert done.stdout.count("milk boils") == 2 and done.stdout.count("CPython 3.") == 1
    charts = [heard for heard in done.published if "image/svg+xml" in heard.content.get("data", {})]
    svg = charts[-1].content["data"]["image/svg+xml"]
    assert "Rust: milk" in svg and ": bun" in svg and "measured" in svg


def test_each_python_that_is_named_has_a_group_in_a_comparison(shared_kernel):
    named = list(PYTHONS.values())[:2]
    found = run(shared_kernel, f"%compare orders --scale 0.005 --repeat 2 --python={','.join(named)}")
    pythons = [one for one in found["runs"] if one["python"]]
    assert len(pythons) == 4 * len(named)
    assert all(len(one["samples"]) == 2 for one in pythons)
    assert [one["model"] for one in pythons[:4]] == ["sequential", "threads", "processes", "async"]


def test_claims_are_held_against_the_python_too(shared_kernel):
    claims = run(shared_kernel, "%threads breakfast --scale 0.05 --python")["claims"]
    own = [claim["id"] for claim in claims if claim["python"] is None]
    assert own and own == [claim["id"] for claim in claims if claim["python"]]


@pytest.mark.parametrize("asked, why", [
    ("no-such-python", "there is no `no-such-python` on PATH"),
    ("/bin/sh", "does not run"),
    ("2.99", "there is no `2.99` on PATH"),
])
def test_a_python_that_is_not_there_has_a_row_that_says_so(shared_kernel, asked, why):
    done = shared_kernel.execute(f"%threads breakfast --scale 0.01 --python={asked} --no-live")
    assert done.status == "ok"
    assert why in shown(done)
    missing = run(shared_kernel, f"%threads breakfast --scale 0.01 --python={asked}")["missing"]
    assert [why in one["why"] for one in missing] == [True]


def test_a_scenario_whose_twin_cannot_do_it_says_so(shared_kernel):
    missing = run(shared_kernel, "%threads flood --lines 1 --length 1 --python")["missing"]
    assert "flood has no Python twin" in missing[0]["why"]


def test_a_twin_that_takes_too_long_is_ended_and_the_run_stays(shared_kernel):
    found = run(shared_kernel, "%threads breakfast --milk 0.3s --bun 0.3s --python --timeout 350ms")
    if "missing" in found:  # a fast machine may make it
        assert "as long as it may take" in found["missing"][0]["why"]


def test_the_option_is_refused_where_no_twin_runs(shared_kernel):
    for cell in ["%race counter --python", "%speedup crunch --python", "%explore counter --python"]:
        done = shared_kernel.execute(cell)
        assert (done.status, done.reply.content["ename"]) == ("error", "UsageError")
        assert "--python" in done.reply.content["evalue"]


def test_a_saved_chart_with_a_python_in_it_is_drawn_again(shared_kernel, tmp_path):
    path = tmp_path / "breakfast.json"
    assert shared_kernel.execute(f"%threads breakfast --scale 0.01 --python --save {path} --no-chart").status == "ok"
    done = shared_kernel.execute(f"%redraw {path}")
    assert done.status == "ok" and "CPython 3." in shown(done)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.parametrize("model", ["threads", "processes", "async"])
def test_an_interrupt_ends_the_twin_too(kernel, model):
    # The run itself is short; the twin would take the better part of a minute, for its Python waits before it begins.
    begins = begun(kernel, f"%%python\n{SLOW[model]}")
    kernel.request("interrupt_request", channel="control")
    done = kernel.finish(begins)
    assert (done.status, done.reply.content["ename"]) == ("error", "Interrupted")
    left, _ = gone_within(20, kernel.mark, spare=[kernel.process.pid])
    assert not left
    assert kernel.execute("%%python\nprint('alive')").stdout == "alive\n"


SLOW = {
    "threads": "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nprint('begun')",
    "processes": "import multiprocessing, time\nif __name__ == '__main__':\n"
                 "    multiprocessing.Process(target=time.sleep, args=(60,)).start()\n    print('begun')",
    "async": "import asyncio\nprint('begun')\nasyncio.run(asyncio.sleep(60))",
}


def begun(kernel, cell):
    sent = kernel.execute_later(cell)
    kernel.wait(lambda: "stream stdout" in [heard.label for heard in kernel.published(sent)], "the first print")
    return sent


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.parametrize("model", ["threads", "processes"])
def test_a_killed_kernel_leaves_no_twin(kernel, model):
    sent = kernel.execute_later(f"%{model} breakfast --milk 1s --bun 40s --python --no-chart --scale 0.5")
    kernel.wait(lambda: marked(kernel.mark) - {kernel.process.pid}, "the run")
    kernel.execute_later("%threads breakfast --scale 0.01")
    assert sent
    kernel.process.kill()
    kernel.process.wait()
    left, _ = gone_within(20, kernel.mark)
    assert not left


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.parametrize("model", ["threads", "processes"])
def test_a_kernel_that_is_killed_while_a_twin_runs_leaves_none(kernel, model):
    sent = kernel.execute_later(f"%{model} breakfast --milk 2s --bun 2s --python --no-chart")
    kernel.wait(lambda: "CPython" in "".join(
        heard.content["text"] for heard in kernel.published(sent) if heard.label == "stream stdout"), "the twin")
    kernel.process.kill()
    kernel.process.wait()
    asked = time.monotonic()
    left, _ = gone_within(20, kernel.mark)
    assert not left
    assert time.monotonic() - asked < 20


def test_a_cell_of_python_prints_as_it_goes(shared_kernel):
    done = shared_kernel.execute("%%python\nimport sys\nprint('chai')\nprint('oops', file=sys.stderr)\nx = 1; x")
    assert done.status == "ok" and done.stdout == "chai\n"
    assert "stream stderr" in done.labels


def test_an_exception_in_a_cell_of_python_is_the_error_of_the_cell(shared_kernel):
    done = shared_kernel.execute("%%python\ndef brew():\n    return 1 / 0\n\nbrew()")
    error = done.reply.content
    assert (done.status, error["ename"], error["evalue"]) == ("error", "ZeroDivisionError", "division by zero")
    text = "\n".join(error["traceback"])
    assert text.startswith("Traceback (most recent call last):") and 'File "cell", line 2, in brew' in text
    assert "<string>" not in text and "return 1 / 0" in text
    assert "stream stderr" not in done.labels


def test_a_mistake_of_syntax_names_its_line(shared_kernel):
    error = shared_kernel.execute("%%python\nx = 1\nfor\n").reply.content
    assert error["ename"] == "SyntaxError" and "line 2" in "\n".join(error["traceback"])


def test_a_status_that_is_not_zero_is_an_error(shared_kernel):
    error = shared_kernel.execute("%%python\nimport sys\nsys.exit(3)").reply.content
    assert error["ename"] == "WorkerError" and "status 3" in error["evalue"]


@pytest.mark.parametrize("version", sorted(PYTHONS))
@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_processes_of_a_cell_start_in_every_way(shared_kernel, version, start):
    cell = (f"%%python {PYTHONS[version]}\nimport multiprocessing\n\ndef brew():\n    print('chai', flush=True)\n\n"
            f"if __name__ == '__main__':\n    multiprocessing.set_start_method('{start}')\n"
            "    child = multiprocessing.Process(target=brew)\n    child.start()\n    child.join()\n")
    done = shared_kernel.execute(cell)
    assert (done.status, done.stdout) == ("ok", "chai\n")


def test_a_cell_of_python_has_a_limit(shared_kernel):
    error = shared_kernel.execute("%%python --timeout 0.5s\nimport time\ntime.sleep(60)").reply.content
    assert error["ename"] == "RunError" and "--timeout" in error["evalue"]


def test_a_cell_for_a_python_that_is_not_there_says_so(shared_kernel):
    error = shared_kernel.execute("%%python no-such-python\nprint(1)").reply.content
    assert error["ename"] == "PythonError" and "no-such-python" in error["evalue"]
    assert "%%python" in shared_kernel.execute("%python").reply.content["evalue"]


def test_a_cell_of_python_runs_in_the_notebooks_folder(shared_kernel):
    done = shared_kernel.execute("%%python\nimport os\nprint(os.getcwd())")
    assert os.path.samefile(done.stdout.strip(), shared_kernel.folder.name)


def scenarios():
    """Every scenario of the program, with the arguments of a short run of its twin that both languages take."""
    own = {"signal": "signal_event", "queue": "queue_items"}
    for name in ["breakfast", "chai-makers", "daemon", "isolation", "letters", "long-short", "monitor", "orders", "overlap",
                 "primes", "queue", "semaphore", "signal", "squares", "squares-sum", "sum", "switching", "two-chais",
                 "worker-pool"]:
        yield name, twins.SMALL[own.get(name, name.replace("-", "_"))]


@pytest.mark.parametrize("name, arguments", list(scenarios()), ids=lambda value: value.split(" ")[0])
def test_both_languages_say_the_same_lines(shared_kernel, name, arguments):
    found = run(shared_kernel, f"%threads {name} {arguments} --python --seed 3")
    rust, python = (side["trace"] for side in found["drawn"]["groups"])
    assert [lane["name"] for lane in rust["workers"]] == [lane["name"] for lane in python["workers"]]
    lines = [sorted(mark["text"] for mark in side["marks"] if mark["worker"] is not None) for side in (rust, python)]
    assert lines[0] == lines[1]


def test_as_a_default_it_is_passed_over_where_no_twin_runs(kernel):
    assert kernel.execute("%defaults --python=no-such-python").status == "ok"
    assert kernel.execute("%race counter --workers 2 --increments 100 --repeat 2").status == "ok"
    assert "no-such-python" in shown(kernel.execute("%threads breakfast --scale 0.01 --no-live"))

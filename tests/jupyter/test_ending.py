"""Runs that are interrupted, and kernels that end: what is kept, and that no process is left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from processes import gone_within, marked
from wire import Kernel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")

LONG = "breakfast --scale 20 --no-chart"  # a minute: nothing here waits for its end
MODELS = ["threads", "processes", "sequential", "async"]


def start(kernel, model):
    """Begin a long run, and wait until its workers have begun."""
    cell = kernel.execute_later(f"%{model} {LONG}")
    kernel.wait(lambda: "stream stdout" in [heard.label for heard in kernel.published(cell)], "the first print")
    assert marked(kernel.mark) - {kernel.process.pid}, "the run has a process of its own"
    return cell


@pytest.mark.parametrize("model", MODELS)
def test_an_interrupt_ends_the_run_and_keeps_the_kernel(kernel, model):
    cell = start(kernel, model)
    asked = time.monotonic()
    interrupted = kernel.request("interrupt_request", channel="control")
    done = kernel.finish(cell)
    took = kernel.reply_to(cell).at - asked
    print(f"interrupt to reply, {model}: {took * 1000:.1f} ms")

    assert interrupted.status == "ok"
    assert (done.status, done.reply.content["ename"]) == ("error", "Interrupted")
    # The run is far from its own end: it was ended.
    assert "bun is toasted" not in done.stdout
    left, _ = gone_within(20, kernel.mark, spare=[kernel.process.pid])
    assert not left
    following = kernel.execute("%threads breakfast --scale 0.01 --no-chart")
    assert (following.status, following.reply.content["execution_count"]) == ("ok", 2)


def test_an_interrupt_of_an_idle_kernel_changes_nothing(kernel):
    assert kernel.request("interrupt_request", channel="control").status == "ok"
    assert kernel.execute("%threads breakfast --scale 0.01 --no-chart").status == "ok"


def test_after_a_finished_run_only_the_kernel_is_left(kernel):
    for model in MODELS:
        assert kernel.execute(f"%{model} breakfast --scale 0.01 --no-chart").status == "ok"
    left, _ = gone_within(20, kernel.mark, spare=[kernel.process.pid])
    assert not left


@pytest.mark.parametrize("model", MODELS)
def test_a_killed_kernel_leaves_no_process(kernel, model):
    start(kernel, model)
    kernel.kill()
    left, waited = gone_within(20, kernel.mark)
    print(f"kernel killed to all gone, {model}: {waited * 1000:.1f} ms")
    assert not left


def test_a_shutdown_during_a_run_leaves_no_process(kernel):
    start(kernel, "processes")
    kernel.send("control", "shutdown_request", {"restart": False})
    kernel.process.wait(timeout=30)
    left, _ = gone_within(20, kernel.mark)
    assert not left


def test_a_killed_runner_is_a_cell_error_and_the_kernel_goes_on(kernel):
    cell = start(kernel, "threads")
    for pid in marked(kernel.mark) - {kernel.process.pid}:
        os.kill(pid, signal.SIGKILL)
    done = kernel.finish(cell)
    assert done.status == "error"
    assert "9" in done.reply.content["evalue"] or "KILL" in done.reply.content["evalue"]
    assert kernel.execute("%threads breakfast --scale 0.01 --no-chart").status == "ok"


# Starts the command it is given, with itself named as the kernel's parent as front ends do.
LAUNCHER = """
import os, subprocess, sys
os.environ["JPY_PARENT_PID"] = str(os.getpid())
subprocess.Popen(sys.argv[1:], start_new_session=True).wait()
"""


def test_the_kernel_ends_with_its_launcher():
    with Kernel(launcher=[sys.executable, "-c", LAUNCHER]) as kernel:
        cell = kernel.execute_later(f"%processes {LONG}")
        kernel.wait(lambda: "stream stdout" in [heard.label for heard in kernel.published(cell)], "the first print")
        assert len(marked(kernel.mark)) > 2, "the launcher, the kernel and a run"
        kernel.kill()  # the launcher
        left, waited = gone_within(20, kernel.mark)
        print(f"launcher killed to all gone: {waited * 1000:.1f} ms")
        assert not left


def test_a_kernel_whose_launcher_is_gone_before_it_asked_ends():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    # It may be gone before it has answered.
    with pytest.raises(AssertionError, match="the kernel has ended"):
        with Kernel(launched_by=ended.pid) as kernel:
            kernel.process.wait(timeout=30)
            kernel.execute("%lsmagic")

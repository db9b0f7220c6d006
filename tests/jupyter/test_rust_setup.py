"""Where Rust cells cannot be had, one message says why and what to do, and magics go on."""

import os
import pathlib
import subprocess
import sys

import pytest

from processes import marked
from wire import Kernel

QUICK = "%threads breakfast --scale 0.01 --no-chart"


@pytest.fixture
def without_cargo(tmp_path):
    """Everything on PATH but what compiles Rust, and no home in which it could be found."""
    links = tmp_path / "bin"
    links.mkdir()
    for folder in ("/usr/bin", "/bin"):
        for program in pathlib.Path(folder).iterdir():
            link = links / program.name
            if not program.name.startswith(("rust", "cargo")) and not link.is_symlink():
                link.symlink_to(program)
    home = tmp_path / "home"
    home.mkdir()
    return {"PATH": str(links), "HOME": str(home), "CARGO": None, "CARGO_HOME": None, "RUSTC": None,
            "RUSTUP_HOME": None, "XDG_CACHE_HOME": None}


@pytest.mark.parametrize("cell", [
    "let x = 1;", "fn f() {}", ':dep itoa = "1"', "%time 1", '%%threads\nlab.task("a", async |_| ());'])
def test_without_cargo_one_message_says_what_to_install_and_magics_go_on(without_cargo, cell):
    with Kernel(environment=without_cargo) as kernel:
        failed = kernel.execute(cell)
        assert failed.status == "error"
        words = failed.reply.content["evalue"]
        assert ("cargo" in words or "rustc" in words) and "https://rustup.rs" in words, words
        assert "panicked" not in failed.told and "os error" not in failed.told
        assert kernel.ok(QUICK).stdout
        assert kernel.request("complete_request", {"code": "%thr", "cursor_pos": 4}).reply.content["matches"]


def test_without_cargo_questions_about_rust_are_answered_without_noise(without_cargo):
    with Kernel(environment=without_cargo) as kernel:
        assert kernel.request("is_complete_request", {"code": "fn f() {"}).status == "incomplete"
        completed = kernel.request("complete_request", {"code": "std::coll", "cursor_pos": 9})
        inspected = kernel.request("inspect_request", {"code": "Vec", "cursor_pos": 3, "detail_level": 0})
        assert completed.status == inspected.status == "ok"
        assert completed.labels == inspected.labels == ["status busy", "status idle"]


def test_a_compiler_that_lets_one_wait_can_be_interrupted(tmp_path):
    compiler = tmp_path / "rustc"  # as rustup's is while it fetches a toolchain
    compiler.write_text("#!/bin/sh\nexec sleep 1000\n")
    compiler.chmod(0o755)
    with Kernel(environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"}) as kernel:
        cell = kernel.execute_later("1")
        kernel.wait(lambda: kernel.published(cell), "its start")
        kernel.request("interrupt_request", channel="control")
        assert "interrupted" in kernel.finish(cell).error
        assert kernel.ok(QUICK).stdout


def test_a_cache_that_cannot_be_written_is_named_and_magics_go_on(tmp_path):
    cache = tmp_path / "cache"
    cache.write_text("a file, where a folder should be")  # even root cannot write below it
    with Kernel(environment={"THREADLAB_CACHE": str(cache)}) as kernel:
        failed = kernel.execute('let lab = Lab::new();\nlab.task("a", async |_| ());\nlab.threads()')
        assert failed.status == "error" and str(cache) in failed.reply.content["evalue"]
        assert kernel.ok(QUICK).stdout


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_a_settings_file_may_start_the_evaluator_with_the_kernel(tmp_path):
    settings = tmp_path / "threadlab.toml"
    settings.write_text('[rust]\nwarm = "start"\n')
    with Kernel(files=[settings]) as kernel:
        kernel.wait(lambda: len(marked(kernel.mark)) > 1, "the evaluator")


def test_two_kernels_keep_their_own_variables():
    with Kernel() as one, Kernel() as other:
        cells = [(kernel, kernel.execute_later(f"let mine = {n};\nfn which() -> i32 {{ {n} }}"))
                 for n, kernel in enumerate([one, other])]
        for kernel, cell in cells:
            assert kernel.finish(cell).status == "ok"
        asked = [(kernel, kernel.execute_later("(mine, which())")) for kernel in (one, other)]
        assert [kernel.finish(cell).shown[-1]["text/plain"] for kernel, cell in asked] == ["(0, 0)", "(1, 1)"]


def test_a_kernel_that_dies_leaves_another_ones_cells_alone():
    with Kernel() as stays:
        stays.ok("let kept = 1;")
        with Kernel() as goes:
            goes.ok("let kept = 2;")
            goes.kill()
        assert stays.value("kept") == "1"


def test_the_folder_of_a_session_is_gone_after_its_end(tmp_path):
    with Kernel(environment={"TMPDIR": str(tmp_path)}) as kernel:
        kernel.ok("let x = 1;")
        kernel.send("control", "shutdown_request", {"restart": False})
        kernel.process.wait(timeout=30)
    assert list(tmp_path.iterdir()) == []


def test_doctor_tells_of_rust_cells():
    with Kernel() as kernel:
        program = pathlib.Path(f"/proc/{kernel.process.pid}/exe").resolve()
    told = subprocess.run([program, "doctor"], capture_output=True, text=True, timeout=600)
    assert "Rust" in told.stdout and "MB" in told.stdout
    assert "rustc" in told.stdout

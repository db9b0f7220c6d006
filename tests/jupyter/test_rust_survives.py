"""Rust cells that die or are ended: the cause is named, and variables are as they were before the cell."""

import os
import shutil
import signal
import sys
import time

import pytest

from processes import gone_within, in_role, kill, marked, running
from wire import Kernel

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")

# Each cell first changes both variables, which then are to be as before.
CHANGES = 'kept.push(4);\ncups += 1;\nprintln!("changed {cups}");\n'
ENDINGS = [
    # how the cell ends, and words one of which the error has to say
    ("std::process::abort();", ["SIGABRT", "abort"]),
    ("unsafe { std::hint::black_box(8 as *mut u8).write_volatile(1) };", ["SIGSEGV", "egmentation"]),
    ("fn deeper(n: u64) -> u64 { let room = std::hint::black_box([n; 64]); deeper(n + 1) + room[3] }\ndeeper(0);",
     ["stack overflow", "overflowed its stack", "stack"]),
    ("std::process::exit(3);", ["status 3", "exit(3)", "code 3"]),
    ("std::process::exit(0);", ["status 0", "exit(0)", "code 0"]),
    ("let much: Vec<u8> = Vec::with_capacity(std::hint::black_box(1 << 50));\nprintln!(\"{}\", much.capacity());",
     ["memory"]),
    ("unsafe extern \"C\" { fn raise(number: i32) -> i32; }\nunsafe { raise(9) };", ["SIGKILL", "killed"]),
    ("struct Dropped;\nimpl Drop for Dropped { fn drop(&mut self) { panic!(\"second\") } }\n"
     "let _guard = Dropped;\npanic!(\"first\");", ["first", "SIGABRT", "abort"]),
    ('panic!("spilt");', ["spilt"]),
    ('"tea".parse::<u8>()?;', ["invalid digit"]),
]
LOOP = 'println!("begun");\nwhile std::hint::black_box(true) {}'


@pytest.fixture
def keeps(rust):
    """Two variables and a function; after the test they have to be as they were."""
    rust.ok("let mut kept = vec![1, 2, 3];\nlet mut cups = 7;\nfn add(a: i32) -> i32 { a + 1 }")
    yield rust
    assert rust.value("(kept.clone(), add(cups))") == "([1, 2, 3], 8)"
    rust.ok("kept.push(4);\ncups = add(cups);")
    assert rust.value("(kept.len(), cups)") == "(4, 8)", "and they can be changed"


@pytest.mark.parametrize("ending, words", ENDINGS, ids=[
    "abort", "segfault", "stack overflow", "exit 3", "exit 0", "out of memory", "SIGKILL", "panic in a panic", "panic",
    "question mark"])
def test_a_cell_that_dies_names_the_cause_and_changes_nothing(keeps, ending, words):
    done = keeps.execute(CHANGES + ending)
    assert done.status == "error"
    assert any(word in done.error for word in words), done.error
    assert done.stdout.startswith("changed 8\n"), "what it printed before is there"


def test_a_cell_that_dies_again_and_again_changes_nothing(keeps):
    for _ in range(5):
        assert keeps.execute(CHANGES + "std::process::abort();").status == "error"


# Interrupts.


def begin(kernel, code):
    cell = kernel.execute_later(code)
    kernel.wait(lambda: kernel.reply_to(cell) or "stream stdout" in [heard.label for heard in kernel.published(cell)],
                "the first print")
    assert not kernel.reply_to(cell), kernel.reply_to(cell).content
    return cell


def interrupt(kernel, cell):
    """Interrupts a running cell and returns what came of it."""
    asked = time.monotonic()
    assert kernel.request("interrupt_request", channel="control").status == "ok"
    done = kernel.finish(cell)
    print(f"interrupt to idle: {(done.published[-1].at - asked) * 1000:.1f} ms")
    assert (done.status, done.reply.content["ename"]) == ("error", "Interrupted")
    return done


@pytest.mark.parametrize("endless", [
    "while std::hint::black_box(true) {}",
    "std::thread::sleep(std::time::Duration::from_secs(600));",
    "std::thread::spawn(|| while std::hint::black_box(true) {}).join().unwrap();",
    'std::process::Command::new("sleep").arg("600").status()?;',
    'while std::hint::black_box(true) { println!("flood"); }',
], ids=["loop", "sleep", "thread", "program", "flood"])
def test_an_interrupt_of_a_running_cell_changes_nothing(keeps, endless):
    interrupt(keeps, begin(keeps, CHANGES + endless))


def test_an_interrupt_while_the_compiler_runs_ends_it_and_changes_nothing(keeps):
    slow = "\n".join(f'let many{n} = format!("{{}} {n}", cups).parse::<f64>().map_err(|e| e.to_string());'
                     for n in range(3000))
    cell = keeps.execute_later(CHANGES + slow)
    keeps.wait(lambda: keeps.reply_to(cell) or running(keeps.mark, "rustc"), "the compiler")
    assert interrupt(keeps, cell).stdout == ""
    keeps.wait(lambda: not running(keeps.mark, "rustc"), "the compiler's end")


def test_an_interrupt_while_worker_processes_run_ends_them_and_changes_nothing(keeps):
    cell = begin(keeps, CHANGES + """
        let lab = Lab::new();
        for i in 0..3 {
            lab.task(format!("sleeper {i}"), async |w| { w.say("begun"); w.sleep(secs(600.0)).await; });
        }
        lab.processes()?;
    """)
    keeps.wait(lambda: len(in_role(keeps.mark, "rust-child")) > 3, "the workers")
    interrupt(keeps, cell)


def test_an_interrupt_at_a_cells_very_end_loses_nothing(keeps):
    for at in range(15):
        cell = keeps.execute_later('for line in 0..20_000 { println!("{line}"); }')
        keeps.wait(lambda: "status busy" in [heard.label for heard in keeps.published(cell)], "its begin")
        time.sleep(0.09 + 0.004 * at)  # it takes about 0.12 seconds
        keeps.send("control", "interrupt_request", {})
        done = keeps.finish(cell)
        assert done.status == "ok" or "as it was" in done.error or "as they were" in done.error, done.error
        assert keeps.value("cups") == "7"


def test_an_interrupt_of_an_idle_kernel_keeps_variables(keeps):
    assert keeps.request("interrupt_request", channel="control").status == "ok"


def test_cells_queued_behind_an_interrupted_one_do_not_run(keeps):
    cell = begin(keeps, LOOP)
    queued = keeps.execute_later(CHANGES)
    interrupt(keeps, cell)
    assert keeps.finish(queued).status == "aborted"


# Processes that are killed from outside.


def test_the_process_of_a_running_cell_that_is_killed_is_an_error_of_that_cell_alone(keeps):
    before = in_role(keeps.mark, "rust-child")
    cell = begin(keeps, CHANGES + LOOP)
    began = in_role(keeps.mark, "rust-child") - before
    assert began, "the cell runs in a process that was not there before"
    kill(began)
    done = keeps.finish(cell)
    assert done.status == "error" and ("SIGKILL" in done.error or "killed" in done.error)


@pytest.fixture
def session(kernel):
    """Variables, items, a use and a crate that come back by themselves where they can."""
    kernel.ok(':dep itoa = "1"', patience=200)
    kernel.ok("use std::collections::HashMap;\nstruct Cup { size: u32 }\nfn still(cup: Cup) -> u32 { cup.size + 1 }")
    kernel.ok('let lost = vec![1];\nlet missing = String::from("tea");', patience=200)
    yield kernel
    # Whatever was killed, the rest of the session works as if nothing had been.
    kernel.ok("let mut anew = HashMap::new();\nanew.insert(1, still(Cup { size: 4 }));")
    assert kernel.value("anew[&1]") == "5"
    assert kernel.value("itoa::Buffer::new().format(42u64).to_string()", patience=200) == '"42"'
    failed = kernel.execute("lost.len()")
    assert failed.status == "error" and "lost" in failed.error


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
@pytest.mark.parametrize("role", ["rust-child", "rust"])
def test_after_a_killed_process_the_next_cell_runs_and_names_the_variables_that_are_gone(session, role, at_once):
    killed = in_role(session.mark, role)
    assert killed
    kill(killed)
    if not at_once:
        session.wait(lambda: not killed & marked(session.mark), "their end")
        time.sleep(0.5)
    done = session.finish(session.execute_later("still(Cup { size: 4 })"), 200)
    assert done.status == "ok", done.error
    assert done.shown[-1]["text/plain"] == "5"
    assert "lost" in done.told and "missing" in done.told


@pytest.mark.parametrize("role", ["rust-child", "rust"])
def test_a_process_that_is_killed_while_a_cell_runs_is_an_error_that_names_the_variables_that_are_gone(session, role):
    cell = begin(session, LOOP)
    begun = in_role(session.mark, "rust") | in_role(session.mark, "rust-child")
    kill(in_role(session.mark, role))
    done = session.finish(cell)
    assert done.status == "error"
    spared = in_role(session.mark, "rust") if role == "rust-child" else set()
    session.wait(lambda: not (begun - spared) & marked(session.mark), "the end of what ran the cell")
    following = session.finish(session.execute_later("1 + 1"), 200)
    assert following.status == "ok", following.error
    assert "lost" in done.told + following.told and "missing" in done.told + following.told


def test_where_a_process_of_an_earlier_cell_lives_on_a_lost_session_is_told_all_the_same(session):
    session.ok('let helper = std::process::Command::new("sleep").arg("600").spawn()?;')
    kill(in_role(session.mark, "rust-child"))
    following = session.finish(session.execute_later("1 + 1"), 60)
    assert following.status == "ok", following.error
    assert "lost" in following.told and "helper" in following.told


def test_a_fork_of_a_cells_own_ends_with_the_cell(keeps):
    keeps.ok('unsafe extern "C" { fn fork() -> i32; fn wait(status: *mut i32) -> i32; }\n'
             "if unsafe { fork() } > 0 { unsafe { wait(std::ptr::null_mut()) }; }")
    for cups in range(3):
        assert keeps.value(f"cups + {cups}") == str(7 + cups)


def test_why_a_check_of_unsafe_code_ends_a_cell_is_told(keeps):
    died = keeps.execute("unsafe { *vec![1, 2].get_unchecked(std::hint::black_box(5)) }")
    assert died.status == "error" and "within the slice" in died.told + died.stderr


def test_brackets_without_end_harm_nobody(keeps):
    deep = "(" * 30_000 + "1" + ")" * 30_000
    assert keeps.request("is_complete_request", {"code": deep}).status == "complete"
    assert keeps.execute(deep).status == "error"


def test_files_that_somebody_tidied_away_are_made_again(kernel):
    kernel.ok("let cups = 7;")
    folder = kernel.ok(":last_compile_dir").stdout.strip()
    shutil.rmtree(folder)
    assert kernel.value("cups") == "7"


# Threads that outlive their cell.

BACKGROUND = """
use std::sync::{Arc, atomic::{AtomicBool, AtomicU64, Ordering}};
let stop = Arc::new(AtomicBool::new(false));
let ticks = Arc::new(AtomicU64::new(0));
let ticking = {
    let (stop, ticks) = (stop.clone(), ticks.clone());
    std::thread::spawn(move || while !stop.load(Ordering::Relaxed) {
        ticks.fetch_add(1, Ordering::Relaxed);
        std::thread::sleep(std::time::Duration::from_millis(1));
    })
};
"""


def test_with_a_live_background_thread_a_cell_says_that_it_is_not_protected(kernel):
    kernel.ok(BACKGROUND)
    unprotected = kernel.ok("ticks.load(Ordering::Relaxed) > 0")
    assert "not protected" in unprotected.told
    before = int(kernel.value("ticks.load(Ordering::Relaxed)"))
    time.sleep(0.1)
    assert int(kernel.value("ticks.load(Ordering::Relaxed)")) > before, "the thread lives on"
    # Once it has ended, cells are protected again.
    kernel.ok("stop.store(true, Ordering::Relaxed);\nticking.join().unwrap();")
    assert "not protected" not in kernel.ok("let cups = 1;").told
    assert kernel.execute("std::process::abort();").status == "error"
    assert kernel.value("cups") == "1"


def test_an_unprotected_cell_that_dies_names_the_variables_that_are_gone(kernel):
    kernel.ok(BACKGROUND)
    kernel.ok("let lost = 1;\nfn still() -> i32 { 5 }")
    died = kernel.execute("std::process::abort();")
    assert died.status == "error"
    following = kernel.ok("still()")
    assert following.shown[-1]["text/plain"] == "5"
    assert "lost" in died.told + following.told and "ticks" in died.told + following.told


def test_an_unprotected_cell_that_cannot_be_loaded_loses_nothing(kernel):
    kernel.ok(BACKGROUND)
    kernel.ok("let kept = 1;")
    failed = kernel.execute('unsafe extern "C" { fn threadlab_has_no_such_function(); }\n'
                            "unsafe { threadlab_has_no_such_function() };")
    assert "cannot be loaded" in failed.error and "gone" not in failed.error
    assert kernel.value("kept") == "1"


def test_a_thread_that_ended_with_its_cell_leaves_the_next_one_protected(keeps):
    keeps.ok("std::thread::spawn(|| 1).join().unwrap();")
    assert "not protected" not in keeps.ok("1").told


# Ends of the kernel.


@pytest.mark.parametrize("cell", ["1", LOOP], ids=["idle", "while a cell runs"])
def test_a_killed_kernel_leaves_no_process_of_rust_cells(kernel, cell):
    kernel.ok("1")
    if cell == LOOP:
        begin(kernel, cell)
    assert len(marked(kernel.mark)) > 2
    os.kill(kernel.process.pid, signal.SIGKILL)
    kernel.process.wait()
    left, _ = gone_within(20, kernel.mark)
    assert not left


def test_a_shutdown_while_a_cell_runs_leaves_no_process(kernel):
    begin(kernel, LOOP)
    kernel.send("control", "shutdown_request", {"restart": False})
    kernel.process.wait(timeout=30)
    left, _ = gone_within(20, kernel.mark)
    assert not left


@pytest.mark.parametrize("ended", ["shut down", "killed", "killed with its group", "evaluator killed"])
def test_no_file_is_left_behind(tmp_path, ended):
    with Kernel(environment={"TMPDIR": str(tmp_path)}) as kernel:
        kernel.ok("let tea = 1;\ntea")
        assert any(tmp_path.iterdir())
        if ended == "killed":
            kernel.kill()
        elif ended == "killed with its group":
            os.killpg(kernel.process.pid, signal.SIGKILL)
        else:
            kill(in_role(kernel.mark, "rust") if ended == "evaluator killed" else [])
            kernel.send("control", "shutdown_request", {"restart": False})
            kernel.process.wait(timeout=30)
    deadline = time.monotonic() + 20
    while left := os.listdir(tmp_path):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)

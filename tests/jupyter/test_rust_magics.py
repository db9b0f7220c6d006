"""The magics that come with Rust cells: what they do to the session, what they measure, and what they say."""

import json
import re

import pytest

DURATION = r"\d[\d.]* (ns|µs|ms|s)"


def error(done):
    assert done.status == "error"
    return done.error


def place(done):
    """Line and column that an error names."""
    return re.search(r"line (\d+):(\d+)", error(done)).groups()


def timings(kernel, cell):
    """What `--json` tells of timed code."""
    return json.loads(kernel.ok(cell).stdout)


# %who and %reset.


def test_who_lists_variables_and_says_how_to_make_one(kernel):
    assert "no variables" in kernel.value("%who")
    kernel.ok("let cups = vec![1u8, 2];\nlet mut sugar = 3i64;")
    table = kernel.value("%who").splitlines()
    assert any(line.split() == ["cups", "Vec<u8>", "24", "B"] for line in table)
    assert any(line.split() == ["sugar", "mut", "i64", "8", "B"] for line in table)


def test_reset_forgets_everything_and_says_what(kernel):
    assert "nothing to forget" in kernel.ok("%reset").stdout
    kernel.ok("use std::fmt::Write as _;\nuse std::rc::Rc;\nlet cups = 1;\nfn brew() -> u8 { 7 }\nstruct Cup;")
    told = kernel.ok("%reset").stdout
    assert "cups" in told and "brew" in told and "Cup" in told and "Rc" in told
    for gone in ["cups", "brew()", "Cup", "Rc::new(1)"]:
        assert "CompileError" in error(kernel.execute(gone + ";"))
    assert "no variables" in kernel.value("%who")
    assert kernel.value("let cups = 2;\ncups") == "2"
    assert "nothing to forget" not in kernel.ok("%reset").stdout


# %time.


@pytest.mark.parametrize("cell", ["%time { let cups = 4; cups + 3 }", "%%time\nlet cups = 4;\ncups + 3"])
def test_time_shows_the_value_and_how_long_it_ran_and_compiled(rust, cell):
    done = rust.ok(cell)
    assert done.shown[-1]["text/plain"] == "7"
    assert re.search(f"ran {DURATION}; .* compiled in {DURATION}", done.stdout)


def test_timed_once_means_that_variables_stay(rust):
    rust.ok("%time let kept = 5;")
    rust.ok("%%time\nlet also_kept = kept + 1;")
    assert rust.value("kept * also_kept") == "30"


def test_running_is_told_apart_from_compiling(rust):
    told = rust.ok("%time std::thread::sleep(std::time::Duration::from_millis(1200));").stdout
    assert re.search(r"ran 1\.[2-9]\d s|ran [2-9]", told)


def test_an_error_in_timed_code_has_its_place_in_the_cell(rust):
    assert place(rust.execute("let a = 1;\n  %time missing(a)")) == ("2", "9")
    assert place(rust.execute("%%time\n\nlet b = 1;\nmissing(b)")) == ("4", "1")
    assert place(rust.execute("%timeit -r 3 missing(1)")) == ("1", "14")
    assert place(rust.execute("%%timeit let n = 1;\nlet m = n;\n missing(m)")) == ("3", "2")
    assert place(rust.execute("%%timeit missing(1);\n2")) == ("1", "10")


def test_a_panic_in_timed_code_has_its_place_in_the_cell(rust):
    assert place(rust.execute('%%timeit\nlet n = 1;\nif n > 0 { panic!("spilled") }')) == ("3", "12")


# %timeit.


def test_a_timed_let_may_do_without_its_semicolon(rust):
    assert timings(rust, "%timeit -n 2 -r 3 --json let x = 1")["loops"] == 2


def test_timeit_tells_median_and_spread_and_draws_the_samples(rust):
    done = rust.ok("%timeit (0..100u64).map(std::hint::black_box).sum::<u64>()")
    assert re.search(f"median {DURATION}, middle half {DURATION} to {DURATION} \\(\\d+ samples of [\\d,]+ runs each\\)",
                     done.stdout)
    assert {"image/png", "image/svg+xml", "text/plain"} <= set(done.shown[-1])


def test_loops_and_repeats_are_as_asked_for(rust):
    rust.ok("use std::sync::atomic::{AtomicU64, Ordering};\nlet runs = std::sync::Arc::new(AtomicU64::new(0));")
    told = timings(rust, "%timeit -n 6 -r 7 --json runs.fetch_add(1, Ordering::Relaxed)")
    assert (told["loops"], len(told["seconds"])) == (6, 7)
    assert rust.value("runs.load(Ordering::Relaxed)") == "42"


def test_what_stands_beside_the_magic_runs_once(rust):
    rust.ok("let mut brewed = 0u32;")
    told = timings(rust, "%%timeit -n 2 -r 3 --json brewed += 100;\nbrewed += 1;")
    assert (told["loops"], len(told["seconds"])) == (2, 3)
    assert rust.value("brewed") == "106"


def test_a_sample_is_of_the_time_that_code_takes(rust):
    told = timings(rust, "%timeit -r 3 --json std::thread::sleep(std::time::Duration::from_millis(30))")
    assert told["loops"] == 1
    assert all(seconds >= 0.03 for seconds in told["seconds"])


def test_code_that_awaits_is_timed_too(rust):
    told = timings(rust, "%timeit -n 5 -r 5 --json std::future::ready(1).await")
    assert len(told["seconds"]) == 5


def test_what_timed_code_defines_is_not_kept(rust):
    rust.ok("%%timeit -r 2 let before = 1;\nfn inner() -> u8 { 1 }\nlet within = inner();\nwithin")
    for name in ["before", "within", "inner()"]:
        assert "CompileError" in error(rust.execute(name + ";"))


def test_a_variable_cannot_be_moved_away_again_and_again(rust):
    rust.ok("let leaves = vec![1, 2];")
    told = error(rust.execute("%timeit drop(leaves)"))
    assert ".clone()" in told
    assert rust.value("leaves") == "[1, 2]"


def test_a_question_mark_ends_timed_code(rust):
    assert "invalid digit" in error(rust.execute('%timeit "chai".parse::<i32>()?'))


def test_an_interrupt_ends_timed_code_and_leaves_variables(rust):
    rust.ok("let mut poured = 1u32;")
    asked = rust.execute_later(
        "%timeit -n 1 -r 10000 poured += 1; println!(); std::thread::sleep(std::time::Duration::from_millis(50));")
    rust.wait(lambda: any(heard.type == "stream" for heard in rust.published(asked)), "the first run")
    rust.request("interrupt_request", channel="control")
    assert "Interrupted" in error(rust.finish(asked))
    assert rust.value("poured") == "1"


def test_what_compiles_to_nothing_says_so(rust):
    assert "black_box" in rust.ok("%timeit 1 + 1").stdout


MISTAKES = [
    ("%time", "none was given"),
    ("%timeit", "none was given"),
    ("%%timeit\n", "none was given"),
    ("%time %threads breakfast", "is a magic"),
    ("%%time 1 + 1\n2", "next line"),
    ("%timeit -n many 1", "--loops"),
    ("%timeit --lops 3 f()", "--loops"),
    ("%timeit fn brew() {}", "only defines"),
    ("%load", "FILE"),
    ("%writefile a.rs", "%%writefile"),
    ("%%writefile\nx", "FILE"),
]


@pytest.mark.parametrize("cell, says", MISTAKES, ids=[cell for cell, _ in MISTAKES])
def test_a_mistake_says_what_to_do(rust, cell, says):
    told = error(rust.execute(cell))
    assert "UsageError" in told
    assert says in told


# %load and %%writefile.


def test_a_cell_goes_into_a_file_and_comes_back(kernel):
    written = kernel.ok('%%writefile "my brew.rs"\nfn brew() -> &\'static str { "ü" }').stdout
    assert re.search(r"wrote 35 bytes to /.*/my brew\.rs$", written.strip())
    assert "appended" in kernel.ok('%%writefile -a "my brew.rs"\nbrew()\n').stdout
    done = kernel.ok('%load "my brew.rs"')
    loaded, = done.reply.content["payload"]
    assert (loaded["source"], loaded["replace"]) == ("set_next_input", True)
    assert loaded["text"].splitlines() == [
        "// %load my brew.rs", "fn brew() -> &'static str { \"ü\" }", "brew()"]
    assert kernel.value(loaded["text"]) == '"ü"'


def test_a_cell_magic_stays_in_the_first_line(kernel):
    kernel.ok("%%writefile cell.txt\n%%python\nprint(6 * 7)")
    loaded, = kernel.ok("%load cell.txt").reply.content["payload"]
    assert kernel.ok(loaded["text"]).stdout == "42\n"


def test_a_file_that_is_not_there_says_what_is_near(kernel):
    kernel.ok("%%writefile breakfast.rs\n1")
    told = error(kernel.execute("%load brekfast.rs"))
    assert "no such file" in told and "%load breakfast.rs" in told


def test_a_file_is_not_written_where_it_cannot_be(rust):
    told = error(rust.execute("%%writefile no/such/folder/a.rs\nx"))
    assert "there is no folder" in told
    assert "cannot be written" in error(rust.execute("%%writefile /proc/version\nx"))


# Completion.


def matches(kernel, code):
    return kernel.request("complete_request", {"code": code, "cursor_pos": len(code)}).reply.content["matches"]


def test_magics_options_and_files_are_completed(kernel):
    assert "%%timeit" in matches(kernel, "%%tim")
    assert "--repeats" in matches(kernel, "%timeit --rep")
    kernel.ok("%%writefile breakfast.rs\n1")
    assert matches(kernel, "%load break") == ["breakfast.rs"]

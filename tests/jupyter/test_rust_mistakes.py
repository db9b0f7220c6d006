"""What a learner is told whose Rust cell does not compile, panics, or is Python."""

import re

import pytest


def failed(kernel, code):
    done = kernel.execute(code)
    assert done.status == "error", code
    return done


def pointed_at(error, line):
    """The number of a cell's line in a compile error, and what its carets stand under."""
    rows = error.splitlines()
    at = next(index for index, row in enumerate(rows) if row.rstrip().endswith(line))
    number = re.match(r"\D*(\d+)", rows[at])[1]
    under = next(row for row in rows[at + 1:] if "^" in row)
    return int(number), rows[at][under.index("^"):under.rindex("^") + 1]


# Compile errors.


@pytest.mark.parametrize("before", ["", "let a = 1;\n", "%defaults\n", "// tea\n\nfn item() {}\n", "use std::fmt;\n"])
def test_a_compile_error_points_into_the_cell(rust, before):
    line = 'let b: i32 = "tea";'
    error = failed(rust, f"{before}{line}\nlet c = 3;").error
    assert "mismatched types" in error and "E0308" in error
    assert pointed_at(error, line) == (before.count("\n") + 1, '"tea"')


def test_an_error_in_a_function_points_into_the_cell(rust):
    line = "    let n: u8 = true;"
    error = failed(rust, f"fn outer() {{\n{line}\n}}\nouter();").error
    assert pointed_at(error, line) == (2, "true")


def test_an_error_behind_wide_characters_points_at_the_same_place(rust):
    line = '/* č é */ let b: i32 = "tea";'
    assert pointed_at(failed(rust, line).error, line) == (1, '"tea"')


def test_an_error_of_the_last_expression_points_into_the_cell(rust):
    line = '1 + "tea"'
    number, _ = pointed_at(failed(rust, f"let a = 1;\n{line}").error, line)
    assert number == 2


def test_a_mistake_of_syntax_points_into_the_cell(rust):
    error = failed(rust, "let a = 1;\nlet = 5;\nlet c = 3;").error
    assert pointed_at(error, "let = 5;")[0] == 2


def test_every_error_of_a_cell_is_told(rust):
    error = failed(rust, 'let a: i32 = "one";\nlet b: i32 = "two";').error
    assert '"one"' in error and '"two"' in error


def test_a_compile_error_has_the_compilers_hint(rust):
    error = failed(rust, "let list = vec![1, 2];\nlist.lenght()").error
    assert "help" in error and "`len`" in error


def test_a_compile_error_names_no_file_of_ours(rust):
    error = failed(rust, 'let a: i32 = "tea";').error
    assert not re.search(r"/tmp|/root|/home|\.cache|\.rs\b|__", error), error


def test_a_compile_error_has_a_short_value_and_a_traceback_with_colours(rust):
    told = failed(rust, 'let a: i32 = "tea";').reply.content
    assert "mismatched types" in told["evalue"].splitlines()[0] and "\x1b" not in told["evalue"]
    assert "\x1b[" in "\n".join(told["traceback"])


def test_a_misspelt_variable_is_told_with_the_one_that_is_near(rust):
    rust.ok("let saucers = 4;")
    error = failed(rust, "saucer + 1").error
    assert "`saucer`" in error and "`saucers`" in error


def test_a_cell_that_does_not_compile_has_done_nothing(rust):
    rust.ok("let mut untouched = 1;")
    done = failed(rust, 'untouched = 2;\nprintln!("never");\nlet new: i32 = "tea";')
    assert done.stdout == ""
    assert rust.value("untouched") == "1"
    assert rust.execute("new").status == "error"


def test_a_warning_is_no_error_and_does_not_disturb(rust):
    done = rust.ok("fn unused() { let nobody = 1; }\nlet mut unchanged = 2;")
    assert (done.stdout, done.stderr, done.shown) == ("", "", [])


# Panics.


def test_a_panic_is_an_error_with_its_message_and_place(rust):
    done = failed(rust, 'let cups = 1;\npanic!("spilt {cups}");')
    told = done.reply.content
    assert "spilt 1" in told["evalue"]
    assert re.search(r"line 2|:2\b", done.error), done.error
    assert 'panic!("spilt {cups}");' in done.error, "the line itself is shown"
    assert "RUST_BACKTRACE" not in done.told


@pytest.mark.parametrize("code, says", [
    ("let list = vec![1];\nlet at = list.len() + 4;\nlist[at]", "index out of bounds"),
    ("let none: Option<u8> = None;\nnone.unwrap()", "`None`"),
    ('Err::<u8, _>("sour").expect("milk")', "sour"),
    ("let zero = std::hint::black_box(0);\n1 / zero", "divide by zero"),
])
def test_a_panic_of_the_standard_library_is_told_with_a_line_of_the_cell(rust, code, says):
    error = failed(rust, code).error
    assert says in error
    assert re.search(rf"line {code.count(chr(10)) + 1}|:{code.count(chr(10)) + 1}\b", error), error


def test_a_panic_in_a_function_of_an_earlier_cell_names_that_cell(rust):
    made = rust.ok('fn spill() {\n    panic!("on the floor");\n}').reply.content["execution_count"]
    error = failed(rust, "spill();").error
    assert "on the floor" in error
    assert re.search(rf"\[{made}\]|cell {made}\b", error), error


def test_a_panic_of_a_thread_that_was_joined_is_not_the_cells(rust):
    done = rust.ok('std::thread::spawn(|| panic!("in a thread")).join().is_err()')
    assert done.shown[-1]["text/plain"] == "true"
    assert "in a thread" in done.told


def test_a_panic_that_is_caught_is_not_the_cells(rust):
    assert rust.value('std::panic::catch_unwind(|| panic!("caught")).is_err()') == "true"


def test_what_was_printed_before_a_panic_is_shown(rust):
    done = failed(rust, 'print!("pouring");\npanic!("spilt");')
    assert done.stdout == "pouring"
    assert done.labels.index("stream stdout") < done.labels.index("error")


# Python.


@pytest.mark.parametrize("cell", [
    "import threading", "from threading import Thread", "def brew():\n    pass", "class Tea:\n    pass",
    "for i in range(3):\n    print(i)", 'print("chai")', "with open('tea') as file:\n    print(file.read())",
    "import time\n\nstart = time.time()\nprint(time.time() - start)", 'print(f"{1 + 1} cups")',
    "counter = 0\n\ndef increment():\n    global counter\n    counter += 1",
])
def test_python_is_told_to_say_so(rust, cell):
    assert "%%python" in failed(rust, cell).reply.content["evalue"]


@pytest.mark.parametrize("cell", [
    'println!("import threading");', "let import = 1;", "for i in 0..3 {\n    print!(\"{i}\");\n}",
    'let text = "def brew():";',
])
def test_rust_that_looks_like_python_is_rust(rust, cell):
    assert rust.ok(cell)


def test_a_wrong_cell_of_rust_is_not_taken_for_python(rust):
    assert "%%python" not in failed(rust, 'let a: i32 = "tea";').error


# What a cell has no `return` for.


@pytest.mark.parametrize("code", ["kettle.len();\nreturn Ok(());", "std::future::ready(()).await;\nreturn Ok(());"])
def test_a_return_is_refused_at_its_place_and_loses_nothing(rust, code):
    rust.ok('let kettle = String::from("hot");')
    done = failed(rust, code)
    assert done.reply.content["ename"] == "CompileError"
    assert "2:" in done.error and "no `return` of its own" in done.error
    assert rust.value("kettle") == '"hot"'


# Panics that nobody hears of.


def test_a_panic_that_is_passed_on_says_what_it_was(rust):
    done = failed(rust, 'std::panic::resume_unwind(Box::new(String::from("passed on")));')
    assert done.reply.content["evalue"] == "passed on"


def test_a_panic_below_a_hook_of_the_learners_own_says_what_it_was(kernel, library):
    kernel.ok('std::panic::set_hook(Box::new(|_| eprintln!("a hook")));')
    done = failed(kernel, 'panic!("told by no hook")')
    assert done.reply.content["evalue"] == "told by no hook" and "a hook" in done.stderr


def test_a_warning_is_told_in_its_own_cell_alone(rust):
    assert "unused_must_use" in rust.ok('fn careless() { std::fs::read("none"); }').stderr
    assert rust.ok("careless();").stderr == ""


@pytest.mark.parametrize("changes", ["cups = 4;", "cups += 1;", "list.push(1);"])
def test_how_a_variable_of_an_earlier_cell_comes_to_be_changed_is_said(rust, changes):
    rust.ok("let cups = 3;\nlet list = vec![0];")
    assert "let mut" in rust.execute(changes).error


@pytest.mark.parametrize("cell", [
    'let tea = 1;\nmatch tea { 1 => panic!("spilt"), _ => unreachable!() }',
    'if std::hint::black_box(true) { panic!("spilt") } else { panic!("cold") }',
])
def test_a_value_that_is_never_there_is_no_mistake(rust, cell):
    failed = rust.execute(cell)
    assert failed.reply.content["ename"] == "Panic" and "spilt" in failed.error


def test_what_was_moved_in_its_own_cell_is_told(rust):
    rust.ok('let given = String::from("a");\nlet taken = given;')
    assert "moved away" in rust.execute("given").error
    assert rust.value("taken") == '"a"'


def test_who_reads_the_keyboard_is_told_how_to_ask(rust):
    told = rust.ok("let mut line = String::new();\nstd::io::stdin().read_line(&mut line)?;").told
    assert "lab::input" in told

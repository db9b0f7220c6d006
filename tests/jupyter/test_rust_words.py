"""What a front end asks about Rust that is not run: is it complete, what could come next, what is this."""

import time

import pytest

from processes import in_role
from wire import PATIENCE


@pytest.mark.parametrize("code, status", [
    ("let x = 1;", "complete"), ("x + 1", "complete"), ("fn f() { 1 }", "complete"), ('let s = "{";', "complete"),
    ("let c = '{';", "complete"), ("// {", "complete"), ("/* { */", "complete"), ('let r = r#"{""#;', "complete"),
    ("fn f<'a>(x: &'a str) -> &'a str { x }", "complete"), ("%who\nlet x = 1;", "complete"),
    ("fn f() {", "incomplete"), ("let v = vec![", "incomplete"), ("f(1,", "incomplete"), ('let s = "abc', "incomplete"),
    ('let r = r#"abc"', "incomplete"), ("/* open", "incomplete"), ("/* /* nested */", "incomplete"),
    ("if x {\n    1\n} else {", "incomplete"), ("%who\nfn f() {", "incomplete"),
])
def test_is_complete(rust, code, status):
    assert rust.request("is_complete_request", {"code": code}).status == status


@pytest.mark.parametrize("code", ["fn f() }", "let x = (1];", "let 1 = x = ;", "let s = \"a\" \"b\";"])
def test_what_cannot_be_mended_by_another_line_is_not_incomplete(rust, code):
    assert rust.request("is_complete_request", {"code": code}).status != "incomplete"


def test_the_next_line_of_an_open_block_is_indented(rust):
    reply = rust.request("is_complete_request", {"code": "fn f() {"}).reply.content
    assert reply["indent"] == "    "


# Completion.


def complete(kernel, code, rest=""):
    asked = kernel.send("shell", "complete_request", {"code": code + rest, "cursor_pos": len(code)})
    found = kernel.finish(asked, 200).reply.content
    assert found["cursor_end"] == len(code)
    return found["matches"], code[found["cursor_start"]:]


@pytest.fixture
def named(rust):
    """Something to ask about, and an analyser that has begun: it may be asked for a while before it answers."""
    rust.ok('let teapot = String::from("assam");\n/// Pours a cup.\nfn pour_a_cup(size: u32) -> u32 { size }')
    assert complete_soon(rust, "teapot.is_emp", "is_empty")
    return rust


def complete_soon(kernel, code, wanted):
    """The matches and what they replace, once `wanted` is among them: an analyser may be reading still."""
    deadline = time.monotonic() + PATIENCE
    while True:
        matches, replaced = complete(kernel, code)
        if any(match.startswith(wanted) for match in matches):
            return matches, replaced
        assert time.monotonic() < deadline, f"{wanted} is not among {matches}"


@pytest.mark.parametrize("code, wanted, typed", [
    ("teapot.is_emp", "is_empty", "is_emp"), ("teap", "teapot", "teap"), ("pour_a", "pour_a_cup", "pour_a"),
    ("std::collections::Hash", "HashMap", "Hash"), ("let list = vec![1];\nlist.le", "len", "le"),
    ("let cup = Some(1);\nif cup.is_so", "is_some", "is_so"), ("lab::La", "Lab", "La"),
    ("let lab = Lab::new();\nlab.thr", "threads", "thr"), ("millis", "millis(", "millis"),
    ("Lab::new().task(\"a\", async |w| { w.sle", "sleep", "sle"), ("%timeit -n 3 teapot.is_emp", "is_empty", "is_emp"),
    ("%%threads\nlet c = lab.shared(\"c\", 0);\nlab.task(\"a\", async |w| { w.lo", "load", "lo"),
])
def test_completion_of_rust(named, code, wanted, typed):
    _, replaced = complete_soon(named, code, wanted)
    assert replaced == typed


def test_a_cell_of_magics_and_rust_is_completed_in_both(named):
    assert complete(named, "%threads breakf", "\nteapot.len()")[0] == ["breakfast"]
    matches, replaced = complete(named, "%defaults\n// 🍵 é\nteapot.is_emp", "\n%who")
    assert "is_empty" in "".join(matches) and replaced == "is_emp"


def test_completion_runs_nothing(named):
    named.ok("let mut drunk = 0;")
    complete(named, "%writefile_no\ndrunk += 1;\nstd::process::abort();\nteapot.is_emp")
    assert named.value("drunk") == "0"


def test_a_cell_of_something_else_is_not_completed_as_rust(named):
    assert complete(named, "%%python\nteapot.is_emp")[0] == []


def test_completion_of_the_head_of_a_cell_magic_and_of_its_body(named):
    assert "%%threads" in " ".join(complete(named, "%%thr")[0])
    matches, _ = complete(named, "%%threads\nteapot.is_emp")
    assert "is_empty" in "".join(matches)


# Inspection.


def inspect(kernel, code, rest=""):
    asked = kernel.send("shell", "inspect_request",
                        {"code": code + rest, "cursor_pos": len(code), "detail_level": 0})
    found = kernel.finish(asked, 200).reply.content
    assert found["status"] == "ok"
    return found["data"]["text/plain"] if found["found"] else None


@pytest.mark.parametrize("code, says", [
    ("teapot", "String"), ("pour_a_cup", "fn pour_a_cup(size: u32) -> u32"), ("pour_a_cup", "Pours a cup."),
    ("let n = teapot.len", "fn len"), ("let list = vec![1u8];\nlist", "Vec<u8>"),
    ("std::thread::spawn", "Spawns a new thread"), ("let lab = Lab::new", "A lab without tasks"),
])
def test_inspection_shows_type_and_documentation(named, code, says):
    assert says in (inspect(named, code) or "nothing was found")


def test_a_variable_that_is_called_like_a_scenario_is_a_variable(named):
    assert "breakfast" in inspect(named, "let crumbs = breakfast")
    named.ok("let counter = 7u8;")
    assert "u8" in inspect(named, "let n = counter")
    assert "threads" in inspect(named, "%threads counter")


def test_inspection_of_nothing_finds_nothing(named):
    assert inspect(named, "no_such_name_at_all") is None


@pytest.mark.parametrize("code, says", [
    ("teapot?", "String"), ("?teapot", "String"), ("pour_a_cup?", "Pours a cup."), ("Vec?", "growable array"),
    ("std::thread::spawn?", "Spawns a new thread"), ("%threads?", "threads"), ("breakfast?", "breakfast"),
])
def test_a_question_mark_tells_about_a_name(named, code, says):
    assert says in named.ok(code, patience=200).told


def test_two_question_marks_show_the_source_of_a_function(named):
    assert "{ size }" in named.ok("pour_a_cup??", patience=200).told


def test_a_question_about_an_unknown_name_is_an_error_that_names_what_is_near(named):
    failed = named.execute("teapott?")
    assert failed.status == "error" and "teapott" in failed.error and "`teapot?`" in failed.error


def test_a_question_mark_at_the_end_of_an_expression_is_rusts(named):
    assert named.value('"12".parse::<u8>()?') == "12"


def test_await_explains_itself(named):
    assert "same task runs as a thread" in named.ok("?await").told


# What starts the evaluator.


def test_magics_alone_start_no_evaluator(kernel):
    kernel.ok("%threads breakfast --scale 0.01")
    kernel.request("is_complete_request", {"code": "%threads breakfast"})
    kernel.request("complete_request", {"code": "%thr", "cursor_pos": 4})
    assert not in_role(kernel.mark, "rust")


@pytest.mark.parametrize("kind, content", [
    ("is_complete_request", {"code": "let x = "}), ("complete_request", {"code": "std::coll", "cursor_pos": 9}),
], ids=["is_complete", "completion"])
def test_a_question_about_rust_starts_the_evaluator(kernel, kind, content):
    kernel.finish(kernel.send("shell", kind, content), 200)
    kernel.wait(lambda: in_role(kernel.mark, "rust"), "the evaluator")

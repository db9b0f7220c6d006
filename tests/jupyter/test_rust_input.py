"""Input for a Rust cell through the front end."""

import pytest

ASKS = 'let name = lab::input("name? ");\nprintln!("hello, {name}");\nname.len()'


def asked_for(kernel, cell):
    kernel.wait(lambda: kernel.reply_to(cell) or requests(kernel, cell), "the request for input", 200)
    assert requests(kernel, cell), kernel.reply_to(cell).content
    return requests(kernel, cell)[-1].content


def requests(kernel, cell):
    return [heard for heard in kernel.heard if heard.channel == "stdin" and heard.parent == cell]


def answer(kernel, value):
    kernel.send("stdin", "input_reply", {"status": "ok", "value": value})


def test_a_cell_asks_and_is_answered(rust):
    cell = rust.execute_later(ASKS, allow_stdin=True)
    assert asked_for(rust, cell) == {"prompt": "name? ", "password": False}
    answer(rust, "Zoë")
    done = rust.finish(cell)
    assert (done.status, done.stdout) == ("ok", "hello, Zoë\n")
    assert done.shown[-1]["text/plain"] == "4"


def test_what_was_printed_before_is_there_when_input_is_asked_for(rust):
    cell = rust.execute_later('print!("think first");\nlab::input("> ");', allow_stdin=True)
    asked_for(rust, cell)
    rust.wait(lambda: "stream stdout" in [heard.label for heard in rust.published(cell)], "the print")
    answer(rust, "")
    assert rust.finish(cell).status == "ok"


def test_a_cell_asks_several_times(rust):
    cell = rust.execute_later('let total: i32 = (0..3).map(|n| lab::input(&format!("{n}: ")).parse::<i32>().unwrap())'
                              '.sum();\ntotal', allow_stdin=True)
    for count in range(3):
        rust.wait(lambda: rust.reply_to(cell) or len(requests(rust, cell)) > count, "the request for input", 200)
        assert asked_for(rust, cell)["prompt"] == f"{count}: "
        answer(rust, "10")
    assert rust.finish(cell).shown[-1]["text/plain"] == "30"


def test_without_leave_to_ask_a_cell_is_refused(rust):
    cell = rust.finish(rust.execute_later(ASKS, allow_stdin=False), 200)
    assert cell.status == "error"
    assert "input" in cell.error and not requests(rust, cell.reply.parent)
    assert cell.stdout == ""


@pytest.mark.parametrize("allowed", [True, False])
def test_after_input_variables_and_the_next_cell_are_fine(rust, allowed):
    rust.ok("let before = 1;")
    cell = rust.execute_later('lab::input("? ");', allow_stdin=allowed)
    if allowed:
        asked_for(rust, cell)
        answer(rust, "x")
    rust.finish(cell)
    assert rust.value("before") == "1"


def test_an_interrupt_ends_the_waiting(rust):
    rust.ok("let before = 2;")
    cell = rust.execute_later('lab::input("? ");', allow_stdin=True)
    asked_for(rust, cell)
    rust.request("interrupt_request", channel="control")
    done = rust.finish(cell)
    assert (done.status, done.reply.content["ename"]) == ("error", "Interrupted")
    assert rust.value("before") == "2"


def test_threads_that_ask_get_each_its_own_answer(rust):
    cell = rust.execute_later(
        "let asking: Vec<_> = (0..4).map(|n| std::thread::spawn(move || lab::input(&format!(\"{n}? \")))).collect();\n"
        "asking.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()", allow_stdin=True)
    for count in range(4):
        rust.wait(lambda: rust.reply_to(cell) or len(requests(rust, cell)) > count, "the request for input", 200)
        answer(rust, "answer " + asked_for(rust, cell)["prompt"][0])
    shown = rust.finish(cell).shown[-1]["text/plain"]
    assert shown == '["answer 0", "answer 1", "answer 2", "answer 3"]'


def test_a_thread_that_asks_after_its_cell_has_ended_hinders_nobody(rust):
    cell = rust.execute_later('let asking = std::thread::spawn(|| lab::try_input("late? "));\n'
                              "std::thread::sleep(std::time::Duration::from_millis(300));", allow_stdin=True)
    assert rust.finish(cell, 200).status == "ok"
    assert rust.value("1 + 1") == "2"
    assert "has ended" in rust.value("asking.join().unwrap()")

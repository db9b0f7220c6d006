"""What a Rust cell prints: when it arrives, in how many messages, and that no output can confuse the kernel."""

import re

import pytest

PRINTS_SLOWLY = """
println!("first");
std::thread::sleep(std::time::Duration::from_millis(1500));
println!("second");
"""


def streams(done, name="stdout"):
    return [heard for heard in done.published if heard.label == f"stream {name}"]


@pytest.mark.parametrize("name, prints", [("stdout", "println"), ("stderr", "eprintln")])
def test_a_line_arrives_while_the_cell_runs(rust, name, prints):
    done = rust.ok(PRINTS_SLOWLY.replace("println", prints))
    assert done.text(name) == "first\nsecond\n"
    first, last = streams(done, name)[0], done.published[-1]
    assert last.at - first.at > 1, "the sleep lies between the first line and the end"


def test_what_is_flushed_without_a_newline_arrives_while_the_cell_runs(rust):
    done = rust.ok('use std::io::Write;\nprint!("brewing");\nstd::io::stdout().flush()?;\n'
                   "std::thread::sleep(std::time::Duration::from_millis(1500));")
    assert done.stdout == "brewing"
    assert done.published[-1].at - streams(done)[0].at > 1


def test_a_print_without_newline_is_shown_as_it_is(rust):
    assert rust.ok('print!("chai");').stdout == "chai"
    assert rust.ok('print!("more");\n1').stdout == "more"
    assert rust.ok('println!("next");').stdout == "next\n"


def test_no_output_comes_after_idle(rust):
    cells = [rust.execute_later(f'for i in 0..500 {{ println!("{cell} {{i}}"); eprintln!("{{i}}"); }}')
             for cell in range(10)]
    for done in map(rust.finish, cells):
        assert (done.status, done.labels[-1]) == ("ok", "status idle")
        assert done.stdout.count("\n") == done.stderr.count("\n") == 500


def test_what_a_thread_prints_after_its_cell_is_not_sent_as_that_cells(kernel):
    done = kernel.execute("std::thread::spawn(|| {\n    for _ in 0..10 {\n        "
                          "std::thread::sleep(std::time::Duration::from_millis(50));\n"
                          '        println!("late");\n    }\n});')
    assert done.status == "ok"
    kernel.hears(lambda: False, 1)
    assert [heard.label for heard in kernel.published(done.reply.parent)][-1] == "status idle"


def test_100_000_lines_arrive_in_order_in_few_messages(rust):
    done = rust.ok('for i in 0..100_000 { println!("{i:080}"); }')
    assert [int(line) for line in done.stdout.splitlines()] == list(range(100_000))
    assert done.labels.count("stream stdout") <= 200


def test_a_line_of_a_megabyte_arrives_whole(rust):
    done = rust.ok('println!("{}", "tea".repeat(400_000));')
    assert done.stdout == "tea" * 400_000 + "\n"


def test_a_result_of_a_megabyte_arrives_whole(rust):
    assert rust.value('"x".repeat(1_000_000)') == '"' + "x" * 1_000_000 + '"'


def test_a_result_that_is_too_long_is_cut_and_the_cell_ends(rust):
    shown = rust.value("vec![7u8; 20_000_000]")
    assert shown.startswith("[7, 7,") and shown.endswith("more were left out]")


def test_a_picture_of_any_size_reaches_who_reads(rust):
    shown, = [data for data in rust.ok("%threads breakfast --scale 0.01 --width 4000 --height 3000").shown
              if "image/png" in data]
    assert len(shown["image/png"]) < 10_000_000


def test_what_is_not_utf_8_is_replaced_and_the_rest_kept(rust):
    done = rust.ok(r'use std::io::Write;' '\n' r'std::io::stdout().write_all(b"\xff\xfe chai \xc3\n")?;')
    assert re.fullmatch("\ufffd+ chai \ufffd+\n", done.stdout)
    assert rust.ok('println!("next");').stdout == "next\n"


def test_a_character_that_is_printed_in_two_halves_is_put_together(rust):
    done = rust.ok("""
        use std::io::Write;
        let leaf = "🍵".as_bytes();
        for half in [&leaf[..2], &leaf[2..]] {
            std::io::stdout().write_all(half)?;
            std::io::stdout().flush()?;
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
    """)
    assert done.stdout == "🍵"


@pytest.mark.parametrize("marker", ["EVCXR_EXECUTION_COMPLETE", "EVCXR_PANIC_NOTIFICATION", "EVCXR_END_CONTENT",
                                    "EVCXR_INPUT_REQUEST:x", "EVCXR_VARIABLE_CHANGED_TYPE:x"])
@pytest.mark.parametrize("prints", ["println", "eprintln"])
def test_evcxrs_own_markers_are_text(rust, marker, prints):
    done = rust.ok(f'{prints}!("{marker}");\n{prints}!("after");\n1')
    assert done.text("stderr" if prints == "eprintln" else "stdout") == f"{marker}\nafter\n"
    assert done.shown[-1]["text/plain"] == "1"


def test_a_rich_output_that_is_never_ended_ends_with_its_cell(rust):
    unended = rust.ok('println!("EVCXR_BEGIN_CONTENT text/html\\n<b>unended</b>");')
    assert "unended" in unended.told + str(unended.shown)
    assert rust.ok('println!("next");').stdout == "next\n"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_cell_may_close_a_standard_stream(rust, number):
    rust.ok("let open = 1;")
    rust.ok(f"unsafe extern \"C\" {{ fn close(number: i32) -> i32; }}\nunsafe {{ close({number}) }};")
    done = rust.ok('println!("out {open}");\neprintln!("err");\nopen')
    assert (done.stdout, done.stderr, done.shown[-1]["text/plain"]) == ("out 1\n", "err\n", "1")


def test_a_cell_that_closes_every_descriptor_hurts_nobody_else(rust):
    rust.ok("let spared = 2;")
    rust.execute("unsafe extern \"C\" { fn close(number: i32) -> i32; }\nfor n in 0..1024 { unsafe { close(n) }; }")
    rust.execute("1")  # what became of the cell above may be told here at the latest
    assert rust.value("1 + 1") == "2"


def test_what_a_program_prints_that_a_cell_starts_is_the_cells(rust):
    done = rust.ok('std::process::Command::new("sh").args(["-c", "echo out; echo err >&2"]).status()?;')
    assert "out\n" in done.stdout and "err\n" in done.stderr


def test_reading_standard_input_gives_its_end_at_once(rust):
    assert rust.value("let mut line = String::new();\nstd::io::stdin().read_line(&mut line)?") == "0"

"""What a Rust cell keeps and what it shows: variables, items, uses, crates, results and rich outputs."""

import pytest

# Variables.


def test_a_variable_stays(rust):
    rust.ok("let cups = 3;")
    assert rust.value("cups + 1") == "4"


def test_a_variable_is_changed_by_a_later_cell(rust):
    rust.ok("let mut poured = vec![1];")
    rust.ok("poured.push(2);")
    assert rust.value("poured") == "[1, 2]"


def test_showing_a_variable_does_not_take_it_away(rust):
    rust.ok('let tea = String::from("assam");')
    assert rust.value("tea") == '"assam"'
    assert rust.value("tea.len()") == "5"


def test_a_name_can_be_given_another_type(rust):
    rust.ok("let what = 1;")
    rust.ok('let what = "one";')
    assert rust.value("what") == '"one"'


def test_of_two_variables_of_one_name_in_a_cell_the_last_stays(rust):
    rust.ok('let twice = 1;\nlet twice = format!("{twice} and 2");')
    assert rust.value("twice") == '"1 and 2"'


def test_variables_of_a_pattern_stay(rust):
    rust.ok('let (milk, [first, .., last]) = (0.5, [1, 2, 3]);')
    assert rust.value("(milk, first, last)") == "(0.5, 1, 3)"


def test_the_type_of_a_variable_may_follow_from_its_use(rust):
    rust.ok("use std::sync::{Arc, Mutex};\nlet total = Arc::new(Mutex::new(0));\nlet mut list = Vec::new();\n"
            "*total.lock().unwrap() += 2u8;\nlist.push(1.5f32);")
    assert rust.value("(*total.lock().unwrap(), list[0])") == "(2, 1.5)"


def test_a_variable_of_a_type_of_the_session_stays(rust):
    rust.ok("#[derive(Debug, Clone, PartialEq)]\nstruct Cup { size: u32 }")
    rust.ok("let cup = Cup { size: 2 };")
    assert rust.value("cup") == "Cup { size: 2 }"
    assert rust.value("cup.clone() == Cup { size: 2 }") == "true"


def test_a_variable_that_was_given_away_is_missed_by_name(rust):
    rust.ok('let sold = String::from("mint");')
    rust.ok("drop(sold);")
    failed = rust.execute("sold.len()")
    assert failed.status == "error" and "sold" in failed.error


def test_a_variable_that_borrows_another_is_not_kept_and_who_misses_it_is_told_why(rust):
    done = rust.ok("let owner = vec![1, 2];\nlet borrowed = &owner[0];\nprintln!(\"{borrowed}\");")
    assert done.stdout == "1\n"
    assert rust.value("owner") == "[1, 2]"
    missed = rust.execute("borrowed + 1").error
    assert "`borrowed`" in missed and "borrows" in missed


def test_a_variable_may_be_called_like_a_scenario_or_a_magic(rust):
    assert rust.value("let sum = 3;\nsum") == "3"
    assert rust.value("sum") == "3"
    assert rust.value("let threads = 4;\nthreads") == "4"


def test_variables_of_an_inner_block_do_not_stay(rust):
    rust.ok("{ let inner = 1; let _ = inner; }")
    assert rust.execute("inner").status == "error"


# Items.


def test_items_stay(rust):
    rust.ok("""
        const SIZE: u32 = 2;
        static NAMES: [&str; 2] = ["milk", "bun"];
        type Pair = (u32, &'static str);
        enum Heat { Low, High(u32) }
        trait Pour { fn pour(&self) -> Pair; }
        impl Pour for Heat {
            fn pour(&self) -> Pair {
                match self { Heat::Low => (SIZE, NAMES[0]), Heat::High(by) => (SIZE * by, NAMES[1]) }
            }
        }
        mod kitchen { pub fn both<T: super::Pour>(one: T, other: T) -> u32 { one.pour().0 + other.pour().0 } }
        macro_rules! twice { ($x:expr) => { $x * 2 } }
    """)
    assert rust.value("kitchen::both(Heat::Low, Heat::High(3))") == "8"
    assert rust.value("twice!(4)") == "8"


def test_a_function_may_be_made_and_called_in_one_cell_in_any_order(rust):
    assert rust.value("let called = later(2);\nfn later(n: i32) -> i32 { n * 3 }\ncalled") == "6"


def test_a_function_can_be_made_anew(rust):
    rust.ok("fn brew() -> i32 { 1 }")
    rust.ok("fn brew() -> i32 { 2 }")
    assert rust.value("brew()") == "2"


def test_a_function_calls_one_of_an_earlier_cell(rust):
    rust.ok("fn lower() -> i32 { 20 }")
    rust.ok("fn upper() -> i32 { lower() + 1 }")
    assert rust.value("upper()") == "21"


def test_a_function_that_does_not_compile_leaves_the_earlier_one(rust):
    rust.ok("fn steep() -> i32 { 3 }")
    assert rust.execute('fn steep() -> i32 { "four" }').status == "error"
    assert rust.value("steep()") == "3"


def test_a_use_stays(rust):
    rust.ok("use std::collections::{BTreeMap, btree_map::Entry};\nuse std::fmt::Write as _;")
    rust.ok('let mut prices = BTreeMap::new();\nprices.insert("mint", 3);\n'
            'if let Entry::Occupied(mut price) = prices.entry("mint") { *price.get_mut() += 1; }')
    assert rust.value('let mut text = String::new();\nwrite!(text, "{:?}", prices)?;\ntext') == "\"{\\\"mint\\\": 4}\""


def test_a_cell_of_nothing_but_comments_is_fine(rust):
    assert rust.ok("// nothing\n/* at all */").shown == []


# Crates.


def test_a_crate_is_there_after_dep(rust):
    rust.ok(':dep itoa = "1"', patience=200)
    assert rust.value("itoa::Buffer::new().format(42u64).to_string()", patience=200) == '"42"'
    rust.ok("use itoa::Buffer;")
    assert rust.value("Buffer::new().format(7i8).len()") == "1"


def test_a_crate_that_does_not_exist_is_named_and_hurts_nothing(rust):
    rust.ok("let before = 1;")
    failed = rust.finish(rust.execute_later(':dep threadlab-has-no-such-crate = "1"'), 200)
    assert failed.status == "error" and "threadlab-has-no-such-crate" in failed.error
    assert rust.value("before") == "1"


def test_commands_of_evcxr_are_there(rust):
    assert ":dep" in rust.ok(":help", patience=120).told


def test_a_command_that_does_not_exist_is_named(rust):
    failed = rust.execute(":no_such_command")
    assert failed.status == "error" and ":no_such_command" in failed.error


# `?` and `.await` at the top.


def test_an_error_that_a_question_mark_gives_ends_the_cell(rust):
    assert rust.value('let number: i32 = "12".parse()?;\nnumber') == "12"
    failed = rust.execute('let other: i32 = "tea".parse()?;\nprintln!("never");')
    assert failed.status == "error" and "invalid digit" in failed.error
    assert failed.stdout == ""


def test_a_future_can_be_awaited(rust):
    assert rust.value("let two = async { 2 };\nlet three = two.await + 1;\nthree") == "3"


# Results.


def test_a_result_carries_the_number_of_its_cell(rust):
    done = rust.ok('"chai".len()')
    result = next(heard for heard in done.published if heard.type == "execute_result")
    assert result.content["data"]["text/plain"] == "4"
    assert result.content["execution_count"] == done.reply.content["execution_count"]


@pytest.mark.parametrize("code", ["let quiet = 1;", "1 + 1;", "()", "let unit = ();\nunit", "fn silent() {}\nsilent()"])
def test_what_has_no_value_shows_nothing(rust, code):
    assert rust.ok(code).shown == []


def test_a_value_of_more_than_a_line_is_shown_whole(rust):
    assert rust.value('(0..3).map(|n| n.to_string() + "\\n").collect::<Vec<_>>()') == r'["0\n", "1\n", "2\n"]'


def test_the_result_may_be_any_last_expression(rust):
    assert rust.value("if cfg!(unix) { 'u' } else { 'w' }") == "'u'"
    assert rust.value("match 3 { 3 => \"three\", _ => \"other\" }") == '"three"'
    assert rust.value("{ let a = 1; a + 1 }") == "2"
    assert rust.value("vec![1; 2]") == "[1, 1]"


def test_a_type_that_cannot_be_shown_says_what_to_do(rust):
    failed = rust.execute("struct Plain;\nPlain")
    assert failed.status == "error"
    assert "Plain" in failed.error and "Debug" in failed.error


# Rich outputs.

DISPLAY = r"""
struct Html(&'static str);
impl Html {
    fn evcxr_display(&self) {
        println!("EVCXR_BEGIN_CONTENT text/html\n<b>{}</b>\nEVCXR_END_CONTENT", self.0);
    }
}
"""


def test_a_type_shows_itself_by_evcxr_display(rust):
    [shown] = rust.ok(DISPLAY + 'Html("tea")').shown
    assert shown["text/html"].strip() == "<b>tea</b>"


def test_a_trait_gives_a_type_its_evcxr_display(rust):
    rust.ok(r"""
        trait Shows { fn evcxr_display(&self); }
        #[derive(Debug)]
        struct Traited;
        impl Shows for Traited {
            fn evcxr_display(&self) { println!("EVCXR_BEGIN_CONTENT text/markdown\n*tea*\nEVCXR_END_CONTENT"); }
        }
    """)
    assert rust.ok("Traited").shown[0]["text/markdown"].strip() == "*tea*"


def test_one_display_may_hold_several_types(rust):
    [shown] = rust.ok(r"""
        struct Both;
        impl Both {
            fn evcxr_display(&self) {
                println!("EVCXR_BEGIN_CONTENT text/plain\ntea\nEVCXR_END_CONTENT");
                println!("EVCXR_BEGIN_CONTENT text/html\n<i>tea</i>\nEVCXR_END_CONTENT");
            }
        }
        Both
    """).shown
    assert (shown["text/plain"].strip(), shown["text/html"].strip()) == ("tea", "<i>tea</i>")


def test_several_rich_outputs_of_a_cell_come_in_order_with_what_is_printed(rust):
    done = rust.ok(DISPLAY + 'Html("one").evcxr_display();\nprintln!("between");\nHtml("two").evcxr_display();\n'
                   'println!("before the last");\nHtml("three")')
    outputs = done.labels[2:-1]
    assert outputs == ["display_data", "stream stdout", "display_data", "stream stdout", "execute_result"]
    assert ["one" in shown["text/html"] for shown in done.shown] == [True, False, False]
    assert "three" in done.shown[-1]["text/html"]
    assert done.stdout == "between\nbefore the last\n"


# Magics in the same cell.


def test_magics_and_rust_stand_in_one_cell_and_run_in_order(rust):
    done = rust.ok('println!("one");\n%threads breakfast --scale 0.01 --no-chart\nprintln!("two");')
    said = done.stdout
    assert said.index("one") < said.index("milk") < said.index("two")


def test_a_mistake_before_a_magic_keeps_it_from_running(rust):
    done = rust.execute('let a: i32 = "tea";\n%threads breakfast --scale 0.01 --no-chart')
    assert done.status == "error" and "milk" not in done.stdout


def test_a_percent_sign_within_rust_is_rusts(rust):
    assert rust.value("let rest = 17\n    % 5;\nrest") == "2"
    assert rust.value('let text = "\n%threads breakfast\n";\ntext.len()') == "20"


def test_a_value_is_never_read_as_a_type_that_was_defined_anew(rust):
    rust.ok("struct Jar(i32);\nlet jar = Jar(1);")
    rust.ok('struct Jar(String);\nlet other = Jar("tea".into());')
    failed = rust.execute("jar.0")
    assert failed.status == "error" and "defined anew" in failed.error
    assert rust.value("other.0") == '"tea"'


def test_importing_one_name_again_leaves_the_others_of_its_list(rust):
    rust.ok("use std::collections::{BTreeMap, BTreeSet};")
    rust.ok("use std::collections::BTreeMap;")
    assert rust.value("BTreeSet::from([2, 1])") == "{1, 2}"


def test_pieces_of_a_cell_between_magics_all_stay(rust):
    rust.ok("fn leaf() -> u8 { 3 }\n%who\nfn branch() -> u8 { leaf() + 1 }")
    assert rust.value("leaf() + branch()") == "7"


# Names of the learner's own that Rust has too.


def test_a_result_of_another_kind_is_no_concern_of_the_cells(kernel, library):
    kernel.ok("use std::io::Result;\nfn sip() -> Result<u8> { Ok(1) }")
    assert kernel.value("sip()?") == "1"


def test_variants_may_be_called_as_those_of_results(kernel, library):
    kernel.ok("#[derive(Debug)]\nenum Tea { Ok, Err }\nuse Tea::*;")
    assert kernel.value("Ok") == "Ok"


def test_variables_may_have_capital_and_raw_names(rust):
    rust.ok("let N = 10; let r#type = 3;")
    assert rust.value("N + r#type") == "13"


def test_an_await_inside_of_a_macro_is_one(rust):
    rust.ok("async fn poured_later() -> u8 { 3 }")
    assert rust.ok('println!("{}", poured_later().await)').stdout == "3\n"


def test_the_lab_of_a_cell_magic_leaves_one_of_the_session(rust):
    rust.ok("let lab = 5;")
    rust.ok('%%threads\nlab.task("one", async |w| 1);')
    assert rust.value("lab") == "5"


# Lines of a string.


def test_lines_of_a_string_stay_as_they_are(rust):
    text = "\n# Title\n:version\n:smile:\n%who\nbreakfast?\n"
    assert rust.ok(f'println!("{text}")').stdout == text + "\n"


@pytest.mark.parametrize("before, guard, then, expected", [
    ("let m = std::sync::Arc::new(std::sync::Mutex::new(0));", "let mut g = m.lock().unwrap();\n*g += 1;",
     "let n = *m.lock().unwrap();\nn", "1"),
    ("let c = std::cell::RefCell::new(3);", "let b = c.borrow();\nprintln!(\"{b}\");", "let n = *c.borrow();\nn", "3"),
    ("let mut v = vec![1, 2, 3];", "let mut d = v.drain(..1);\nprintln!(\"{:?}\", d.next());", "v", "[2, 3]"),
    ("let v = vec![1, 2];", "let first = &v[0];\nlet second = &v[1];\ndrop(second);", "v", "[1, 2]"),
])
def test_a_guard_is_not_kept_and_what_it_guards_is(rust, before, guard, then, expected):
    rust.ok(before)
    rust.ok(guard)
    assert rust.value(then) == expected


@pytest.mark.parametrize("lends", [
    "let l: Vec<&str> = w.iter().map(|s| s.as_str()).collect();", "let l = w.iter().map(|s| &s[..]).last();",
    "let l = w.get(0).map(|s| s.as_str()).unwrap_or_default();",
])
def test_what_a_closure_borrows_is_not_kept_and_the_cell_runs(rust, lends):
    assert rust.value('let w = vec!["x".to_string()];\n' + lends + "\nw.len()") == "1"
    assert rust.value("w.clone()") == '["x"]'


# A cell that is edited and run again.


@pytest.mark.parametrize("first, again", [
    ("trait Tr { fn a(&self) -> u8; }\nstruct P;\nimpl Tr for P { fn a(&self) -> u8 { 1 } }",
     "trait Tr { fn b(&self) -> u8; }\nstruct P;\nimpl Tr for P { fn b(&self) -> u8 { 2 } }"),
    ("struct P { x: u8 }\nimpl P { fn x(&self) -> u8 { self.x } }",
     "struct P { y: u8 }\nimpl P { fn y(&self) -> u8 { self.y } }"),
    ("struct P { x: u8 }\nfn of_x(p: &P) -> u8 { p.x }", "struct P { y: u8 }\nfn of_y(p: &P) -> u8 { p.y }"),
    ("struct P;\nimpl std::fmt::Debug for P { fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result "
     '{ write!(f, "P") } }', "#[derive(Debug)]\nstruct P;"),
    ("thread_local! { static N: u8 = const { 1 }; }", "thread_local! { static N: u8 = const { 2 }; }"),
    ('unsafe extern "C" { fn abs(n: i32) -> i32; }', 'unsafe extern "C" {\n    fn abs(n: i32) -> i32;\n}'),
    ("trait Tu {}\nimpl<T> Tu for Vec<T> {}", "trait Tu {}\nimpl<U> Tu for Vec<U> {}"),
])
def test_a_cell_can_be_edited_and_run_again(kernel, library, first, again):
    kernel.ok(first)
    kernel.ok(again)
    assert kernel.value("1 + 1") == "2"


def test_what_does_not_go_with_a_new_definition_is_left_out_by_name(kernel, library):
    kernel.ok("fn brew(cups: u8) -> u8 { cups }")
    kernel.ok("fn twice() -> u8 { brew(2) }")
    done = kernel.ok('fn brew(tea: &str) -> usize { tea.len() }\nbrew("mint")')
    assert "`twice` of cell 2 does not go with this cell" in done.told
    assert "4" in [shown["text/plain"] for shown in done.shown]


def test_a_cell_that_fails_leaves_everything_in(kernel, library):
    kernel.ok("fn brew(cups: u8) -> u8 { cups }\nfn twice() -> u8 { brew(2) }")
    assert "`twice` of cell 1" in kernel.execute("fn brew(tea: &str) {}\ntwice()").error
    assert kernel.value("twice()") == "2"


def test_a_macro_that_an_older_item_uses_can_be_defined_anew(kernel, library):
    kernel.ok("macro_rules! m { () => { 1 } }\nfn f() -> u8 { m!() }")
    kernel.ok("macro_rules! m { () => { 2 } }")
    assert kernel.value("f()") == "2"


# Names of functions, modules and variables.


def test_a_function_of_a_modules_name_leaves_the_module(kernel, library):
    kernel.ok("use std::fmt;")
    kernel.ok("fn fmt() {}")
    kernel.ok("struct A;\nimpl fmt::Debug for A { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { Ok(()) } }")


def test_a_function_takes_the_name_of_one_that_was_brought(kernel, library):
    kernel.ok("use std::cmp::max;")
    kernel.ok("fn max() -> u8 { 7 }")
    assert kernel.value("max()") == "7"


def test_a_function_takes_the_name_of_a_variable(rust):
    rust.ok("let area = 3;")
    rust.ok("fn area() -> u8 { 4 }")
    assert rust.value("area()") == "4"


def test_a_function_as_a_value_is_kept_where_its_type_has_a_name(rust):
    rust.ok("fn pour(cups: u8) -> u8 { cups }\nlet bare = pour; let named: fn(u8) -> u8 = pour;")
    assert rust.value("named(3)") == "3"
    assert "fn(u32) -> u32 = pour" in rust.execute("bare(3)").error


def test_a_reference_is_shown_as_what_it_refers_to(rust):
    rust.ok('struct Shown;\nimpl Shown { fn evcxr_display(&self) { '
            'println!("EVCXR_BEGIN_CONTENT text/plain\\nin its own way\\nEVCXR_END_CONTENT"); } }\nlet own = Shown;')
    assert rust.value("&own") == "in its own way"
    assert rust.value("&[1, 2, 3][1..]") == "[2, 3]"

"""The learner's own tasks: runs of a lab in Rust cells show what scenarios show."""

import json
import re

import pytest

from processes import strays

FIRST = 600  # seconds: the library is compiled once per version and machine
TASKS = """
for name in ["milk", "bun"] {
    lab.task(name, async move |w| {
        w.sleep(secs(0.05)).await;
        w.say(format!("{name} is ready"));
    });
}
"""
COUNTER = """
let cups = lab.cell("cups", 0u64);
for name in ["A", "B"] {
    lab.task(name, async |w| {
        let seen = w.load(&cups).await;
        w.store(&cups, seen + 1).await;
    });
}
"""
LAB = "let lab = Lab::new();\n"
PICTURE = {"image/svg+xml", "image/png", "application/pdf", "text/plain"}
HERE = {"threads": "threads", "processes": "processes", "pool": "pool", "tokio": "async", "sequential": "sequential"}


@pytest.fixture
def labs(rust):
    rust.ok(f"{LAB}let _ = lab.sequential();", patience=FIRST)
    return rust


def pictures(done):
    return [shown for shown in done.shown if "image/svg+xml" in shown]


def run(kernel, code):
    return kernel.ok(code, patience=FIRST)


# Runs as values.


@pytest.mark.parametrize("model", HERE)
def test_a_run_shows_its_timeline_and_table(labs, model):
    done = run(labs, f"{LAB}{TASKS}lab.{model}()")
    assert set(pictures(done)[-1]) >= PICTURE
    svg = pictures(done)[-1]["image/svg+xml"]
    assert "milk" in svg and "bun" in svg and "measured" in svg
    assert sorted(done.stdout.splitlines())[-2:] == ["bun is ready", "milk is ready"]
    assert any("text/html" in shown for shown in done.shown), "the table"


def test_what_workers_say_arrives_while_they_work(labs):
    done = run(labs, LAB + 'lab.task("slow", async |w| { w.say("begun"); w.sleep(secs(1.5)).await; });\nlab.threads()')
    first = next(heard for heard in done.published if heard.label == "stream stdout")
    assert done.published[-1].at - first.at > 1


def test_a_run_that_is_not_a_cells_value_is_data(labs):
    done = run(labs, f"{LAB}lab.task(\"six\", async |_| 6u64);\nlet ran = lab.threads()?;\n"
                     "println!(\"{:?} {}\", ran.results(), ran.all_returned());")
    assert done.stdout == "[Int(6)] true\n" and not pictures(done)


def test_comparison_shows_each_model(labs):
    done = run(labs, f"{LAB}{TASKS}lab.compare()")
    told = pictures(done)[-1]["image/svg+xml"] + done.told
    for model in ("sequential", "threads", "processes", "async"):
        assert model in told


def test_a_race_shows_the_distribution_of_results(labs):
    done = run(labs, f"{LAB}{COUNTER}lab.race()")
    assert set(pictures(done)[-1]) >= PICTURE


def test_exploring_finds_the_lost_update_and_draws_the_schedule(labs):
    done = run(labs, f"{LAB}{COUNTER}lab.explore()")
    assert set(pictures(done)[-1]) >= PICTURE
    assert re.search(r"\b6\b", done.told), "two workers with one increment each have six schedules"


def test_a_lab_is_simulated_on_a_described_machine(labs):
    done = run(labs, f"{LAB}{TASKS}lab.simulate(Described::guide())")
    assert "simulated" in pictures(done)[-1]["image/svg+xml"]


def test_a_lab_without_tasks_says_so(labs):
    failed = labs.execute(f"{LAB}lab.threads()")
    assert failed.status == "error" and "task" in failed.error


def test_a_panicking_worker_is_told_and_the_others_go_on(labs):
    done = labs.finish(labs.execute_later(
        f'{LAB}{TASKS}lab.task("clumsy", async |_| {{ if std::hint::black_box(true) {{ panic!("spilt"); }} }});\n'
        "lab.threads()"), FIRST)
    assert "spilt" in done.told + "".join(shown["image/svg+xml"] for shown in pictures(done))
    assert "milk is ready" in done.stdout


# Captured variables.


def test_tasks_borrow_variables_and_functions_of_earlier_cells(labs):
    labs.ok('let sizes = vec![1u64, 2, 3];\nlet tea = String::from("assam");\nfn double(n: u64) -> u64 { n * 2 }')
    for model in HERE:
        done = run(labs, LAB + 'lab.task("sum", async |w| {\n    w.say(&tea);\n'
                   "    sizes.iter().map(|n| double(*n)).sum::<u64>()\n});\n"
                   f'println!("{{:?}}", lab.{model}()?.results());')
        assert done.stdout == "assam\n[Int(12)]\n", model
    assert labs.value("(sizes.clone(), tea.clone())") == '([1, 2, 3], "assam")', "they are still there"


def test_closures_of_a_notebook_run_in_processes(labs):
    done = run(labs, LAB + "let add = |n: u64| n + 1;\n"
                     'lab.task("one", async |_| add(1)).task("two", async |_| add(2));\n'
                     'println!("{:?}", lab.processes()?.results());')
    assert done.stdout == "[Int(2), Int(3)]\n"


@pytest.mark.parametrize("ends, says", [
    ("std::process::abort()", "SIGABRT"), ("std::process::exit(3)", "3"),
    ("unsafe { std::hint::black_box(8 as *mut u8).write_volatile(1) }", "SIGSEGV"),
])
def test_a_worker_process_that_dies_harms_nobody(labs, ends, says):
    labs.ok("let safe = vec![1, 2];")
    done = labs.finish(labs.execute_later(
        LAB + TASKS + f'lab.task("victim", async |_| {{ if std::hint::black_box(true) {{ {ends}; }} }});\n'
        "lab.processes()"), FIRST)
    assert (done.status, done.reply.content["ename"]) == ("error", "WorkerError")
    assert "victim" in done.error and says in done.error
    assert "milk is ready" in done.stdout and "bun is ready" in done.stdout
    assert "milk" in pictures(done)[-1]["image/svg+xml"], "the others are drawn"
    assert labs.value("safe") == "[1, 2]"


def test_a_worker_process_is_gone_when_its_cell_has_ended(labs):
    run(labs, f"{LAB}{TASKS}lab.processes()?;")
    assert not strays(labs)


# Mistakes.


def test_an_operation_without_await_is_an_error_that_says_so(labs):
    line = "    w.sleep(secs(0.1));"
    failed = labs.execute(f'{LAB}lab.task("lazy", async |w| {{\n{line}\n}});\nlab.threads()')
    assert failed.status == "error" and ".await" in failed.error
    assert "nothing happens" in failed.error
    assert line.strip() in failed.error and re.search(r"\b3\b", failed.error), "the line in the cell"


def test_state_from_outside_the_lab_is_found_out_when_exploring(labs):
    failed = labs.finish(labs.execute_later(
        "use std::sync::atomic::{AtomicU64, Ordering};\nlet outside = AtomicU64::new(0);\n" + LAB +
        'let inside = lab.cell("inside", 0u64);\nfor name in ["A", "B"] {\n    lab.task(name, async |w| {\n'
        "        let n = outside.fetch_add(1, Ordering::Relaxed);\n        w.store(&inside, n).await;\n    });\n}\n"
        "lab.explore()"), FIRST)
    assert "the lab did not make" in failed.told


# What a cell made, in the next.


def test_what_a_lab_made_reaches_the_next_cells(labs):
    labs.ok(LAB + 'let cups = lab.cell("cups", 0);\nlet stove = lab.lock("stove");\nlet bell = lab.event("bell");\n'
            'let pass = lab.condition("pass");\nlet start = lab.barrier("start", 1);\n'
            'let belt: lab::Queue<String> = lab.queue("belt", 0);')
    labs.ok('lab.task("milk", async move |w| {\n    w.meet(&start).await;\n    let _held = w.lock(&stove).await;\n'
            '    w.put(&belt, "tea".to_owned()).await;\n    w.notify_all(&pass).await;\n    w.set(&bell).await;\n'
            '    w.store(&cups, 3).await;\n});')
    labs.ok("let run = lab.threads()?;")
    assert labs.value("lab.get(&cups)") == "3"
    assert pictures(labs.ok("run"))


@pytest.mark.parametrize("line, says", [
    ("let seen = w.load(&cups) + 1;", "`.await` is missing"),
    ("if w.load(&cups) == 0 {}", "`.await` is missing"),
    ('w.say(format!("{}", w.load(&cups)));', "`.await` is missing"),
    ("w.compute(10, |steps| steps.count())", "`.await` is missing"),
    ("stove.lock();", "w.lock(&stove).await"),
    ("bell.set();", "w.set(&bell).await"),
    ("cups.store(1);", "w.store(&cups, 1).await"),
    ("sleep(secs(1));", "w.sleep(...).await"),
])
def test_a_mistake_in_a_task_says_how_it_is_written(labs, line, says):
    failed = labs.execute(
        LAB + 'let cups = lab.cell("cups", 0);\nlet stove = lab.lock("stove");\nlet bell = lab.event("bell");\n'
        f'lab.task("milk", async move |w| {{\n    {line}\n}});')
    assert failed.status == "error" and says in failed.error, failed.error


@pytest.mark.parametrize("code", ['task("milk", async |w| {});', "lab.task(async |w| {});"])
def test_a_task_without_lab_or_name_says_how_it_is_written(labs, code):
    failed = labs.execute(LAB + code)
    assert failed.status == "error" and 'lab.task("milk", async |w|' in failed.error


def test_one_wrong_type_of_a_cell_is_one_error(labs):
    failed = labs.execute(LAB + 'let cups = lab.cell("cups", String::new());\nlab.task("milk", async move |w| {\n'
                          "    w.load(&cups).await;\n    w.store(&cups, String::new()).await;\n});")
    assert failed.status == "error" and failed.error.count("does not fit into a cell") == 2, "the summary and the error"
    assert "other types implement" not in failed.error


def test_a_lab_that_was_not_kept_says_why(labs):
    labs.ok('let shop = String::from("tea");\n' + LAB + 'lab.task("milk", async |w| w.say(&shop));')
    failed = labs.execute("lab.threads()")
    assert failed.status == "error" and "borrows" in failed.error and "there is no lab" not in failed.error


def test_a_task_that_fails_at_once_is_shown_and_not_repeated(labs):
    fails = 'lab.task("milk", async |w| { if w.now() < u64::MAX { panic!("spilt"); } });'
    shown = labs.execute(f"%%threads --repeat 5\n{fails}")
    assert shown.status == "error" and "repetition" not in shown.error and len(pictures(shown)) == 1
    raced = labs.execute(f'%%race\nlet cups = lab.cell("cups", 0);\n{fails}')
    assert raced.status == "error" and "in repetition 1 of 30" in raced.error
    assert raced.stderr.count("spilt") == 1


def test_tasks_that_always_wait_for_each_other_are_told_so(labs):
    stuck = ('let one = lab.lock("one");\nlet two = lab.lock("two");\nlet both = lab.barrier("both", 2);\n'
             'lab.task("a", async move |w| {\n    let _held = w.lock(&one).await;\n    w.meet(&both).await;\n'
             '    let _more = w.lock(&two).await;\n});\n'
             'lab.task("b", async move |w| {\n    let _held = w.lock(&two).await;\n    w.meet(&both).await;\n'
             '    let _more = w.lock(&one).await;\n});\n')
    picture, = pictures(run(labs, "%%race\n" + stuck))
    assert "no number" not in picture["image/svg+xml"] and "wait" in picture["image/svg+xml"]
    compared = labs.execute("%%compare --repeat 1\n" + stuck)
    assert compared.status == "error" and "threads: its tasks wait for one another" in compared.error


# Code that no lab watches.


@pytest.mark.parametrize("code", [
    "std::thread::spawn(|| 1).join().unwrap();",
    "std::thread::scope(|scope| { scope.spawn(|| 1); });",
    "use std::thread;\nthread::Builder::new().spawn(|| 1)?.join().unwrap();",
    'std::process::Command::new("true").status()?;',
], ids=["spawn", "scope", "builder", "process"])
def test_threads_and_processes_outside_a_lab_run_and_are_said_to_be_neither_traced_nor_explored(rust, code):
    told = rust.ok(code).told
    assert "neither traced nor explored" in told
    assert "stream stderr" not in rust.ok(code).labels, "it is no mistake"


def test_a_thread_inside_a_task_is_told_of_too(labs):
    told = run(labs, LAB + 'lab.task("milk", async |w| {\n    std::thread::spawn(|| 1).join().unwrap();\n});\nlab.explore()').told
    assert "neither traced nor explored" in told


def test_what_starts_no_thread_says_nothing_of_them(rust):
    done = rust.ok("std::thread::sleep(std::time::Duration::from_millis(1));\nlet id = std::thread::current().id();")
    assert (done.stdout, done.shown) == ("", [])


# Cell magics.


@pytest.mark.parametrize("magic", ["threads", "processes", "pool", "async", "sequential"])
def test_a_cell_magic_runs_the_tasks_of_its_body(labs, magic):
    done = run(labs, f"%%{magic}\n{TASKS}")
    svg = pictures(done)[-1]["image/svg+xml"]
    assert "milk" in svg and "bun" in svg
    assert "milk is ready" in done.stdout


@pytest.mark.parametrize("magic", ["race", "explore", "compare", "advise"])
def test_the_other_cell_magics_take_a_body_too(labs, magic):
    done = run(labs, f"%%{magic}\n{COUNTER}")
    assert set(pictures(done)[-1]) >= PICTURE


def test_a_cell_magic_takes_the_options_of_the_line_magic(labs):
    found = json.loads(run(labs, f"%%threads --json\n{TASKS}").stdout)
    assert (found["model"], found["kind"]) == ("threads", "measured")
    assert [worker["name"] for worker in found["workers"]] == ["milk", "bun"]
    assert not pictures(run(labs, f"%%threads --no-chart\n{TASKS}"))


def test_a_body_is_simulated_with_the_options_of_the_line_magic(labs):
    done = run(labs, f"%%threads --simulate --cores 1 --gil on --seed 3 --json\n{TASKS}")
    found = json.loads(done.stdout)
    assert (found["kind"], found["seed"], found["machine"]["cores"]) == ("simulated", 3, 1) and found["gil"]


def test_a_cell_magic_sees_the_variables_of_the_session_and_keeps_none_of_its_own(labs):
    labs.ok("let sizes = vec![1u64, 2, 3];")
    run(labs, '%%threads\nlet own = 1;\nlab.task("sum", async |w| w.say(sizes.iter().sum::<u64>().to_string()));')
    assert labs.value("sizes.len()") == "3"


def test_a_wrong_option_of_a_cell_magic_is_told_before_anything_is_compiled(labs):
    failed = labs.execute(f"%%threads --see 1\n{TASKS}")
    assert failed.status == "error" and "--seed" in failed.error


@pytest.mark.parametrize("head, says", [
    ("%%threads breakfast", "%threads breakfast"),
    ("%%threads --machine guide", "Add --simulate"),
    ("%%threads --help", "%threads? shows"),
    ("%%tokio", "%%async"),
    ("%threads", "%%threads runs the tasks"),
])
def test_a_wrong_head_says_which_form_was_meant(labs, head, says):
    failed = labs.execute(f"{head}\n{TASKS}")
    assert failed.status == "error" and says in failed.error


def test_a_question_mark_asks_about_a_cell_magic_too(labs):
    assert "%threads" in labs.ok("%%threads?").told


def test_a_default_start_of_scenarios_is_not_meant_for_cells(labs):
    labs.ok("%defaults --start spawn")
    try:
        run(labs, f"%%processes{TASKS}")
    finally:
        labs.ok("%defaults --reset")


def test_processes_hand_no_interpreter_lock_over(labs):
    work = ''.join(f'lab.task("{name}", async |w| {{ w.compute(20_000, |s| s.count()).await; }});\n' for name in "AB")
    done = run(labs, f"%%processes --gil on --pace 100ns\n{work}")
    assert len(pictures(done)) == 1 and "lock of its own" in done.told


def test_an_error_in_the_body_of_a_cell_magic_points_into_the_cell(labs):
    failed = labs.execute('%%threads\nlab.task("a", async |w| {\n    let n: u8 = "tea";\n});')
    assert failed.status == "error" and re.search(r"\b3\b.*let n: u8", failed.error)


def test_a_body_that_names_no_task_says_so(labs):
    failed = labs.execute("%%threads\nlet nothing = 1;")
    assert failed.status == "error" and "task" in failed.error

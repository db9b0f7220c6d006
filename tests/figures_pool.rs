//! The figure of a pool: who of it had a task, and the idle tail.

#[path = "traces/reading.rs"]
mod reading;
#[allow(dead_code)]
mod traces;

use lab::trace::{Lane, Model, Nanos, Trace};
use reading::{styles, texts, tree, without_fonts};
use threadlab::display;
use threadlab::figure::{Figure, Style, pool};
use traces::absurd::absurd;
use traces::{MILLI, SECOND};

fn style() -> Style {
    Style::default()
}

/// A pool that takes tasks of so many milliseconds one after another.
fn pooled(workers: u32, millis: &[u64]) -> Trace {
    let mut trace = traces::empty("worker-pool", Model::Threads);
    trace.header.section = "Masterclass 13.2".to_owned();
    trace.header.workers = workers;
    let mut free = vec![0; workers as usize];
    for (number, long) in millis.iter().enumerate() {
        let first = free.iter_mut().min_by_key(|free| **free).unwrap();
        let (start, end) = (*first, *first + long * MILLI);
        *first = end;
        let name = format!("task {}", number + 1);
        trace.workers.push(traces::lane(&name, start, end));
    }
    trace.elapsed = free.into_iter().max().unwrap_or(0);
    trace
}

/// The guide's: ten tasks of two seconds by three workers.
fn rounds() -> Trace {
    pooled(3, &[2000; 10])
}

fn uneven(tasks: u64) -> Trace {
    let millis: Vec<u64> = (0..tasks).map(|i| 20 + i * 7919 % 83).collect();
    pooled(8, &millis)
}

fn drawn(trace: &Trace) -> Figure {
    pool(trace, &style()).unwrap()
}

fn gallery(style: &Style) -> Vec<(String, Figure)> {
    let mut unbegun = rounds();
    unbegun.workers[9] = Lane {
        name: "task 10".to_owned(),
        ..Lane::default()
    };
    let mut named = rounds();
    named.workers[4].name = "a task with a name that nobody has room for".to_owned();
    let growing = traces::caught(rounds(), 3 * SECOND);
    let all = [
        ("rounds", rounds()),
        ("uneven", uneven(30)),
        ("forty", uneven(40)),
        ("a thousand", uneven(1_000)),
        ("ten thousand", uneven(10_000)),
        ("too many workers", pooled(20, &[5, 7, 9])),
        ("one worker", pooled(1, &[5, 7, 9])),
        ("a thousand workers", pooled(1_000, &[100; 1_000])),
        ("no tail", pooled(2, &[100, 100])),
        ("unbegun", unbegun),
        ("growing", growing),
        ("named", named),
        ("nothing", traces::empty("nothing", Model::Async)),
    ];
    let draw = |(name, trace): (&str, Trace)| (name.to_owned(), pool(&trace, style).unwrap());
    all.into_iter().map(draw).collect()
}

#[test]
fn ten_tasks_by_three_workers() {
    let figure = drawn(&rounds());
    insta::assert_snapshot!("pool_text", figure.text);
    insta::assert_snapshot!("pool_csv", figure.csv);
    insta::assert_snapshot!("pool_description", figure.description);
    insta::assert_snapshot!("pool_svg", without_fonts(&figure.svg));
}

#[test]
fn the_idle_tail_is_labelled_where_there_is_one() {
    let labelled = |trace: &Trace| {
        let said = texts(&drawn(trace));
        said.iter().any(|(text, _)| text == "idle tail 2.00 s")
    };
    assert!(labelled(&rounds()));
    assert!(!labelled(&pooled(3, &[2000; 9])));
    assert!(!drawn(&pooled(3, &[2000; 9])).text.contains("tail"));
}

#[test]
fn a_share_is_of_the_pools_time_and_not_of_the_tasks() {
    // Two workers, one of which has nothing to do for two thirds of the time.
    let text = drawn(&pooled(2, &[3000, 1000])).text;
    assert!(
        text.contains("1.3 of 2 workers busy on average, 67 %"),
        "{text}"
    );
    assert!(
        text.contains("idle tail 2.00 s, 1.0 of them idle"),
        "{text}"
    );
}

#[test]
fn a_task_that_never_began_is_told_of() {
    let unbegun = gallery(&style())
        .into_iter()
        .find(|(name, _)| name == "unbegun");
    let text = unbegun.unwrap().1.text;
    assert!(text.contains("1 task never begun"), "{text}");
}

#[test]
fn every_text_stays_on_the_page_and_off_the_other_texts() {
    for style in styles() {
        for (name, figure) in gallery(&style) {
            reading::legible(&format!("{name} at {}", style.width), &figure);
        }
    }
}

#[test]
fn every_figure_is_small_names_itself_and_becomes_a_picture() {
    for (name, figure) in gallery(&style()) {
        let long = figure.svg.len();
        assert!(long < 300_000, "{name}: {long} bytes");
        assert!(figure.description.ends_with('.'), "{name}");
        tree(&figure);
        assert!(display::png(&figure).is_ok(), "{name}");
    }
}

#[test]
fn absurd_traces_do_no_harm() {
    for seed in 0..60 {
        let trace = absurd(seed);
        let figure = pool(&trace, &style()).unwrap();
        tree(&figure);
    }
}

#[test]
fn moments_near_the_end_of_time_do_no_harm() {
    let mut trace = rounds();
    trace.workers[3] = traces::lane("late", Nanos::MAX - 2, Nanos::MAX);
    tree(&drawn(&trace));
}

//! Figures of what workers share, and of what more of them are worth: ladder,
//! wait-for graph, hand-overs, queue depth, speed-up.

#[path = "traces/reading.rs"]
mod reading;
#[allow(dead_code)]
mod traces;

use lab::trace::{Action, Activity, Edge, Kind, Model, Trace};
use lab::value::Value;
use reading::{styles, texts, tree, without_fonts};
use threadlab::display;
use threadlab::figure::{
    Figure, FigureError, Group, Style, Theme, handover, ladder, preview_timeline, queue_depth,
    speedup, timeline, wait_for,
};
use traces::absurd::absurd;
use traces::shared;
use traces::{MILLI, SECOND};

const GIL: &str = "interpreter lock";

fn style() -> Style {
    Style::default()
}

// --- traces and figures ---------------------------------------------------

fn group<'a>(label: &str, trace: &'a Trace) -> Group<'a> {
    Group {
        label: label.to_owned(),
        trace,
    }
}

/// Threads that scale, threads under a lock that do not, and the first again,
/// simulated with more workers.
fn scaling() -> Vec<(&'static str, Trace)> {
    let mut all = Vec::new();
    for (workers, millis) in [
        (1, [1000, 1010, 990, 1005, 1020, 998]),
        (2, [520, 530, 515, 518, 541, 522]),
        (4, [285, 290, 281, 300, 286, 288]),
        (8, [180, 176, 190, 181, 185, 178]),
    ] {
        all.push(("threads", shared::scaled(Model::Threads, workers, &millis)));
    }
    for (workers, millis) in [(1, [1000, 1004]), (2, [1020, 1035]), (4, [1060, 1041])] {
        let mut trace = shared::scaled(Model::Threads, workers, &millis);
        trace.header.gil = Some("3.12".to_owned());
        all.push(("threads under a lock", trace));
    }
    for (workers, millis) in [(1, [8000]), (4, [2100]), (12, [800])] {
        let mut trace = shared::scaled(Model::Threads, workers, &millis);
        trace.header.kind = Kind::Simulated;
        all.push(("threads", trace));
    }
    all
}

fn groups<'a>(runs: &'a [(&'static str, Trace)]) -> Vec<Group<'a>> {
    runs.iter()
        .map(|(label, trace)| group(label, trace))
        .collect()
}

fn sped_up(style: &Style) -> Figure {
    speedup(&groups(&scaling()), 8.0, style).unwrap()
}

/// Every figure of this file, with ordinary and with odd data.
fn gallery(style: &Style) -> Vec<(String, Figure)> {
    let mut gallery: Vec<(String, Figure)> = Vec::new();
    let mut add = |name: &str, figure: Result<Figure, FigureError>| {
        gallery.push((name.to_owned(), figure.unwrap()));
    };
    let empty = traces::empty("nothing", Model::Async);
    let caption = "Both read before either wrote.";

    add("adders", ladder(&shared::adders(), caption, style));
    for workers in [1, 2, 3, 4, 6, 12, 40] {
        let helpers = shared::helpers(workers);
        add(
            &format!("helpers {workers}"),
            ladder(&helpers, caption, style),
        );
        let many = shared::many_steps(workers, 48, 20);
        add(&format!("adders {workers}"), ladder(&many, "", style));
    }
    add(
        "long ladder",
        ladder(&shared::many_steps(2, 1000, 400), caption, style),
    );
    add(
        "long and right",
        ladder(&shared::many_steps(3, 1000, 2000), caption, style),
    );
    add("no steps", ladder(&empty, "", style));
    let mut spread = shared::many_steps(2, 300, 1000);
    spread.ops[250].action = Action::Load(Value::Text("a value that says far too much".repeat(4)));
    spread
        .ops
        .insert(0, shared::op(2, 0, "total", Action::Load(Value::Int(0))));
    spread
        .ops
        .push(shared::op(2, 9, "total", Action::Store(Value::Int(1))));
    add(
        "ladder in parts",
        ladder(&spread, &"a long caption ".repeat(20), style),
    );

    add(
        "deadlock",
        wait_for(&shared::philosophers(&["Ada", "Ben"]), style),
    );
    add("itself", wait_for(&shared::philosophers(&["Ada"]), style));
    let names = ["Ada", "Ben", "Cleo", "Dan", "Eve"];
    add(
        "philosophers",
        wait_for(&shared::philosophers(&names), style),
    );
    let many: Vec<String> = (1..=30).map(|i| format!("philosopher {i}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    add(
        "many philosophers",
        wait_for(&shared::philosophers(&many), style),
    );
    let long = [
        "a worker with a long name & <more>",
        "another one with a name as long",
    ];
    add("long names", wait_for(&shared::philosophers(&long), style));
    add("entangled", wait_for(&shared::entangled(), style));
    add("queueing", wait_for(&shared::queueing(3), style));
    add("long queue", wait_for(&shared::queueing(30), style));
    add("nobody waits", wait_for(&traces::breakfast(), style));

    let runs = scaling();
    add("speed-up", speedup(&groups(&runs), 8.0, style));
    add("few cores", speedup(&groups(&runs), 2.0, style));
    add("many cores", speedup(&groups(&runs), 64.0, style));
    add("no cores", speedup(&groups(&runs[1..3]), f64::NAN, style));
    add("one point", speedup(&groups(&runs[..1]), 0.5, style));
    add(
        "no runs",
        speedup(
            &[group("a label that says far too much to fit", &empty)],
            2.0,
            style,
        ),
    );

    add(
        "turns",
        handover(&shared::turns(2, 8, 5 * MILLI), GIL, style),
    );
    add(
        "three in turn",
        handover(&shared::turns(3, 12, 5 * MILLI), GIL, style),
    );
    add(
        "ten in turn",
        handover(&shared::turns(10, 3, 5 * MILLI), GIL, style),
    );
    add(
        "forty in turn",
        handover(&shared::turns(40, 2, 5 * MILLI), GIL, style),
    );
    add(
        "many turns",
        handover(&shared::turns(3, 2000, 5 * MILLI), GIL, style),
    );
    add("no lock", handover(&traces::breakfast(), "nothing", style));
    add("a lock of locks", handover(&traces::crunch(2), GIL, style));

    add(
        "kitchen",
        queue_depth(&shared::kitchen(5, 30, true), Some(5), "orders", style),
    );
    add(
        "unbounded",
        queue_depth(&shared::kitchen(1000, 60, false), None, "orders", style),
    );
    add(
        "busy kitchen",
        queue_depth(&shared::kitchen(8, 20_000, true), Some(8), "orders", style),
    );
    add(
        "no queue",
        queue_depth(&shared::kitchen(5, 10, true), Some(5), "", style),
    );
    add(
        "nothing counted",
        queue_depth(&empty, Some(u64::MAX), "orders", style),
    );

    add(
        "arrows",
        timeline(&shared::turns(3, 4, 5 * MILLI), None, style),
    );
    let growing = traces::caught(traces::breakfast(), 1400 * MILLI);
    add("preview", preview_timeline(&growing, None, style));
    gallery
}

// --- what they say --------------------------------------------------------

fn snapshot(name: &str, figure: &Figure) {
    insta::assert_snapshot!(format!("{name}_text"), figure.text);
    insta::assert_snapshot!(format!("{name}_csv"), figure.csv);
    insta::assert_snapshot!(format!("{name}_description"), figure.description);
    insta::assert_snapshot!(format!("{name}_svg"), without_fonts(&figure.svg));
}

#[test]
fn a_ladder_of_a_lost_update() {
    let caption = "Both read before either wrote.";
    snapshot(
        "ladder",
        &ladder(&shared::adders(), caption, &style()).unwrap(),
    );
}

#[test]
fn a_ladder_of_locks_cells_and_queues() {
    snapshot(
        "helpers",
        &ladder(&shared::helpers(2), "", &style()).unwrap(),
    );
}

#[test]
fn a_graph_of_a_deadlock() {
    let figure = wait_for(&shared::philosophers(&["Ada", "Ben"]), &style()).unwrap();
    snapshot("deadlock", &figure);
}

#[test]
fn a_graph_of_some_who_wait_beside_a_deadlock() {
    let figure = wait_for(&shared::entangled(), &style()).unwrap();
    insta::assert_snapshot!("entangled_text", figure.text);
}

#[test]
fn a_speed_up_with_fits_and_simulated_points() {
    snapshot("speedup", &sped_up(&style()));
}

#[test]
fn the_turns_that_workers_take_with_a_lock() {
    let figure = handover(&shared::turns(3, 3, 5 * MILLI), GIL, &style()).unwrap();
    snapshot("handover", &figure);
}

#[test]
fn the_depth_of_a_queue() {
    let figure = queue_depth(&shared::kitchen(3, 12, true), Some(3), "orders", &style()).unwrap();
    snapshot("queue", &figure);
}

#[test]
fn the_first_lost_write_is_told_from_the_data() {
    let said = |trace: &Trace| ladder(trace, "", &style()).unwrap().text;
    let text = said(&shared::adders());
    assert!(
        text.contains(
            "adder 1 read 0, adder 2 wrote 1, then adder 1 wrote 1: one increment is gone"
        ),
        "{text}"
    );
    let mut twice = shared::adders();
    for at in [2, 3] {
        twice.ops[at].action = Action::Store(Value::Int(7));
    }
    assert!(said(&twice).contains("what adder 2 wrote is gone"));
    assert!(said(&shared::many_steps(2, 8, 100)).contains("No write was lost."));
}

#[test]
fn a_long_ladder_shows_the_failure_and_counts_the_rest() {
    let figure = ladder(&shared::many_steps(2, 1000, 400), "", &style()).unwrap();
    let words: Vec<String> = texts(&figure).into_iter().map(|(text, _)| text).collect();
    for said in ["… 371 steps left out", "… 569 steps left out", "402"] {
        assert!(words.iter().any(|text| text == said), "{said}: {words:?}");
    }
    assert_eq!(figure.csv.lines().count(), 1001);
}

#[test]
fn a_cycle_is_told_in_words_and_no_cycle_is_not_called_one() {
    let said = |trace: &Trace| wait_for(trace, &style()).unwrap().description;
    let cycle = "Ada waits for fork 2, held by Ben, who waits for fork 1, held by Ada.";
    let text = said(&shared::philosophers(&["Ada", "Ben"]));
    assert!(text.ends_with(cycle), "{text}");
    let text = said(&shared::queueing(2));
    assert!(
        text.contains("No cycle: guest 1 waits for counter, held by guest 0"),
        "{text}"
    );
    let figure = wait_for(&shared::entangled(), &style()).unwrap();
    assert_eq!(
        figure.text.matches("blocked for ever").count(),
        3,
        "{}",
        figure.text
    );
    assert_eq!(figure.text.matches("blocked to the end").count(), 1);
}

#[test]
fn laws_are_fitted_to_measured_runs_with_enough_numbers_of_workers() {
    let figure = sped_up(&style());
    assert!(
        figure.text.contains("threads: Amdahl, serial"),
        "{}",
        figure.text
    );
    assert!(
        figure
            .text
            .contains("threads under a lock: no law is fitted to 3 numbers of workers"),
        "{}",
        figure.text
    );
    assert!(!figure.text.contains("threads, simulated: Amdahl"));
    let runs = scaling();
    let without_one = speedup(&groups(&runs[1..4]), 2.0, &style()).unwrap();
    assert!(
        without_one
            .text
            .contains("no run with one worker, so it is held against 2 workers"),
        "{}",
        without_one.text
    );
    assert!(matches!(
        speedup(&[], 2.0, &style()),
        Err(FigureError::NoGroups("speed-up"))
    ));
}

#[test]
fn more_hand_overs_than_pixels_are_merged_and_the_figure_says_so() {
    let note = "columns show shares of time";
    let few = handover(&shared::turns(3, 12, MILLI), GIL, &style()).unwrap();
    let many = handover(&shared::turns(3, 20_000, MILLI), GIL, &style()).unwrap();
    assert!(!few.svg.contains(note) && many.svg.contains(note));
    assert!(many.svg.len() < 1_000_000, "{} bytes", many.svg.len());
    assert!(many.text.contains("59,999 hand-overs"), "{}", many.text);
}

#[test]
fn turns_that_were_not_recorded_are_not_made_up() {
    let mut trace = shared::turns(2, 3, MILLI);
    trace
        .spans
        .retain(|span| span.activity != Activity::Holding);
    let figure = handover(&trace, GIL, &style()).unwrap();
    assert!(
        figure
            .text
            .contains("who had interpreter lock was not recorded"),
        "{}",
        figure.text
    );
}

#[test]
fn arrows_join_lanes_only_while_there_are_few() {
    let said = |rounds: u32| {
        let trace = shared::turns(2, rounds, 5 * MILLI);
        timeline(&trace, None, &style())
            .unwrap()
            .svg
            .contains("lets go on")
    };
    assert!(said(10) && !said(40));
    let mut odd = shared::turns(2, 2, MILLI);
    odd.edges = vec![Edge {
        from: 0,
        at: u64::MAX,
        to: 99,
        then: 0,
        object: String::new(),
    }];
    assert!(
        !timeline(&odd, None, &style())
            .unwrap()
            .svg
            .contains("lets go on")
    );
}

#[test]
fn a_preview_looks_the_same_and_leaves_out_the_numbers() {
    let trace = traces::caught(traces::busy(4, 20), SECOND / 2);
    let (whole, preview) = (
        timeline(&trace, None, &style()).unwrap(),
        preview_timeline(&trace, None, &style()).unwrap(),
    );
    assert_eq!(whole.svg, preview.svg);
    assert!(preview.csv.is_empty() && preview.text.lines().count() == 1);
}

#[test]
fn an_open_wait_on_a_queue_is_shaded_to_the_end() {
    let mut trace = shared::kitchen(3, 12, true);
    let mut open = traces::span(1, Activity::Blocked, "orders", 40 * MILLI, 0);
    open.end = None;
    trace.spans = vec![open];
    let figure = queue_depth(&trace, Some(3), "orders", &style()).unwrap();
    assert!(figure.text.contains("blocked"), "{}", figure.text);
}

// --- what holds for all ---------------------------------------------------

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
        assert!(
            figure.svg.len() < 1_000_000,
            "{name}: {} bytes",
            figure.svg.len()
        );
        assert!(
            !figure.title.is_empty() && figure.description.ends_with('.'),
            "{name}: {}",
            figure.description
        );
        assert!(!figure.text.is_empty(), "{name}");
        assert!(display::png(&figure).is_ok(), "{name}");
    }
}

#[test]
fn light_and_dark_differ_in_colour_only() {
    let dark = Style {
        theme: Theme::Dark,
        ..style()
    };
    for ((name, light), (_, dark)) in gallery(&style()).into_iter().zip(gallery(&dark)) {
        assert_ne!(light.svg, dark.svg, "{name}");
        assert_eq!((light.text, light.csv), (dark.text, dark.csv), "{name}");
        assert_eq!(
            (light.width, light.height),
            (dark.width, dark.height),
            "{name}"
        );
    }
}

#[test]
fn nothing_that_a_trace_can_hold_makes_a_figure_fail() {
    for seed in 0..300 {
        let traces = [absurd(seed), absurd(seed + 1000)];
        let style = &styles()[seed as usize % 5];
        let groups = [group("a", &traces[0]), group("b", &traces[1])];
        let name = ["", " ", "x", "<&>\"'"][seed as usize % 4];
        let cores = [0.0, -1.0, f64::NAN, 1e300, 2.0][seed as usize % 5];
        let capacity = [None, Some(0), Some(3), Some(u64::MAX)][seed as usize % 4];
        for figure in [
            ladder(&traces[0], name, style),
            wait_for(&traces[0], style),
            speedup(&groups, cores, style),
            handover(&traces[0], name, style),
            queue_depth(&traces[0], capacity, name, style),
            preview_timeline(&traces[0], None, style),
        ] {
            let figure = figure.unwrap();
            assert!(figure.svg.len() < 1_000_000, "{} {seed}", figure.name);
            tree(&figure);
        }
    }
}

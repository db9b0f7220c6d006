//! Figures of plain numbers: memory, channels, kinds of work, a decision.

#[path = "traces/reading.rs"]
mod reading;
#[allow(dead_code)]
mod traces;

use lab::trace::{Machine, Model, Trace};
use reading::{styles, tree, without_fonts};
use threadlab::display;
use threadlab::figure::{
    Channel, ChannelPoint, Decision, Figure, FigureError, Gain, MemoryOfUnit, Node, Style, Theme,
    Timings, decision, gains, ipc, memory, timings,
};

fn style() -> Style {
    Style::default()
}

// --- data -------------------------------------------------------------------

fn run() -> Trace {
    traces::repeated(Model::Threads, &[120, 118, 125])
}

fn unit(label: &str, private: f64, shared: f64, guide: Option<(f64, f64)>) -> MemoryOfUnit {
    MemoryOfUnit {
        label: label.to_owned(),
        private,
        shared,
        guide,
    }
}

fn units() -> Vec<MemoryOfUnit> {
    vec![
        unit("thread", 16_400.0, 0.0, Some((8e3, 8e3))),
        unit("async task", 900.0, 0.0, None),
        unit("process (fork)", 1.2e6, 1.9e6, Some((30e6, 50e6))),
        unit("process (spawn)", 2.9e6, 1.1e6, Some((30e6, 50e6))),
    ]
}

fn channel(label: &str, microseconds: f64, megabytes: f64) -> Channel {
    let points = [64u64, 1024, 16_384, 262_144, 1_048_576].map(|bytes| {
        let trip = microseconds * 1e-6 + 2.0 * bytes as f64 / (megabytes * 1e6);
        let rate = 1.0 / (microseconds * 0.2e-6 + bytes as f64 / (megabytes * 1e6));
        ChannelPoint {
            bytes,
            round_trips: vec![trip * 0.9, trip, trip * 1.3],
            rates: vec![rate * 0.9, rate, rate * 1.05],
        }
    });
    Channel {
        label: label.to_owned(),
        points: points.into(),
    }
}

fn channels() -> Vec<Channel> {
    vec![
        channel("queue", 12.0, 2_000.0),
        channel("pipe", 7.0, 1_500.0),
        channel("shared memory", 0.9, 9_000.0),
        channel("manager", 40.0, 700.0),
    ]
}

fn gain(work: &str, model: &str, guide: Option<(f64, f64)>, values: &[(&str, f64)]) -> Gain {
    Gain {
        work: work.to_owned(),
        model: model.to_owned(),
        guide,
        values: values.iter().map(|(s, v)| ((*s).to_owned(), *v)).collect(),
    }
}

fn works() -> Vec<Gain> {
    let measured = "Rust, measured";
    let simulated = "simulated";
    vec![
        gain(
            "files on a slow disk",
            "threads",
            Some((3.64, 3.64)),
            &[(measured, 4.9)],
        ),
        gain(
            "files on a slow disk",
            "processes",
            Some((3.29, 3.29)),
            &[(measured, 4.7)],
        ),
        gain(
            "computing",
            "threads",
            Some((0.98, 0.98)),
            &[(measured, 1.9), (simulated, 0.98)],
        ),
        gain(
            "computing",
            "processes",
            Some((2.0, 4.0)),
            &[(measured, 1.88), (simulated, 2.0)],
        ),
    ]
}

/// Thirty samples around 12.3 µs, one of them late.
fn samples() -> Vec<f64> {
    let jitter = |i: u32| f64::from(i * 7919 % 100) / 100.0;
    let mut samples: Vec<f64> = (0..29).map(|i| 12.0e-6 + 0.6e-6 * jitter(i)).collect();
    samples.push(14.1e-6);
    samples
}

fn timed(code: &str, loops: u64, seconds: &[f64], style: &Style) -> Result<Figure, FigureError> {
    let machine = Machine {
        cpu: "a processor".into(),
        cores: 4.0,
        load: 0.3,
        system: "Linux 6.1".into(),
    };
    let of = Timings {
        code,
        loops,
        seconds,
        machine: &machine,
        date: "2026-11-20T10:29:48Z",
        version: "0.1.0",
    };
    timings(&of, style)
}

/// A tree of three questions, of which the workload comes by two.
fn tree_of(takes: [Option<bool>; 2]) -> Decision {
    let waits = Node::fork(
        "Are there hundreds of waits at once?",
        Node::end("async", "one thread for all of them"),
        Node::end("threads", "each waits by itself, and memory is shared"),
    );
    let computes = Node::fork(
        "Does an interpreter lock let one thread compute at a time?",
        Node::end("processes", "each has a lock of its own"),
        Node::end("a pool of threads", "one for each core"),
    );
    let mut root = Node::fork(
        "Does it wait for at least half of its time?",
        waits,
        computes,
    );
    if let Node::Fork(fork) = &mut root {
        fork.takes = takes[0];
        fork.fact = "97 % of the time is waiting: 4.85 of 5.0 s".to_owned();
        if let Node::Fork(next) = &mut fork.yes {
            next.takes = takes[1];
            next.fact = "2 at once".to_owned();
        }
    }
    Decision {
        title: "breakfast: which model?".to_owned(),
        says: vec!["The guide's tree never reaches its branch for asyncio.".to_owned()],
        root,
    }
}

/// Every figure of this file, with ordinary and with odd data.
fn gallery(style: &Style) -> Vec<(String, Figure)> {
    let run = run();
    let runs = [&run];
    let mut gallery: Vec<(String, Figure)> = Vec::new();
    let mut add = |name: &str, figure: Result<Figure, FigureError>| {
        gallery.push((name.to_owned(), figure.unwrap()));
    };
    add("memory", memory(&units(), &runs, style));
    let long = "a unit with a name <that> goes on & on, longer than a page is wide";
    let odd = [
        unit(long, f64::NAN, -3.0, Some((f64::INFINITY, 0.0))),
        unit("", 0.0, 0.0, None),
        unit("small", 1.0, 1e12, None),
    ];
    add("odd memory", memory(&odd, &[], style));
    add("ipc", ipc(&channels(), &runs, style));
    let odd_point = ChannelPoint {
        bytes: 0,
        round_trips: vec![f64::NAN, -1.0, 0.0],
        rates: vec![],
    };
    let odd = |label: &str, points| Channel {
        label: label.to_owned(),
        points,
    };
    add(
        "odd ipc",
        ipc(&[odd(long, vec![odd_point]), odd("", vec![])], &[], style),
    );
    let one = ChannelPoint {
        bytes: 64,
        round_trips: vec![1e-5],
        rates: vec![1e5],
    };
    add("one size", ipc(&[odd("pipe", vec![one])], &runs, style));
    add("gains", gains("task types", &works(), &runs, style));
    let odd = [
        gain(long, long, Some((f64::NAN, 3.0)), &[(long, f64::INFINITY)]),
        gain("", "", None, &[]),
    ];
    add("odd gains", gains(long, &odd, &[], style));
    add(
        "decision",
        decision(&tree_of([Some(true), Some(false)]), &runs, style),
    );
    add(
        "open decision",
        decision(&tree_of([None, None]), &[], style),
    );
    let mut deep = Node::end(long, long);
    for _ in 0..7 {
        deep = Node::fork(long, Node::end("no", ""), deep);
    }
    let deep = Decision {
        title: String::from("deep"),
        says: vec![],
        root: deep,
    };
    add("deep decision", decision(&deep, &[], style));
    add(
        "timings",
        timed("v.iter().sum::<u64>()", 1_000, &samples(), style),
    );
    let odd = [f64::NAN, -1.0, 0.0, 1e-12, 9e5, f64::INFINITY];
    add("odd timings", timed(&long.repeat(3), u64::MAX, &odd, style));
    add("one timing", timed("", 1, &[0.0], style));
    gallery
}

fn snapshot(name: &str, figure: &Figure) {
    insta::assert_snapshot!(format!("{name}_svg"), without_fonts(&figure.svg));
    insta::assert_snapshot!(format!("{name}_text"), figure.text);
    insta::assert_snapshot!(format!("{name}_csv"), figure.csv);
    insta::assert_snapshot!(format!("{name}_description"), figure.description);
}

// --- one by one -------------------------------------------------------------

#[test]
fn the_memory_of_units() {
    snapshot("memory", &memory(&units(), &[&run()], &style()).unwrap());
}

#[test]
fn the_time_of_code_that_was_run_again_and_again() {
    let code = "v.iter().sum::<u64>()";
    let figure = timed(code, 1_000, &samples(), &style()).unwrap();
    snapshot("timings", &figure);
    let none = timed(code, 1, &[f64::NAN], &style());
    assert!(matches!(none, Err(FigureError::NoGroups(_))), "{none:?}");
}

#[test]
fn channels_over_the_size_of_a_message() {
    snapshot("ipc", &ipc(&channels(), &[&run()], &style()).unwrap());
}

#[test]
fn kinds_of_work_beside_one_another() {
    snapshot(
        "gains",
        &gains("task types", &works(), &[&run()], &style()).unwrap(),
    );
}

#[test]
fn a_decision_with_its_way() {
    let way = tree_of([Some(true), Some(false)]);
    snapshot("decision", &decision(&way, &[&run()], &style()).unwrap());
}

#[test]
fn the_way_ends_in_an_answer_only_where_every_question_has_one() {
    let end = |takes| tree_of(takes).end().map(|end| end.take.clone());
    assert_eq!(end([Some(true), Some(false)]).as_deref(), Some("threads"));
    assert_eq!(end([Some(true), Some(true)]).as_deref(), Some("async"));
    assert_eq!(end([Some(true), None]), None);
    assert_eq!(end([None, None]), None);
    assert_eq!(tree_of([Some(true), Some(false)]).path().len(), 2);
}

#[test]
fn nothing_to_draw_is_an_error_that_says_so() {
    let style = style();
    for figure in [
        memory(&[], &[], &style),
        ipc(&[], &[], &style),
        gains("", &[], &[], &style),
    ] {
        assert!(matches!(figure, Err(FigureError::NoGroups(_))));
    }
}

// --- what holds for all -----------------------------------------------------

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
        assert!(figure.svg.len() < 1_000_000, "{name}");
        assert!(
            !figure.title.is_empty() && figure.description.ends_with('.'),
            "{name}: {}",
            figure.description
        );
        assert!(!figure.text.is_empty(), "{name}");
        tree(&figure);
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
    }
}

//! Figures from traces written by hand: what they say, and what holds for all of
//! them whatever is drawn.

#[path = "traces/reading.rs"]
mod reading;
mod traces;

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lab::trace::{Activity, Ending, Kind, Lane, Mark, Model, Trace};
use lab::value::Value;
use reading::{styles, texts, tree, without_fonts};
use threadlab::display::{self, Bundle, DisplayError, SaveFormat, Table};
use threadlab::figure::{
    Documented, Figure, FigureError, Group, Style, Theme, comparison, distribution, duration,
    timeline,
};
use traces::absurd::absurd;
use traces::{MILLI, SECOND};

// --- traces and figures ---------------------------------------------------

fn style() -> Style {
    Style::default()
}

fn dark() -> Style {
    Style {
        theme: Theme::Dark,
        ..Style::default()
    }
}

fn said(label: &str, seconds: f64, scale: f64) -> Documented {
    Documented {
        label: label.to_owned(),
        seconds,
        scale,
    }
}

fn group(trace: &Trace) -> Group<'_> {
    Group {
        label: trace.header.model.to_string(),
        trace,
    }
}

fn five_models() -> Vec<Trace> {
    [
        (Model::Sequential, &[1250, 1248, 1260, 1249, 1255][..]),
        (Model::Threads, &[1280, 1275, 1301, 1279, 1285]),
        (Model::Pool, &[660, 655, 671, 662, 668]),
        (Model::Processes, &[640, 652, 639, 661, 644]),
        (Model::Async, &[1251, 1250, 1260]),
    ]
    .into_iter()
    .map(|(model, millis)| traces::repeated(model, millis))
    .collect()
}

fn the_guide(scale: f64) -> Vec<Documented> {
    vec![
        said("sequential", 12.5 * scale, scale),
        said("threads", 12.8 * scale, scale),
        said("processes", 6.2 * scale, scale),
    ]
}

fn compared(scale: f64, style: &Style) -> Figure {
    let traces = five_models();
    let groups: Vec<Group<'_>> = traces.iter().map(group).collect();
    comparison(&groups, &the_guide(scale), style).unwrap()
}

fn unlocked() -> Vec<i64> {
    (0..30)
        .map(|i: i64| 380_000 + (i * 7919 % 30) * (i * 31 % 13) * 400)
        .collect()
}

fn distributed(style: &Style) -> Figure {
    let (racy, safe) = (
        traces::counter(&unlocked()),
        traces::counter(&[1_000_000; 30]),
    );
    let groups = [
        Group {
            label: "no lock".to_owned(),
            trace: &racy,
        },
        Group {
            label: "lock".to_owned(),
            trace: &safe,
        },
    ];
    distribution(&groups, &[1_000_000], style).unwrap()
}

/// Names with markup, an emoji and more letters than fit; workers that panicked,
/// were killed, never started; prints of the run itself.
fn misfortunes() -> Trace {
    let mut trace = traces::breakfast();
    trace.workers[0].name =
        "the <b>milk</b> & \"other\" things ☕ that boil over and over".to_owned();
    trace.workers[1].ending = Ending::Panicked("index out of bounds".to_owned());
    trace.workers.push(Lane {
        name: "late".to_owned(),
        ..Lane::default()
    });
    let mut killed = traces::lane("killed", 0, 900 * MILLI);
    killed.ending = Ending::Killed(6);
    trace.workers.push(killed);
    let mut left = traces::lane("left", 0, 1200 * MILLI);
    left.ending = Ending::Exited(3);
    trace.workers.push(left);
    trace.spans.push(traces::span(
        3,
        Activity::Working,
        "<&>\"' for work",
        0,
        900 * MILLI,
    ));
    trace
        .spans
        .push(traces::span(99, Activity::Working, "nobody", 0, SECOND));
    trace.marks.push(Mark {
        worker: None,
        at: 500 * MILLI,
        text: "said\u{7} by\nthe run".to_owned(),
    });
    for i in 0..20 {
        trace.marks.push(traces::mark(
            4,
            i * 50 * MILLI,
            "a print that has no room at all",
        ));
    }
    trace
}

/// Every kind of figure, with ordinary and with odd data.
fn gallery(style: &Style) -> Vec<(String, Figure)> {
    let guide = said("threads", 3.0, 1.0);
    let mut gallery: Vec<(String, Figure)> = Vec::new();
    let mut add = |name: &str, figure: Result<Figure, FigureError>| {
        gallery.push((name.to_owned(), figure.unwrap()));
    };
    add(
        "breakfast",
        timeline(&traces::breakfast(), Some(&guide), style),
    );
    add(
        "scaled",
        timeline(&traces::breakfast(), Some(&said("", 0.3, 0.1)), style),
    );
    add(
        "far guide",
        timeline(&traces::breakfast(), Some(&said("", 300.0, 1.0)), style),
    );
    add("crunch", timeline(&traces::crunch(2), None, style));
    add("counter", timeline(&traces::counter(&[1]), None, style));
    for workers in [1, 10, 40, 48, 49, 150, 1000] {
        add(
            &format!("busy {workers}"),
            timeline(&traces::busy(workers, 12), Some(&guide), style),
        );
    }
    add("dense", timeline(&traces::busy(3, 3000), None, style));
    add(
        "growing",
        timeline(
            &traces::caught(traces::breakfast(), 1400 * MILLI),
            Some(&guide),
            style,
        ),
    );
    add(
        "just begun",
        timeline(&traces::caught(traces::breakfast(), 0), Some(&guide), style),
    );
    add("misfortunes", timeline(&misfortunes(), Some(&guide), style));
    add(
        "empty",
        timeline(&traces::empty("nothing", Model::Async), None, style),
    );
    for scale in [0.1, 1.0, 10.0] {
        add(&format!("comparison {scale}"), Ok(compared(scale, style)));
    }
    let traces = five_models();
    let simulated: Vec<Trace> = five_models()
        .into_iter()
        .map(|mut trace| {
            trace.header.kind = Kind::Simulated;
            trace
        })
        .collect();
    let both: Vec<Group<'_>> = traces
        .iter()
        .map(group)
        .chain(simulated.iter().map(|trace| Group {
            label: format!(
                "{}, simulated on a machine of the guide's",
                trace.header.model
            ),
            trace,
        }))
        .collect();
    add("both kinds", comparison(&both, &the_guide(0.1), style));
    let none = traces::empty("nothing", Model::Pool);
    add(
        "no samples",
        comparison(
            &[group(&none), group(&traces[0])],
            &the_guide(f64::NAN),
            style,
        ),
    );
    add("distribution", Ok(distributed(style)));
    add("no results", distribution(&[group(&none)], &[0], style));
    let close = traces::counter(&[999_998, 1_000_000, 1_000_000, 999_991, 1_000_000]);
    let label = "a label of a group that says far too much to fit".to_owned();
    add(
        "close results",
        distribution(
            &[Group {
                label,
                trace: &close,
            }],
            &[1_000_000],
            style,
        ),
    );
    let mut odd = traces::counter(&[i64::MAX, i64::MIN, 0, -5]);
    odd.samples.push(traces::sample(1, Value::Float(f64::NAN)));
    odd.samples
        .push(traces::sample(u64::MAX, Value::Text("x".to_owned())));
    add(
        "odd results",
        distribution(&[group(&odd)], &[i64::MIN], style),
    );
    add(
        "odd times",
        comparison(
            &[group(&odd)],
            &[said("threads", f64::INFINITY, 0.0)],
            style,
        ),
    );
    gallery
}

// --- what they say --------------------------------------------------------

#[test]
fn a_timeline_of_two_that_wait() {
    let figure = timeline(
        &traces::breakfast(),
        Some(&said("threads", 3.0, 1.0)),
        &style(),
    )
    .unwrap();
    insta::assert_snapshot!("breakfast_text", figure.text);
    insta::assert_snapshot!("breakfast_csv", figure.csv);
    insta::assert_snapshot!("breakfast_description", figure.description);
    insta::assert_snapshot!("breakfast_svg", without_fonts(&figure.svg));
}

#[test]
fn a_timeline_of_a_lock_that_is_handed_over() {
    let figure = timeline(&traces::crunch(2), None, &style()).unwrap();
    insta::assert_snapshot!("crunch_text", figure.text);
    insta::assert_snapshot!("crunch_svg", without_fonts(&figure.svg));
}

#[test]
fn a_timeline_of_misfortunes() {
    let figure = timeline(&misfortunes(), None, &style()).unwrap();
    insta::assert_snapshot!("misfortunes_text", figure.text);
    insta::assert_snapshot!("misfortunes_csv", figure.csv);
}

#[test]
fn a_comparison_of_five_models_with_the_guide() {
    let figure = compared(0.1, &style());
    insta::assert_snapshot!("comparison_text", figure.text);
    insta::assert_snapshot!("comparison_csv", figure.csv);
    insta::assert_snapshot!("comparison_description", figure.description);
    insta::assert_snapshot!("comparison_svg", without_fonts(&figure.svg));
}

#[test]
fn a_distribution_with_and_without_a_lock() {
    let figure = distributed(&style());
    insta::assert_snapshot!("distribution_text", figure.text);
    insta::assert_snapshot!("distribution_description", figure.description);
    insta::assert_snapshot!("distribution_svg", without_fonts(&figure.svg));
}

#[test]
fn durations_are_told_in_a_unit_that_a_person_would_choose() {
    assert_eq!(
        [3.0, 0.012, 450e-6].map(duration),
        ["3.0 s", "12 ms", "450 µs"]
    );
}

#[test]
fn sources_more_than_tenfold_apart_have_a_scale_each() {
    assert!(!compared(0.1, &style()).svg.contains("own scale"));
    let split = compared(1.2, &style());
    assert!(split.svg.contains("each source on its own scale"));
    assert!(split.svg.contains("guide (s)") && split.svg.contains("measured (s)"));
}

#[test]
fn an_interval_is_drawn_from_five_samples_on() {
    let of = |millis: &[u64]| {
        let trace = traces::repeated(Model::Threads, millis);
        comparison(&[group(&trace)], &[], &style()).unwrap().svg
    };
    assert!(!of(&[10, 11, 12, 13]).contains("interval"));
    assert!(of(&[10, 11, 12, 13, 14]).contains("interval"));
}

#[test]
fn simulated_groups_are_held_against_simulated_ones() {
    let mut traces = [
        traces::repeated(Model::Sequential, &[1000]),
        traces::repeated(Model::Sequential, &[8000]),
        traces::repeated(Model::Threads, &[2000]),
    ];
    traces[1].header.kind = Kind::Simulated;
    traces[2].header.kind = Kind::Simulated;
    let groups: Vec<Group<'_>> = traces.iter().map(group).collect();
    let figure = comparison(&groups, &[], &style()).unwrap();
    assert!(
        figure
            .text
            .lines()
            .any(|line| line.starts_with("threads") && line.contains("4.00")),
        "{}",
        figure.text
    );
}

#[test]
fn the_stamp_tells_the_yield_chance_and_can_be_left_out() {
    assert!(distributed(&style()).svg.contains("yield chance 0.1 %"));
    let bare = Style {
        stamp: false,
        title: false,
        ..style()
    };
    let figure = distributed(&bare);
    assert!(
        !texts(&figure)
            .iter()
            .any(|(text, _)| text.contains("yield chance") || text.contains("results of"))
    );
    assert!(figure.svg.contains("<title>counter under threads"));
}

#[test]
fn a_figure_of_no_groups_is_an_error_that_says_so() {
    let error = comparison(&[], &[], &style()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a comparison needs at least one group of runs"
    );
    assert!(matches!(
        distribution(&[], &[1], &style()),
        Err(FigureError::NoGroups("distribution"))
    ));
}

// --- what holds for all ---------------------------------------------------

#[test]
fn every_text_stays_on_the_page_and_off_the_other_texts() {
    for style in styles() {
        for (name, figure) in gallery(&style) {
            let name = format!("{name} at {}", style.width);
            reading::legible(&name, &figure);
        }
    }
}

#[test]
fn nothing_that_a_trace_can_hold_makes_a_figure_fail() {
    for seed in 0..300 {
        let traces = [absurd(seed), absurd(seed + 1000)];
        let guide = [said(
            "a",
            [1.0, 0.0, f64::NAN, 1e300][seed as usize % 4],
            0.5,
        )];
        let style = &styles()[seed as usize % 5];
        let groups = ["a", "b"].map(str::to_owned);
        let groups: Vec<Group<'_>> = groups
            .into_iter()
            .zip(&traces)
            .map(|(label, trace)| Group { label, trace })
            .collect();
        let expected = [0, 1, -1, i64::MAX, i64::MIN][seed as usize % 5];
        for figure in [
            timeline(&traces[0], guide.first(), style),
            comparison(&groups, &guide, style),
            distribution(&groups, &[expected], style),
        ] {
            let figure = figure.unwrap();
            assert!(figure.svg.len() < 1_000_000, "{seed}");
            tree(&figure);
        }
    }
}

#[test]
fn every_figure_names_itself_and_has_its_size() {
    for (name, figure) in gallery(&style()) {
        let size = format!("width=\"{}\" height=\"{}\"", figure.width, figure.height);
        assert!(figure.svg.contains(&size), "{name}");
        assert!(
            figure.svg.contains("role=\"img\"") && figure.svg.contains("<desc"),
            "{name}"
        );
        assert!(figure.svg.contains("@font-face"), "{name}");
        assert!(
            !figure.title.is_empty() && figure.description.ends_with('.'),
            "{name}"
        );
        assert_eq!(figure.width, 800, "{name}");
        assert!(
            figure.svg.len() < 1_000_000,
            "{name}: {} bytes",
            figure.svg.len()
        );
    }
}

#[test]
fn a_chosen_height_is_taken() {
    let style = Style {
        height: Some(700),
        ..style()
    };
    let figure = timeline(&traces::breakfast(), None, &style).unwrap();
    assert_eq!(figure.height, 700);
}

#[test]
fn light_and_dark_differ_in_colour_only() {
    for ((name, light), (_, dark)) in gallery(&style()).into_iter().zip(gallery(&dark())) {
        assert_ne!(light.svg, dark.svg, "{name}");
        assert_eq!(
            (light.width, light.height),
            (dark.width, dark.height),
            "{name}"
        );
        assert_eq!((light.text, light.csv), (dark.text, dark.csv), "{name}");
    }
    assert_eq!(Theme::from_str("dark"), Ok(Theme::Dark));
    assert_eq!(Theme::Light.to_string(), "light");
    assert!(Theme::from_str("pink").is_err());
}

#[test]
fn forty_lanes_are_all_named() {
    let figure = timeline(&traces::busy(40, 12), None, &style()).unwrap();
    let texts = texts(&figure);
    for worker in 1..=40 {
        let name = format!("worker {worker}");
        assert!(texts.iter().any(|(text, _)| text.trim() == name), "{name}");
    }
}

#[test]
fn a_thousand_workers_share_lines_and_the_figure_says_so() {
    let figure = timeline(&traces::busy(1000, 12), None, &style()).unwrap();
    let words: Vec<String> = texts(&figure).into_iter().map(|(text, _)| text).collect();
    assert!(
        words
            .iter()
            .any(|text| text.contains("1,000 workers: up to 10 to a line")),
        "{words:?}"
    );
    assert_eq!(figure.csv.lines().count(), 12_001);
    assert!(
        figure.text.ends_with("and 940 workers more"),
        "{}",
        figure.text
    );
}

#[test]
fn a_million_spans_draw_in_bounded_size() {
    let trace = traces::busy(40, 25_000);
    assert_eq!(trace.spans.len(), 1_000_000);
    let figure = timeline(&trace, None, &style()).unwrap();
    assert!(figure.svg.len() < 1_000_000, "{} bytes", figure.svg.len());
    assert!(figure.svg.contains("columns show shares of time"));
}

#[test]
fn an_open_span_is_drawn_as_far_as_the_run_has_come() {
    let caught = traces::caught(traces::breakfast(), 1400 * MILLI);
    let figure = timeline(&caught, None, &style()).unwrap();
    assert!(
        figure.text.contains("sum of waits 2.80 s"),
        "{}",
        figure.text
    );
    assert!(figure.text.contains("running"), "{}", figure.text);
    assert!(
        figure.csv.lines().nth(1).unwrap().ends_with("0.000500000,"),
        "{}",
        figure.csv
    );
}

#[test]
fn misfortunes_are_told_beside_their_lanes() {
    let figure = timeline(&misfortunes(), None, &style()).unwrap();
    let words: Vec<String> = texts(&figure).into_iter().map(|(text, _)| text).collect();
    for said in [
        "panicked",
        "killed by signal 6",
        "exit status 3",
        "never started",
    ] {
        assert!(words.iter().any(|text| text == said), "{said}: {words:?}");
    }
}

#[test]
fn spans_that_were_not_recorded_are_counted_on_the_figure() {
    let mut trace = traces::breakfast();
    trace.workers[0].omitted = 1200;
    trace.workers[1].omitted = 34;
    let figure = timeline(&trace, None, &style()).unwrap();
    let said = "1,234 spans not recorded, nor part of the sums";
    assert!(figure.text.ends_with(said), "{}", figure.text);
    assert!(texts(&figure).iter().any(|(text, _)| text == said));
}

#[test]
fn a_guide_far_beyond_the_run_is_told_and_not_drawn() {
    let far = said("threads", 300.0, 1.0);
    let figure = timeline(&traces::breakfast(), Some(&far), &style()).unwrap();
    assert!(figure.svg.contains("guide 5 min, beyond this axis"));
    let caught = traces::caught(traces::breakfast(), 1400 * MILLI);
    let growing = timeline(&caught, Some(&far), &style()).unwrap();
    assert!(!growing.svg.contains("beyond this axis"));
}

// --- bundles and files ----------------------------------------------------

fn decoded(bundle: &Bundle, mime: &str) -> Vec<u8> {
    STANDARD
        .decode(bundle.data[mime].as_str().unwrap())
        .unwrap()
}

#[test]
fn a_chart_comes_in_every_form_that_exporters_ask_for() {
    let figure = timeline(&traces::breakfast(), None, &style()).unwrap();
    let bundle = display::chart(&figure, false).unwrap();
    let forms: Vec<&String> = bundle.data.keys().collect();
    assert_eq!(
        forms,
        [
            "image/svg+xml",
            "image/png",
            "application/pdf",
            "text/plain"
        ]
    );
    assert_eq!(bundle.metadata["image/png"]["width"], 800);
    assert_eq!(bundle.metadata["image/png"]["height"], figure.height);

    let pixels = decoded(&bundle, "image/png");
    let info = png::Decoder::new(&pixels[..]).read_info().unwrap();
    assert_eq!(
        (info.info().width, info.info().height),
        (1600, 2 * figure.height)
    );

    let pdf = decoded(&bundle, "application/pdf");
    assert!(pdf.starts_with(b"%PDF"));
    assert!(
        pdf.windows(5).any(|bytes| bytes == b"/Font"),
        "no font in the PDF"
    );
    let has = |what: &[u8]| pdf.windows(what.len()).any(|bytes| bytes == what);
    assert!(
        !has(b"/Subtype /Image") && !has(b"/Subtype/Image"),
        "pixels in the PDF"
    );
}

#[test]
fn the_accessible_form_carries_the_description() {
    let trace = misfortunes();
    let figure = timeline(&trace, None, &style()).unwrap();
    let bundle = display::chart(&figure, true).unwrap();
    let html = bundle.data["text/html"].as_str().unwrap();
    assert!(
        html.starts_with("<figure><img alt=\"Timeline of breakfast under threads"),
        "{}",
        &html[..80]
    );
    assert!(bundle.data.contains_key("image/png"));
}

#[test]
fn a_preview_is_svg_and_text_alone() {
    let caught = traces::caught(traces::breakfast(), SECOND);
    let bundle = display::preview(&timeline(&caught, None, &style()).unwrap());
    let forms: Vec<&String> = bundle.data.keys().collect();
    assert_eq!(forms, ["image/svg+xml", "text/plain"]);
}

#[test]
fn every_figure_becomes_a_png_of_twice_its_size_and_a_pdf() {
    for (name, figure) in gallery(&style()) {
        let pixels = display::png(&figure).unwrap();
        let info = png::Decoder::new(&pixels[..]).read_info().unwrap();
        let size = (info.info().width, info.info().height);
        assert_eq!(size, (2 * figure.width, 2 * figure.height), "{name}");
        assert!(
            display::pdf(&figure).unwrap().starts_with(b"%PDF"),
            "{name}"
        );
    }
}

#[test]
fn a_table_is_html_and_text() {
    let table = Table {
        title: "Times".to_owned(),
        columns: vec!["model".to_owned(), "seconds".to_owned()],
        rows: vec![vec!["<threads>".to_owned(), "3.0 s".to_owned()]],
        notes: vec!["measured".to_owned()],
    };
    let bundle = table.bundle();
    assert!(
        bundle.data["text/html"]
            .as_str()
            .unwrap()
            .contains("&lt;threads&gt;")
    );
    assert_eq!(
        bundle.data["text/plain"],
        "Times\nmodel      seconds\n<threads>    3.0 s\nmeasured"
    );
}

/// A folder that goes with the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("threadlab-{name}-{}", std::process::id()));
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_suffix_decides_what_is_saved() {
    let folder = Folder::new("suffix");
    let figure = timeline(&traces::breakfast(), None, &style()).unwrap();
    let written = display::save(&figure, &folder.0.join("new/run.JSON"), || "{}").unwrap();
    assert_eq!(written.len(), 1);
    assert!(written[0].is_absolute());
    assert_eq!(std::fs::read_to_string(&written[0]).unwrap(), "{}");
    assert!(!folder.0.join("new/run.svg").exists());
}

#[test]
fn without_a_suffix_all_formats_share_the_name() {
    let folder = Folder::new("all");
    let figure = timeline(&traces::breakfast(), None, &style()).unwrap();
    let written = display::save(&figure, &folder.0.join("run"), || "{}").unwrap();
    let expected: Vec<_> = SaveFormat::ALL
        .iter()
        .map(|format| folder.0.join(format!("run.{format}")))
        .collect();
    assert_eq!(written, expected);
    assert!(
        written
            .iter()
            .all(|path| path.metadata().unwrap().len() > 1)
    );
}

#[test]
fn an_unknown_suffix_names_the_possible_ones_and_writes_nothing() {
    let folder = Folder::new("unknown");
    let figure = timeline(&traces::breakfast(), None, &style()).unwrap();
    let error = display::save(&figure, &folder.0.join("run.bmp"), || "{}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "a figure cannot be saved as .bmp: choose svg, png, pdf, csv, json, or no suffix for all of them"
    );
    assert!(!folder.0.exists());
    let error = display::save(&figure, &folder.0.join(".."), || "{}").unwrap_err();
    assert!(matches!(error, DisplayError::NoName { .. }));
}

#[test]
fn locks_of_one_kind_of_run_are_listed_and_the_kind_is_said_once() {
    let trace = |kind, gil: Option<&str>| {
        let mut trace = traces::empty("crunch", Model::Threads);
        trace.header.kind = kind;
        trace.header.gil = gil.map(str::to_owned);
        trace
    };
    let said = |traces: &[Trace]| {
        let label = |at: usize| format!("group {at}");
        let groups: Vec<Group<'_>> = (0..traces.len())
            .map(|at| Group {
                label: label(at),
                trace: &traces[at],
            })
            .collect();
        let text = comparison(&groups, &[], &style()).unwrap().text;
        text.lines().next().unwrap_or_default().to_owned()
    };
    let simulated = |gil| trace(Kind::Simulated, gil);
    let three = [None, Some("3.9"), Some("3.12")].map(simulated);
    let wanted = "(simulated without a lock, with a 3.9-style lock and with a 3.12-style lock)";
    assert!(said(&three).ends_with(wanted), "{}", said(&three));
    let both = [trace(Kind::Measured, None), simulated(None)];
    assert!(said(&both).ends_with("(Rust, measured and simulated)"));
    let mixed = [
        trace(Kind::Measured, None),
        simulated(None),
        simulated(Some("3.9")),
    ];
    let wanted = "(Rust, measured; simulated without a lock and with a 3.9-style lock)";
    assert!(said(&mixed).ends_with(wanted), "{}", said(&mixed));
}

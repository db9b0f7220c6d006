//! Kinds of work beside one another: how many times as fast as one after
//! another each of them is under each model, as the guide says, as measured, as
//! simulated.

mod paint;

use std::fmt::Write;

use lab::trace::Trace;

use super::marker::Marker;
use super::page::{Key, Page, Swatch, Words};
use super::style::{Palette, Style};
use super::table::{aligned, field, one_line};
use super::whole::{self, Told};
use super::{Figure, FigureError, stamp, words};
use paint::Drawing;

/// One kind of work under one model.
#[derive(Clone, Debug, PartialEq)]
pub struct Gain {
    /// The kind of work, such as `network`. Neighbours with the same are drawn
    /// together.
    pub work: String,
    /// The model, such as `threads`.
    pub model: String,
    /// What the guide says, from and to; both the same for one number.
    pub guide: Option<(f64, f64)>,
    /// Sources, such as `Rust, measured`, and what they give.
    pub values: Vec<(String, f64)>,
}

/// Every source once, in the order in which they come.
fn sources(gains: &[Gain]) -> Vec<&str> {
    let mut all: Vec<&str> = vec![];
    for (source, _) in gains.iter().flat_map(|gain| &gain.values) {
        if !all.contains(&source.as_str()) {
            all.push(source);
        }
    }
    all
}

/// Draws `gains`, one line each. `runs` are those that they were measured in,
/// for the stamp.
///
/// # Errors
/// [`FigureError::NoGroups`] without gains, [`FigureError::Drawing`] when the
/// drawing back end fails.
pub fn gains(
    title: &str,
    gains: &[Gain],
    runs: &[&Trace],
    style: &Style,
) -> Result<Figure, FigureError> {
    if gains.is_empty() {
        return Err(FigureError::NoGroups("gains"));
    }
    let palette = Palette::of(style.theme);
    let mut legend = vec![];
    let guides = || gains.iter().filter_map(|gain| gain.guide);
    if guides().any(|(from, to)| from == to) {
        legend.push(Key::of(Swatch::Diamond(palette.guide), "guide"));
    }
    if guides().any(|(from, to)| from != to) {
        legend.push(Key::of(Swatch::Range(palette.guide), "guide, from and to"));
    }
    for (i, source) in sources(gains).iter().enumerate() {
        let point = Swatch::Point(Marker::of(i), colour(&palette, i), i > 0);
        legend.push(Key::of(point, one_line(source)));
    }
    let page = Page::lay(
        &Words {
            title: title.to_owned(),
            legend,
            stamp: stamp::items(runs),
            ..Words::default()
        },
        style,
    );
    let drawing = Drawing::new(gains, &page, style, &palette);
    let told = Told {
        name: "gains",
        title: title.to_owned(),
        description: description(title, gains),
        text: text(title, gains),
        csv: csv(gains),
    };
    whole::figure(told, &page, &palette, drawing.height(), |canvas| {
        drawing.draw(canvas);
    })
}

/// The colour of a source: not the guide's, which is taken.
fn colour(palette: &Palette, source: usize) -> plotters::style::RGBColor {
    [
        palette.working,
        palette.simulated,
        palette.blocked,
        palette.waiting,
        palette.bare,
    ][source % 5]
}

fn guide_text((from, to): (f64, f64)) -> String {
    if from == to {
        return format!("{}×", words::ratio(from));
    }
    format!("{} to {}×", words::plain(from), words::plain(to))
}

fn description(title: &str, gains: &[Gain]) -> String {
    let each = gains.iter().map(|gain| {
        let mut said: Vec<String> = gain
            .guide
            .map(|g| format!("guide {}", guide_text(g)))
            .into_iter()
            .collect();
        let value = |(source, value): &(String, f64)| {
            format!("{} {}×", one_line(source), words::ratio(*value))
        };
        said.extend(gain.values.iter().map(value));
        let said = if said.is_empty() {
            "nothing".to_owned()
        } else {
            said.join(", ")
        };
        format!(
            "{} under {}: {said}",
            one_line(&gain.work),
            one_line(&gain.model)
        )
    });
    let each: Vec<String> = each.collect();
    format!(
        "{}, times as fast as one after another. {}.",
        one_line(title),
        each.join("; ")
    )
}

fn text(title: &str, gains: &[Gain]) -> String {
    let sources = sources(gains);
    let mut columns = vec!["work".to_owned(), "model".to_owned(), "guide".to_owned()];
    columns.extend(sources.iter().map(|source| (*source).to_owned()));
    let rows: Vec<Vec<String>> = gains
        .iter()
        .map(|gain| {
            let mut row = vec![
                gain.work.clone(),
                gain.model.clone(),
                gain.guide.map_or(String::new(), guide_text),
            ];
            row.extend(sources.iter().map(|source| {
                let value = gain.values.iter().find(|(own, _)| own == source);
                value.map_or(String::new(), |(_, value)| {
                    format!("{}×", words::ratio(*value))
                })
            }));
            row
        })
        .collect();
    format!("{}\n{}", one_line(title), aligned(&columns, &rows))
}

/// Columns `work,model,source,from,to`: times as fast as one after another;
/// `from` and `to` are the same but where a guide gives a range.
fn csv(gains: &[Gain]) -> String {
    let mut out = String::from("work,model,source,from,to\n");
    for gain in gains {
        let (work, model) = (one_line(&gain.work), one_line(&gain.model));
        let guide = gain.guide.map(|(from, to)| ("guide".to_owned(), from, to));
        let values = gain
            .values
            .iter()
            .map(|(source, v)| (one_line(source), *v, *v));
        for (source, from, to) in guide.into_iter().chain(values) {
            let _ = writeln!(
                out,
                "{},{},{},{from},{to}",
                field(&work),
                field(&model),
                field(&source)
            );
        }
    }
    out
}

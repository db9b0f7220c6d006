//! Execution models beside one another, and beside what the guide says of them.
//!
//! The first panel compares: how many times as fast as sequential, runs and
//! guide alike, which holds on any machine. The second shows the seconds, every
//! run a dot; sources whose seconds differ more than tenfold get a scale each.

mod measures;
mod paint;

use lab::trace::Trace;

use super::canvas::{self, Sheet};
use super::page::{Page, Words};
use super::style::{Palette, Style};
use super::{Documented, Figure, FigureError, Group, samples, stamp, words};
use measures::Measures;
use paint::Drawing;

/// Draws the times of `groups` and their ratios to the sequential group (the
/// first, if none is). The guide's values are matched by label.
///
/// # Errors
/// [`FigureError::NoGroups`] without groups, [`FigureError::Drawing`] when the
/// drawing back end fails.
pub fn comparison(
    groups: &[Group<'_>],
    guide: &[Documented],
    style: &Style,
) -> Result<Figure, FigureError> {
    if groups.is_empty() {
        return Err(FigureError::NoGroups("comparison"));
    }
    let palette = Palette::of(style.theme);
    let measures = Measures::of(groups, guide);
    let traces: Vec<&Trace> = groups.iter().map(|group| group.trace).collect();
    let title = title(groups);
    let description = measures.description(&title);
    let words = Words {
        title: title.clone(),
        source: stamp::sources(&traces),
        caption: measures.caption(),
        legend: measures.legend(&palette),
        stamp: stamp::items(&traces),
        ..Words::default()
    };
    let page = Page::lay(&words, style);
    let drawing = Drawing::new(&measures, &page, style, &palette);
    let height = page.height(drawing.height()) as u32;
    let sheet = Sheet {
        width: page.width as u32,
        height,
        paper: palette.paper,
        title: &title,
        description: &description,
    };
    let svg = canvas::paint(&sheet, |canvas| {
        drawing.draw(canvas);
        page.draw(canvas, &palette, drawing.height());
    })?;
    Ok(Figure {
        name: "comparison",
        text: measures.text(&title, &stamp::sources(&traces)),
        csv: samples::csv(groups),
        title,
        description,
        svg,
        width: page.width as u32,
        height,
    })
}

/// `crunch: sequential, threads and processes compared`.
fn title(groups: &[Group<'_>]) -> String {
    let mut names: Vec<String> = Vec::new();
    for group in groups {
        if !names.contains(&group.trace.header.scenario) {
            names.push(group.trace.header.scenario.clone());
        }
    }
    let labels: Vec<String> = groups.iter().map(|group| group.label.clone()).collect();
    let compared = match labels.as_slice() {
        [one] => one.clone(),
        few if few.len() <= 5 => format!("{} compared", words::list(few)),
        many => format!("{} groups compared", many.len()),
    };
    format!("{}: {compared}", words::list(&names))
}

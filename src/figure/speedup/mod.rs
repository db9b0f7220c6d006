//! How many times as fast more workers are, with the same work in all: every run
//! a point, medians joined, beside the line of as many times as there are
//! workers. Amdahl's law and the universal scalability law are fitted where
//! there are enough numbers of workers to speak of.

mod paint;
mod series;

use lab::trace::{Kind, Trace};

use super::marker::Marker;
use super::page::{Key, Page, Swatch, Words};
use super::style::{Palette, Style};
use super::table::aligned;
use super::whole::{self, Told};
use super::{Figure, FigureError, Group, samples, stamp, stats, words};
use paint::Drawing;
use series::Series;

/// Draws the runs of `groups` by their number of workers; groups with the same
/// label are points of one series, held against its runs with one worker.
/// `cores` are those that measured runs could use.
///
/// # Errors
/// [`FigureError::NoGroups`] without groups, [`FigureError::Drawing`] when the
/// drawing back end fails.
pub fn speedup(groups: &[Group<'_>], cores: f64, style: &Style) -> Result<Figure, FigureError> {
    if groups.is_empty() {
        return Err(FigureError::NoGroups("speed-up"));
    }
    let palette = Palette::of(style.theme);
    // A described machine has the cores that its points say.
    let measured = |group: &Group<'_>| group.trace.header.kind == Kind::Measured;
    let cores = Some(cores)
        .filter(|cores| cores.is_finite() && *cores > 0.0)
        .filter(|_| groups.iter().any(measured));
    let all = series::series(groups);
    let traces: Vec<&Trace> = groups.iter().map(|group| group.trace).collect();
    let title = title(groups);
    let fits: Vec<String> = all.iter().filter_map(|one| one.fits(cores)).collect();
    let words = Words {
        title: title.clone(),
        source: stamp::sources(&traces),
        says: fits.clone(),
        legend: legend(&all, cores, &palette),
        stamp: stamp::items(&traces),
        ..Words::default()
    };
    let page = Page::lay(&words, style);
    let drawing = Drawing::new(&all, cores, &page, style, &palette);
    let told = Told {
        name: "speedup",
        description: description(&all, &title),
        text: text(&all, &title, &stamp::sources(&traces), cores, &fits),
        csv: samples::csv(groups),
        title,
    };
    whole::figure(told, &page, &palette, drawing.height(), |canvas| {
        drawing.draw(canvas);
    })
}

/// `crunch: speed-up with 1 to 8 workers`.
fn title(groups: &[Group<'_>]) -> String {
    let mut names: Vec<String> = Vec::new();
    for group in groups {
        if !names.contains(&group.trace.header.scenario) {
            names.push(group.trace.header.scenario.clone());
        }
    }
    let workers = groups.iter().map(|group| group.trace.header.workers);
    let (fewest, most) = (
        workers.clone().min().unwrap_or(0),
        workers.max().unwrap_or(0),
    );
    let range = if fewest == most {
        words::count(most as usize, "worker")
    } else {
        format!("{fewest} to {}", words::count(most as usize, "worker"))
    };
    format!("{}: speed-up with {range}", words::list(&names))
}

fn legend(all: &[Series], cores: Option<f64>, palette: &Palette) -> Vec<Key> {
    let mut legend: Vec<Key> = all
        .iter()
        .enumerate()
        .map(|(i, one)| {
            let swatch = Swatch::Point(Marker::of(i), palette.series(i), one.simulated);
            Key::of(swatch, one.label.clone())
        })
        .collect();
    legend.push(Key::of(Swatch::Line(palette.faint), "ideal"));
    if let Some(cores) = cores {
        let text = format!(
            "{} usable core{}",
            words::plain(cores),
            if cores == 1.0 { "" } else { "s" }
        );
        let most = all.iter().flat_map(|one| &one.points).map(|p| p.workers);
        if cores <= paint::reach(most.fold(1.0, f64::max)) {
            legend.push(Key::of(Swatch::Dash(palette.ink), text));
        } else {
            legend.push(Key::text(format!("{text}, beyond this axis")));
        }
    }
    if all.iter().any(|one| one.amdahl.is_some()) {
        legend.push(Key::of(Swatch::Dash(palette.bare), "Amdahl"));
        legend.push(Key::of(Swatch::Dots(palette.bare), "USL"));
    }
    let mut points = all.iter().flat_map(|one| &one.points);
    if points.any(|point| point.interval.is_some()) {
        legend.push(Key::of(
            Swatch::Range(palette.ink),
            "interval of the median",
        ));
    }
    legend
}

fn description(all: &[Series], title: &str) -> String {
    let facts: Vec<String> = all
        .iter()
        .map(|one| match one.points.last() {
            None => format!("{}: no run ended", one.label),
            Some(last) => format!(
                "{}: {} times as fast with {} as with {}",
                one.label,
                words::ratio(last.median),
                words::count(last.workers as usize, "worker"),
                words::thousands(one.base as i64),
            ),
        })
        .collect();
    format!("{title}. {}.", facts.join("; "))
}

fn text(all: &[Series], title: &str, source: &str, cores: Option<f64>, fits: &[String]) -> String {
    let columns = [
        "series", "workers", "speed-up", "from", "to", "ideal", "median", "runs",
    ];
    let rows: Vec<Vec<String>> = all
        .iter()
        .flat_map(|one| one.points.iter().map(move |point| (one, point)))
        .map(|(one, point)| {
            let end = |end: Option<f64>| end.map_or("-".to_owned(), words::ratio);
            vec![
                one.label.clone(),
                words::thousands(point.workers as i64),
                words::ratio(point.median),
                end(point.interval.map(|interval| interval.0)),
                end(point.interval.map(|interval| interval.1)),
                words::ratio(point.workers / one.base),
                stats::quantile(&point.seconds, 0.5).map_or("-".to_owned(), words::precise),
                point.seconds.len().to_string(),
            ]
        })
        .collect();
    let cores = cores.map_or(String::new(), |cores| {
        format!(", {} usable cores", words::plain(cores))
    });
    let mut out = format!("{title} ({source}{cores})");
    if rows.is_empty() {
        out.push_str("\nno run ended");
    } else {
        out.push('\n');
        out.push_str(&aligned(&columns.map(str::to_owned), &rows));
    }
    for fit in fits {
        out.push('\n');
        out.push_str(&fit.replace('\u{a0}', " "));
    }
    out
}

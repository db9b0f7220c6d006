//! Groups in numbers and in words: medians, intervals, ratios, legend and table.

use lab::trace::{Kind, Model};

use crate::figure::hatch::Hatch;
use crate::figure::page::{Key, Swatch};
use crate::figure::style::Palette;
use crate::figure::table::aligned;
use crate::figure::{Documented, Group, samples, stats, words};

/// Sources whose longest times differ by more than this get a scale each.
const TENFOLD: f64 = 10.0;

/// Where seconds come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Run(Kind),
    Guide,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Run(kind) => kind.fmt(f),
            Source::Guide => f.pad("guide"),
        }
    }
}

/// One group in numbers.
pub(super) struct Measure {
    pub label: String,
    /// Whether others are held against it.
    pub is_baseline: bool,
    pub kind: Kind,
    /// Seconds of each run, sorted.
    pub seconds: Vec<f64>,
    pub median: Option<f64>,
    pub interval: Option<(f64, f64)>,
    /// Times as fast as the baseline.
    pub ratio: Option<f64>,
    pub guide: Option<f64>,
    pub guide_ratio: Option<f64>,
}

pub(super) struct Measures {
    pub rows: Vec<Measure>,
    /// What the groups are held against.
    pub baseline: String,
    /// The factor on the guide's seconds, if there is one for all.
    scale: Option<f64>,
}

impl Measures {
    pub fn of(groups: &[Group<'_>], guide: &[Documented]) -> Measures {
        let said = |label: &str| {
            guide
                .iter()
                .find(|said| said.label == label && said.is_usable())
                .map(|said| said.seconds)
        };
        let median = |group: &Group<'_>| stats::quantile(&samples::durations(group.trace), 0.5);
        let ratio = |base: Option<f64>, value: Option<f64>| {
            Some(base? / value?).filter(|ratio| ratio.is_finite() && *ratio > 0.0)
        };
        let rows = groups
            .iter()
            .map(|group| {
                let seconds = samples::durations(group.trace);
                let own = median(group);
                let base = samples::baseline(groups, group);
                Measure {
                    label: group.label.clone(),
                    is_baseline: base.is_some_and(|base| std::ptr::eq(base, group)),
                    kind: group.trace.header.kind,
                    median: own,
                    interval: stats::interval(&seconds),
                    seconds,
                    ratio: ratio(base.and_then(median), own),
                    guide: said(&group.label),
                    guide_ratio: ratio(base.and_then(|base| said(&base.label)), said(&group.label)),
                }
            })
            .collect();
        let scale = guide.first().map(|said| said.scale).filter(|scale| {
            scale.is_finite() && *scale != 1.0 && guide.iter().all(|said| said.scale == *scale)
        });
        let first = groups
            .first()
            .and_then(|group| samples::baseline(groups, group));
        let baseline = match first {
            Some(group) if group.trace.header.model == Model::Sequential => "sequential".to_owned(),
            Some(group) => group.label.clone(),
            None => String::new(),
        };
        Measures {
            rows,
            baseline,
            scale,
        }
    }

    /// The longest time of each source that has any, in the order of their axes.
    pub fn longest(&self) -> Vec<(Source, f64)> {
        let longest = |source: Source| {
            let values = self.rows.iter().filter_map(|row| match source {
                Source::Guide => row.guide,
                Source::Run(kind) => row.seconds.last().copied().filter(|_| row.kind == kind),
            });
            let most = values.fold(0.0, f64::max);
            (most > 0.0).then_some((source, most))
        };
        [
            Source::Run(Kind::Measured),
            Source::Run(Kind::Simulated),
            Source::Guide,
        ]
        .into_iter()
        .filter_map(longest)
        .collect()
    }

    /// Whether each source needs a scale of its own.
    pub fn is_split(&self) -> bool {
        let longest = self.longest();
        let most = longest.iter().map(|(_, value)| *value).fold(0.0, f64::max);
        longest.iter().any(|(_, value)| most / value > TENFOLD)
    }

    pub fn has(&self, test: impl Fn(&Measure) -> bool) -> bool {
        self.rows.iter().any(test)
    }

    pub fn caption(&self) -> Vec<Key> {
        let mut caption = Vec::new();
        if let (Some(scale), true) = (self.scale, self.has(|row| row.guide.is_some())) {
            caption.push(Key::text(format!(
                "the guide's seconds × {}",
                words::plain(scale)
            )));
        }
        if self.is_split() {
            caption.push(Key::text("seconds: each source on its own scale"));
        }
        caption
    }

    pub fn legend(&self, palette: &Palette) -> Vec<Key> {
        let mut legend = Vec::new();
        if self.has(|row| row.kind == Kind::Measured) {
            legend.push(Key::of(Swatch::Solid(palette.working), "measured"));
        }
        if self.has(|row| row.kind == Kind::Simulated) {
            legend.push(Key::of(
                Swatch::Hatched(palette.simulated, Hatch::Lines),
                "simulated",
            ));
        }
        if self.has(|row| row.guide_ratio.is_some()) {
            legend.push(Key::of(Swatch::Outline(palette.guide), "guide's ratio"));
        }
        if self.has(|row| row.guide.is_some()) {
            legend.push(Key::of(Swatch::Diamond(palette.guide), "guide's time"));
        }
        if self.has(|row| row.kind == Kind::Measured && !row.seconds.is_empty()) {
            legend.push(Key::of(Swatch::Dot(palette.working), "one run"));
        }
        if self.has(|row| row.kind == Kind::Simulated && !row.seconds.is_empty()) {
            legend.push(Key::of(
                Swatch::Ring(palette.simulated),
                "one simulated run",
            ));
        }
        if self.has(|row| row.median.is_some()) {
            legend.push(Key::of(Swatch::Median(palette.ink), "median"));
        }
        if self.has(|row| row.interval.is_some()) {
            // With five samples, lowest to highest is all that there is.
            let five = self.rows.iter().filter(|row| row.interval.is_some());
            let certain = if five.clone().all(|row| row.seconds.len() > 5) {
                95
            } else {
                94
            };
            let text = format!("its {certain} % interval");
            legend.push(Key::of(Swatch::Range(palette.ink), text));
        }
        legend
    }

    pub fn description(&self, title: &str) -> String {
        let facts: Vec<String> = self
            .rows
            .iter()
            .map(|row| {
                let took = row.median.map_or("no run ended".to_owned(), words::precise);
                let faster = match row.ratio {
                    Some(ratio) if !row.is_baseline => {
                        format!(
                            ", {} times as fast as {}",
                            words::ratio(ratio),
                            self.baseline
                        )
                    }
                    _ => String::new(),
                };
                let said = row
                    .guide_ratio
                    .filter(|_| !row.is_baseline)
                    .map_or(String::new(), |ratio| {
                        format!(" (guide {})", words::ratio(ratio))
                    });
                format!("{} {took}{faster}{said}", row.label)
            })
            .collect();
        format!("{title}. Median times: {}.", facts.join("; "))
    }

    pub fn text(&self, title: &str, source: &str) -> String {
        // Columns of a guide stand where one says something.
        let ratio = self.has(|row| row.guide_ratio.is_some());
        let seconds = self.has(|row| row.guide.is_some());
        let told = |cells: [String; 8]| -> Vec<String> {
            let cells = cells.into_iter().enumerate();
            let told = cells.filter(|(at, _)| (ratio || *at != 2) && (seconds || *at != 6));
            told.map(|(_, cell)| cell).collect()
        };
        let columns = told([
            "group".to_owned(),
            format!("times as fast as {}", self.baseline),
            "guide".to_owned(),
            "median".to_owned(),
            "lowest".to_owned(),
            "highest".to_owned(),
            "guide's time".to_owned(),
            "runs".to_owned(),
        ]);
        let time =
            |value: Option<&f64>| value.map_or("-".to_owned(), |value| words::precise(*value));
        let number = |value: Option<f64>| value.map_or("-".to_owned(), words::ratio);
        let rows: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| {
                told([
                    row.label.clone(),
                    number(row.ratio),
                    number(row.guide_ratio),
                    time(row.median.as_ref()),
                    time(row.seconds.first()),
                    time(row.seconds.last()),
                    time(row.guide.as_ref()),
                    row.seconds.len().to_string(),
                ])
            })
            .collect();
        format!("{title} ({source})\n{}", aligned(&columns, &rows))
    }
}

//! Shows what runs left behind: draws the figure, fills the table, prints or
//! saves the data.

use super::cells;
use super::ipc::channels;
use super::memory;
use super::options::RunOptions;
use super::place::Place;
use super::record::{FigureKind, Found, Labelled, Shown};
use super::{Context, MagicError};
use crate::claim::{self, Verdict};
use crate::display::{self, Stream, Table};
use crate::figure::{self, Documented, Figure, Group, Style};
use crate::run::DEADLOCK;
use crate::scenario::{self, Crew};
use lab::Value;
use lab::trace::{Activity, CELL, Ending, Model, Sample, Span, Trace, waits};
use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Draws the figure.
pub(super) fn draw(shown: &Shown, style: &Style) -> Result<Figure, MagicError> {
    let groups: Vec<Group<'_>> = shown
        .groups
        .iter()
        .map(|Labelled { label, trace }| Group {
            label: label.clone(),
            trace,
        })
        .collect();
    let Some(first) = shown.groups.first() else {
        return Err(nothing_ran(shown));
    };
    let guide = guide(shown);
    Ok(match shown.figure {
        FigureKind::Timeline if groups.len() > 1 => {
            figure::timelines(&groups, guide.first(), style)?
        }
        FigureKind::Timeline => figure::timeline(&first.trace, guide.first(), style)?,
        FigureKind::Ladder if !waits::waits(&first.trace).is_empty() => {
            figure::wait_for(&first.trace, style)?
        }
        FigureKind::Ladder | FigureKind::Turns => {
            let found = shown.explored.as_ref();
            let caption = found.map_or("", |found| found.caption.as_str());
            figure::ladder(&first.trace, caption, style)?
        }
        FigureKind::Speedup => figure::speedup(&groups, crate::run::machine::cores(), style)?,
        FigureKind::Comparison => figure::comparison(&groups, &guide, style)?,
        // Who waits for whom says more than that no run came to a number.
        FigureKind::Distribution
            if groups.len() == 1 && first.trace.samples.iter().all(is_stuck) =>
        {
            figure::wait_for(&first.trace, style)?
        }
        FigureKind::Distribution => {
            let expected = expected(shown);
            figure::distribution(&groups, &expected, style)?
        }
    })
}

/// Why there is nothing to draw.
fn nothing_ran(shown: &Shown) -> MagicError {
    let missing = shown.missing.iter();
    let missing: Vec<String> = missing.map(|m| format!("{}: {}", m.label, m.why)).collect();
    MagicError::usage(
        format!("these tasks come to no end\n{}", missing.join("\n")),
        "%%threads draws who waits for whom",
    )
}

/// Whether a run ended because nobody could go on.
fn is_stuck(sample: &Sample) -> bool {
    sample.result == Value::Text(DEADLOCK.into())
}

/// What runs come to where nothing is lost: as the scenario has it; of a
/// learner's own tasks what they come to one after another.
fn expected(shown: &Shown) -> Vec<i64> {
    if !shown.groups.iter().all(is_of_a_cell) {
        let of = |group: &Labelled| claim::expected(&group.trace).unwrap_or_default();
        return shown.groups.iter().map(of).collect();
    }
    let alone = |group: &&Labelled| group.trace.header.model == Model::Sequential;
    let sample = |group: &Labelled| group.trace.samples.first().map(|s| s.result.clone());
    match shown.groups.iter().find(alone).and_then(sample) {
        Some(Value::Int(whole)) => vec![whole],
        _ => vec![],
    }
}

/// Whether it is a run of a learner's own tasks.
fn is_of_a_cell(group: &Labelled) -> bool {
    group.trace.header.scenario == CELL
}

/// Figures that runs ask for beside their first: what a unit holds, how fast
/// channels are, who waits for whom where nobody could go on, how busy a pool
/// was, how full its queues were, who had the lock.
fn more(shown: &Shown, style: &Style) -> Result<Vec<Figure>, MagicError> {
    let mut all = vec![];
    let runs: Vec<&Trace> = shown.groups.iter().map(|group| &group.trace).collect();
    let units = memory::units(shown);
    if !units.is_empty() {
        all.push(figure::memory(&units, &runs, style)?);
    }
    let channels = channels(shown);
    if !channels.is_empty() {
        all.push(figure::ipc(&channels, &runs, style)?);
    }
    let (FigureKind::Timeline, Some(Labelled { trace, .. })) = (shown.figure, shown.groups.first())
    else {
        return Ok(all);
    };
    if !waits::waits(trace).is_empty() {
        all.push(figure::wait_for(trace, style)?);
    }
    if is_pool(trace) {
        all.push(figure::pool(trace, style)?);
    }
    // A queue that nobody touched has its beginning only.
    for counter in trace.counters.iter().filter(|c| c.points.len() > 1) {
        let figure = figure::queue_depth(trace, counter.capacity, &counter.name, style)?;
        all.push(figure);
    }
    if hands_over(trace) {
        all.push(figure::handover(trace, INTERPRETER_LOCK, style)?);
    }
    Ok(all)
}

/// Whether the interpreter's lock went from hand to hand. Each process has one
/// of its own, which goes to no other.
fn hands_over(trace: &Trace) -> bool {
    let held = |span: &&Span| span.activity == Activity::Holding && span.label == INTERPRETER_LOCK;
    let held: Vec<&Span> = trace.spans.iter().filter(held).collect();
    let lanes = held
        .iter()
        .filter_map(|s| trace.workers.get(s.worker as usize));
    let processes: BTreeSet<u32> = lanes.map(|lane| lane.pid).collect();
    held.len() > 1 && processes.len() == 1 && trace.header.model != Model::Processes
}

/// Whether workers of a pool carried it out, one task after another each.
fn is_pool(trace: &Trace) -> bool {
    let scenario = scenario::find(&trace.header.scenario);
    let crew = match scenario {
        Some(scenario) => matches!(scenario.crew, Crew::Pool { .. }),
        None => (trace.header.workers as usize) < trace.workers.len(),
    };
    crew && trace.header.model != Model::Sequential
}

/// What traces call the interpreter's lock.
const INTERPRETER_LOCK: &str = "interpreter lock";

/// The guide's times for the runs of a figure.
fn guide(shown: &Shown) -> Vec<Documented> {
    let documented = |Labelled { label, trace }: &Labelled| {
        if trace.header.python.is_some() {
            return None; // the same figure stands beside Rust's run
        }
        let label = label.clone();
        Some(Documented {
            label,
            ..guide_for(trace)?
        })
    };
    shown.groups.iter().filter_map(documented).collect()
}

/// The guide's time for one run.
pub(super) fn guide_for(trace: &Trace) -> Option<Documented> {
    let header = &trace.header;
    Some(Documented {
        label: header.model.name().into(),
        seconds: claim::seconds(header)? * header.scale,
        scale: header.scale,
    })
}

/// Shows everything at the end of a run: the chart in its place, then the
/// table; or the data alone.
pub(super) async fn show(
    context: &mut Context<'_>,
    shown: Shown,
    options: &RunOptions,
    place: Option<Place>,
) -> Result<(), MagicError> {
    // Worked out where it is asked for: of a long run it takes longer than the
    // chart.
    let json = LazyCell::new(|| serde_json::to_string_pretty(&shown.to_json()).unwrap_or_default());
    if let Some(path) = &options.save {
        let figure = draw(&shown, &options.style())?;
        let mut saved = display::save(&figure, path, || json.as_str())?;
        for figure in more(&shown, &options.style())? {
            let path = beside(path, figure.name);
            saved.extend(display::save(&figure, &path, || json.as_str())?);
        }
        if !options.json {
            for path in saved {
                context
                    .screen
                    .text(Stream::Out, &format!("saved {}\n", path.display()));
            }
        }
    }
    if options.json {
        context.screen.text(Stream::Out, &format!("{}\n", *json));
        return end(context, shown);
    }
    if !options.no_chart {
        let figure = draw(&shown, &options.style())?;
        let bundle = display::chart(&figure, options.accessible)?;
        match place {
            Some(mut place) => place.put(context, bundle),
            None => context.screen.show(bundle, None),
        }
        for figure in more(&shown, &options.style())? {
            let bundle = display::chart(&figure, options.accessible)?;
            context.screen.show(bundle, None);
        }
    }
    if let Some(table) = table(&shown) {
        context.screen.show(table.bundle(), None);
    }
    end(context, shown)
}

/// A path beside another, for one more figure.
fn beside(path: &Path, name: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let named = path.with_file_name(format!("{stem}-{name}"));
    match path.extension() {
        Some(suffix) => named.with_extension(suffix),
        None => named,
    }
}

/// Keeps what was shown for `%redraw`, and tells of workers that failed.
fn end(context: &mut Context<'_>, shown: Shown) -> Result<(), MagicError> {
    let failed = failures(&shown);
    context.session.last = Some(shown);
    failed.map_or(Ok(()), |what| Err(MagicError::Workers(what)))
}

/// Shows the runs that are done, while others are to come.
pub(super) fn show_so_far(
    context: &mut Context<'_>,
    shown: &Shown,
    options: &RunOptions,
    place: &mut Place,
) -> Result<(), MagicError> {
    let figure = draw(shown, &options.style())?;
    place.grow(context, display::preview(&figure));
    Ok(())
}

/// The guide's figures beside those of the runs.
fn table(shown: &Shown) -> Option<Table> {
    let first = &shown.groups.first()?.trace;
    if shown.figure == FigureKind::Turns {
        return None;
    }
    if let Some(found) = &shown.explored {
        return Some(explored(first, found));
    }
    if shown.groups.iter().all(is_of_a_cell) {
        return Some(cells::table(shown, deadlock(first)));
    }
    let title = format!(
        "{}: {}, {}",
        first.header.scenario, first.header.section, first.header.kind
    );
    let columns = ["", "guide", "this run", "verdict"]
        .map(String::from)
        .to_vec();
    let mut rows = vec![];
    for Labelled { label, trace } in &shown.groups {
        let prefix = if shown.figure == FigureKind::Speedup {
            let kind = trace.header.kind;
            format!("{label}, {} workers, {kind}: ", trace.header.workers)
        } else if shown.groups.len() > 1 {
            format!("{label}: ")
        } else {
            String::new()
        };
        let guide = guide_for(trace).map_or(String::new(), |d| figure::duration(d.seconds));
        let elapsed = claim::elapsed(trace).map_or("unfinished".into(), figure::duration);
        let samples = trace.samples.len();
        let what = if samples > 1 {
            format!("elapsed, median of {samples}")
        } else {
            "elapsed".into()
        };
        rows.push(vec![
            format!("{prefix}{what}"),
            guide,
            elapsed,
            String::new(),
        ]);
        if shown.figure == FigureKind::Timeline
            && let Some(expected) = claim::expected(trace)
            && let Some(sample) = trace.samples.first()
        {
            let guide = format!("{expected} expected");
            rows.push(vec![
                format!("{prefix}result"),
                guide,
                sample.result.to_string(),
                String::new(),
            ]);
        }
        if shown.figure == FigureKind::Timeline {
            let waits = figure::spent(trace, Activity::Waiting);
            if waits > 0 {
                let sum = figure::duration(waits as f64 / 1e9);
                rows.push(vec![
                    format!("{prefix}sum of waits"),
                    String::new(),
                    sum,
                    String::new(),
                ]);
            }
        }
    }
    for missing in &shown.missing {
        let (label, why) = (missing.label.clone(), missing.why.clone());
        rows.push(vec![label, String::new(), why, String::new()]);
    }
    let held = shown.held();
    for claim in &held {
        rows.push(vec![
            format!("{} ({})", claim.says, claim.id),
            claim.documented.clone(),
            claim.value.clone(),
            claim.verdict.name().into(),
        ]);
    }
    for (python, claim) in shown.held_by_pythons() {
        rows.push(vec![
            format!("{python}: {} ({})", claim.says, claim.id),
            claim.documented,
            claim.value,
            claim.verdict.name().into(),
        ]);
    }
    let mut notes = vec![];
    if held
        .iter()
        .any(|claim| claim.lock && claim.verdict == Verdict::Differs)
    {
        notes.push("Rust has no interpreter lock: its threads compute side by side, where CPython's take turns.".into());
    }
    if held
        .iter()
        .any(|claim| claim.pace && claim.verdict == Verdict::Differs)
    {
        notes.push(
            "The guide's seconds are CPython's on its machine; native Rust takes less than a nanosecond a step. Compare the ratios."
                .into(),
        );
    }
    if let Some(chance) = first
        .header
        .yield_chance
        .filter(|_| shown.figure == FigureKind::Distribution)
    {
        notes.push(format!(
            "How much is lost is decided by the chance to yield between load and store, {} % here (--yield-chance).",
            chance * 100.0
        ));
    }
    let documented = |group: &Labelled| claim::documented(&group.trace.header);
    if shown.figure != FigureKind::Speedup
        && !shown.groups.iter().any(documented)
        && scenario::find(&first.header.scenario).is_some_and(|s| !s.claims.is_empty())
    {
        notes.push(
            "Parameters are not the guide's, so its figures are not held against this run.".into(),
        );
    }
    notes.extend(deadlock(first));
    let omitted: u64 = shown
        .groups
        .iter()
        .flat_map(|g| &g.trace.workers)
        .map(|lane| lane.omitted)
        .sum();
    if omitted > 0 {
        notes.push(format!(
            "{omitted} more spans were counted and not recorded."
        ));
    }
    Some(Table {
        title,
        columns,
        rows,
        notes,
    })
}

/// What exploring found, in numbers.
fn explored(trace: &Trace, found: &Found) -> Table {
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    let mut rows = vec![
        row("verdict", found.verdict.clone()),
        row(
            "schedules tried",
            format!("{} ({})", found.schedules, found.policy),
        ),
        row("of them fail", found.failing.to_string()),
    ];
    if let Some(all) = found.interleavings {
        rows.insert(2, row("there are", all.to_string()));
    }
    for (outcome, number) in &found.outcomes {
        rows.push(row(&format!("come to {outcome}"), number.to_string()));
    }
    let mut notes = vec![found.caption.clone()];
    if let Some(replay) = &found.replay {
        notes.push(format!(
            "The shortest failing schedule again: --replay {replay}"
        ));
    }
    Table {
        title: match trace.header.scenario.as_str() {
            CELL => "cell: schedules of its tasks".into(),
            scenario => format!("{scenario}: schedules of its small instance"),
        },
        columns: ["", "schedules"].map(String::from).to_vec(),
        rows,
        notes,
    }
}

/// Who waits for whom, where nobody could go on.
fn deadlock(trace: &Trace) -> Option<String> {
    let name = |worker: u32| {
        trace
            .workers
            .get(worker as usize)
            .map_or("?", |lane| lane.name.as_str())
    };
    let held = waits::waits(trace);
    let stuck = !held.is_empty() || trace.samples.iter().any(is_stuck);
    let blocked = |span: &&Span| span.activity == Activity::Blocked && span.end.is_none();
    let told = |span: &Span| {
        let mut own = held.iter().filter(|waits| waits.worker == span.worker);
        let (who, label) = (name(span.worker), &span.label);
        if let Some(waits) = own.find(|waits| waits.lock == *label) {
            let holders: Vec<&str> = waits.held_by.iter().map(|w| name(*w)).collect();
            return format!("{who} waits for {label}, held by {}", holders.join(" and "));
        }
        match label.split_once(' ') {
            Some(("join", task)) => format!("{who} waits for the end of {task}"),
            Some(("put" | "get", _)) => format!("{who} waits to {label}"),
            _ => format!("{who} waits for {label}"),
        }
    };
    let told: Vec<String> = trace.spans.iter().filter(blocked).map(told).collect();
    (stuck && !told.is_empty()).then(|| {
        format!(
            "{}: nobody can go on, so the run was ended.",
            told.join("; ")
        )
    })
}

/// How workers ended that did not return.
fn failures(shown: &Shown) -> Option<String> {
    let scenario = shown
        .groups
        .first()
        .map(|g| g.trace.header.scenario.as_str());
    if scenario.and_then(scenario::find).is_some_and(|s| s.mortal) {
        return None; // how they end is what it shows
    }
    if shown.explored.is_some() {
        return None; // a schedule that fails is what it looks for
    }
    // What a Python's workers come to is shown, and no error of the cell.
    let own = shown
        .groups
        .iter()
        .filter(|g| g.trace.header.python.is_none());
    let lanes = own.flat_map(|g| &g.trace.workers);
    let ends: Vec<String> = lanes
        .filter_map(|lane| {
            // Who waits for ever is told of in words of its own.
            let failed = !matches!(lane.ending, Ending::Returned | Ending::Running);
            failed.then(|| format!("worker `{}` {}", lane.name, lane.ending))
        })
        .collect();
    (!ends.is_empty()).then(|| ends.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab::{Lab, Settings};

    #[test]
    fn a_lock_is_handed_over_within_one_process_only() {
        let lab = Lab::with(Settings::default());
        for name in ["a", "b"] {
            lab.task(name, async |_| ());
        }
        let mut trace = lab.run(Model::Threads).unwrap().trace.into_inner();
        let held = |worker| Span {
            worker,
            activity: Activity::Holding,
            label: INTERPRETER_LOCK.into(),
            start: 0,
            end: Some(1),
        };
        trace.spans = vec![held(0), held(1)];
        assert!(hands_over(&trace));
        trace.workers[1].pid += 1;
        assert!(!hands_over(&trace));
    }
}

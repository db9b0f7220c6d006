//! `%table`: a summary table of a guide, filled with what is measured here and
//! what a simulated machine gives, beside what the guide says.

mod gil_impact;
mod measure;
mod overview;
mod task_types;

use super::arguments::plain;
use super::options::{RunOptions, near};
use super::record::fields;
use super::{Context, Doing, Magic, MagicError};
use crate::claim::inventory::{self, OnCpython};
use crate::display::{self, Stream, Table};
use crate::figure::{self, Gain};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, FromArgMatches};
use lab::trace::Kind;
use serde_json::{Value, json};

pub(super) use measure::{Needed, Runs, With};

pub(super) const TABLE: Magic = Magic {
    name: "table",
    command: || {
        let command = plain(
            "table",
            "Fills a guide's table with measured and simulated values, beside the documented ones",
        )
        .arg(
            Arg::new("name")
                .value_name("NAME")
                .help("gil-impact (Table 2), task-types (Table 7), expectations (Table 9) or overview (Table 6)")
                .required(true)
                .value_parser(named),
        );
        let command = RunOptions::augment_args(command);
        OF_ONE_RUN.into_iter().fold(command, |command, id| {
            command.mut_arg(id, |arg| arg.hide(true))
        })
    },
    run,
};

/// Options that a table sets by itself.
const OF_ONE_RUN: [&str; 13] = [
    "workers",
    "split",
    "start",
    "python",
    "yield_chance",
    "gil",
    "switch_interval",
    "pace",
    "simulate",
    "machine",
    "cores",
    "live",
    "no_live",
];

/// A table of a guide.
#[derive(Debug)]
pub(super) struct Definition {
    /// What a learner types after `%table`.
    pub name: &'static str,
    /// The whole of it, for lists of what takes a claim up.
    pub typed: &'static str,
    /// Rows of the inventory that it shows.
    pub claims: &'static [&'static str],
    /// The runs that it needs.
    pub needs: fn() -> Vec<Needed>,
    /// Fills it with them.
    pub fill: fn(&Runs) -> Filled,
}

/// A table that is filled.
#[derive(Debug)]
pub(super) struct Filled {
    /// The guide's values and the others.
    pub table: Table,
    /// Title and lines of the chart beside it.
    pub chart: (String, Vec<Gain>),
}

/// Every table.
pub(super) const TABLES: &[Definition] = &[
    gil_impact::GIL_IMPACT,
    task_types::TASK_TYPES,
    task_types::EXPECTATIONS,
    overview::OVERVIEW,
];

/// The names of all tables.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|table| table.name)
}

fn named(text: &str) -> Result<&'static Definition, String> {
    let name = text.replace('_', "-");
    let names = TABLES.iter().map(|table| table.name);
    if let Some(table) = TABLES.iter().find(|table| table.name == name) {
        return Ok(table);
    }
    let meant = near(text, names.clone());
    let meant = meant
        .first()
        .map_or(String::new(), |m| format!("; did you mean `{m}`?"));
    let possible: Vec<&str> = names.collect();
    Err(format!(
        "there is no such table{meant} Possible: {}",
        possible.join(", ")
    ))
}

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(table(context, matches))
}

async fn table(context: &mut Context<'_>, matches: ArgMatches) -> Result<(), MagicError> {
    let typed = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
    if let Some(option) = OF_ONE_RUN.into_iter().find(typed) {
        let option = option.replace('_', "-");
        return Err(MagicError::usage(
            format!("--{option} is a matter of one run, and a table has several kinds of them"),
            "%compare takes it",
        ));
    }
    let options =
        RunOptions::from_arg_matches(&matches).map_err(|e| MagicError::usage(e.to_string(), ""))?;
    let Some(&definition) = matches.get_one::<&'static Definition>("name") else {
        return Err(MagicError::usage("no table was named", "%table gil-impact"));
    };
    let needed = (definition.needs)();
    let runs = measure::measure(context, definition.name, &needed, &options).await?;
    show(context, definition, &runs, &options)
}

/// Shows the chart and the table, saves them, or prints them as data.
fn show(
    context: &mut Context<'_>,
    definition: &Definition,
    runs: &Runs,
    options: &RunOptions,
) -> Result<(), MagicError> {
    let Filled { mut table, chart } = (definition.fill)(runs);
    table.notes.extend(stamped(runs));
    let json = as_json(definition, &table, &chart.1, runs);
    let text = serde_json::to_string_pretty(&json).unwrap_or_default();
    let figure = if chart.1.is_empty() {
        None
    } else {
        Some(figure::gains(
            &chart.0,
            &chart.1,
            &runs.traces(),
            &options.style(),
        )?)
    };
    if let (Some(path), Some(figure)) = (&options.save, &figure) {
        for path in display::save(figure, path, || &text)? {
            if !options.json {
                let said = format!("saved {}\n", path.display());
                context.screen.text(Stream::Out, &said);
            }
        }
    }
    if options.json {
        context.screen.text(Stream::Out, &format!("{text}\n"));
        return Ok(());
    }
    if let Some(figure) = figure.filter(|_| !options.no_chart) {
        let bundle = display::chart(&figure, options.accessible)?;
        context.screen.show(bundle, None);
    }
    context.screen.show(table.bundle(), None);
    Ok(())
}

/// What the runs were, under the table.
fn stamped(runs: &Runs) -> Option<String> {
    let traces = runs.traces();
    let measured = || traces.iter().filter(|t| t.header.kind == Kind::Measured);
    let here = measured().next()?;
    let header = &here.header;
    let mut scales: Vec<String> = vec![];
    for trace in measured() {
        let header = &trace.header;
        let lock = if header.gil.is_some() {
            " under the lock"
        } else {
            ""
        };
        let said = format!("{}{lock} {}", header.scenario, header.scale);
        if !scales.contains(&said) {
            scales.push(said);
        }
    }
    Some(format!(
        "Measured; scales: {}; median of {}, seed {}, on {} ({} usable cores, load {:.1}).",
        scales.join(", "),
        here.samples.len(),
        header.seed,
        header.machine.cpu,
        header.machine.cores,
        header.machine.load,
    ))
}

fn as_json(definition: &Definition, table: &Table, gains: &[Gain], runs: &Runs) -> Value {
    let gains = gains.iter().map(|gain| {
        let values = gain
            .values
            .iter()
            .map(|(source, value)| json!({"source": source, "value": value}));
        json!({
            "work": gain.work,
            "model": gain.model,
            "guide": gain.guide,
            "values": values.collect::<Vec<_>>(),
        })
    });
    let runs = runs
        .traces()
        .into_iter()
        .map(|trace| Value::Object(fields(&trace.header.model.to_string(), trace)));
    let claims = definition.claims.iter().filter_map(|id| {
        let row = inventory::find(id)?;
        Some(json!({"id": row.id, "documented": row.documented, "verdict": row.verdict, "cpython": row.cpython}))
    });
    json!({
        "version": lab::trace::VERSION,
        "table": definition.name,
        "title": table.title,
        "columns": table.columns,
        "rows": table.rows,
        "notes": table.notes,
        "gains": gains.collect::<Vec<_>>(),
        "claims": claims.collect::<Vec<_>>(),
        "runs": runs.collect::<Vec<_>>(),
    })
}

/// What a real CPython does, in a line each.
fn on_cpython(ids: &[&str]) -> Vec<String> {
    let row = |id: &&str| inventory::find(id);
    let rows = ids.iter().filter_map(row);
    rows.filter(|row| row.verdict != OnCpython::Silent)
        .map(|row| {
            format!(
                "On CPython, {} ({}): {}.",
                row.id,
                row.verdict.name(),
                row.cpython
            )
        })
        .collect()
}

/// A ratio, or nothing.
fn ratio(gain: Option<f64>) -> String {
    gain.map_or(String::new(), |gain| format!("{gain:.2}x"))
}

/// What the cores at hand can show of a speed-up on the guide's four.
fn cores_here(runs: &Runs) -> Option<String> {
    let measured = runs.traces();
    let measured = measured.iter().find(|t| t.header.kind == Kind::Measured)?;
    let cores = measured.header.machine.cores;
    Some(if cores < 2.0 {
        format!(
            "There is {cores} usable core here: no model can compute faster than one worker after another, and only the simulated machine shows what cores are worth."
        )
    } else if cores < 4.0 {
        format!(
            "There are {cores} usable cores here, so computing can become {cores} times as fast at most; what the guide's 4 cores give beyond that only the simulated machine shows."
        )
    } else {
        format!("There are {cores} usable cores here, as many as the guide's 4 or more.")
    })
}

//! `%source`: a scenario as Python would say it, and as the runner does.

use super::arguments::plain;
use super::options::near;
use super::{Context, Doing, Magic, MagicError};
use crate::display::Bundle;
use crate::scenario::{self, Scenario};
use clap::{Arg, ArgMatches};

pub(super) const SOURCE: Magic = Magic {
    name: "source",
    command: || {
        plain(
            "source",
            "Shows a scenario's source: Python first, Rust beside it",
        )
        .arg(
            Arg::new("name")
                .value_name("SCENARIO")
                .help("The scenario")
                .required(true),
        )
    },
    run,
};

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let name = matches
            .get_one::<String>("name")
            .cloned()
            .unwrap_or_default();
        context.screen.show(describe(find(&name)?), None);
        Ok(())
    })
}

fn find(name: &str) -> Result<&'static Scenario, MagicError> {
    scenario::find(name).ok_or_else(|| MagicError::Usage {
        message: format!("no scenario is called `{name}`"),
        near: near(
            name,
            scenario::ALL.iter().filter(|s| !s.hidden).map(|s| s.name),
        ),
        todo: "%scenarios lists them all".into(),
    })
}

/// Both sources of a scenario.
pub fn describe(scenario: &Scenario) -> Bundle {
    let rust = scenario.rust_tasks();
    let text = format!(
        "# {}, in Python\n{}\n// {}, in Rust\n{rust}\n",
        scenario.name, scenario.python, scenario.name
    );
    let column = |title: &str, source: &str| {
        format!(
            "<div style=\"flex:1 1 24em;min-width:0\"><b>{title}</b>\
             <pre style=\"overflow-x:auto;white-space:pre;font-size:12px\">{}</pre></div>",
            crate::display::escape(source)
        )
    };
    let html = format!(
        "<div style=\"display:flex;flex-wrap:wrap;gap:1.5em\">{}{}</div>",
        column("Python", scenario.python),
        column("Rust", rust)
    );
    Bundle::html(html, text)
}

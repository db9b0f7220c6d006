//! `%scenarios`: what there is to run.

use super::arguments::plain;
use super::{Context, Doing, Magic};
use crate::display::{Stream, Table};
use crate::scenario::{self, Crew};
use clap::{Arg, ArgAction, ArgMatches};
use serde_json::json;

pub(super) const SCENARIOS: Magic = Magic {
    name: "scenarios",
    command: || {
        plain(
            "scenarios",
            "Lists the scenarios with their models and parameters",
        )
        .arg(
            Arg::new("json")
                .long("json")
                .help("Prints them as JSON")
                .action(ArgAction::SetTrue),
        )
    },
    run,
};

fn run<'a>(context: &'a mut Context<'_>, matches: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let shown = || scenario::ALL.iter().filter(|s| !s.hidden);
        if matches.get_flag("json") {
            let list: Vec<_> = shown().map(|s| as_json(s)).collect();
            let text = serde_json::to_string_pretty(&list).unwrap_or_default();
            context.screen.text(Stream::Out, &format!("{text}\n"));
            return Ok(());
        }
        let rows = shown().map(|s| {
            let models: Vec<_> = s.models.iter().map(|m| m.name()).collect();
            let workers = (!matches!(s.crew, Crew::Roles(_)))
                .then(|| format!("--workers {}", s.crew.default()));
            let own = s
                .parameters
                .iter()
                .map(|p| format!("--{} {}", p.name, p.default()));
            let parameters: Vec<_> = workers.into_iter().chain(own).collect();
            vec![
                s.name.into(),
                s.about.into(),
                s.section.into(),
                models.join(", "),
                parameters.join(" "),
            ]
        });
        let table = Table {
            title: "Scenarios".into(),
            columns: [
                "scenario",
                "what happens",
                "guide",
                "models",
                "the guide's parameters",
            ]
            .map(String::from)
            .to_vec(),
            rows: rows.collect(),
            notes: vec!["%threads NAME runs one; NAME? explains it.".into()],
        };
        context.screen.show(table.bundle(), None);
        Ok(())
    })
}

fn as_json(scenario: &scenario::Scenario) -> serde_json::Value {
    let parameters = scenario.parameters.iter().map(|p| {
        json!({
            "name": p.name,
            "about": p.about,
            "default": p.default().to_string(),
            "words": p.words(),
        })
    });
    json!({
        "name": scenario.name,
        "about": scenario.about,
        "section": scenario.section,
        "models": scenario.models,
        "workers": scenario.crew.default(),
        "fixed_roles": matches!(scenario.crew, Crew::Roles(_)),
        "pool": matches!(scenario.crew, Crew::Pool { .. }),
        "parameters": parameters.collect::<Vec<_>>(),
        "small": scenario.small().map(|small| {
            let numbers = small.iter().map(|(name, value)| format!("--{name} {value}"));
            json!({ "workers": small.workers, "parameters": numbers.collect::<Vec<_>>() })
        }),
        "unsimulated": (scenario.unsimulated)(&scenario.defaults()),
        "claims": scenario.claims,
    })
}

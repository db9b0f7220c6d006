//! `%lsmagic`: every magic in a line each.

use super::arguments::plain;
use super::{ALL, Context, Doing, Magic};
use crate::display::Table;
use clap::ArgMatches;

pub(super) const LSMAGIC: Magic = Magic {
    name: "lsmagic",
    command: || plain("lsmagic", "Lists the magics"),
    run,
};

fn run<'a>(context: &'a mut Context<'_>, _: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        let row = |magic: &Magic| {
            let about = (magic.command)()
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default();
            vec![format!("%{}", magic.name), about]
        };
        let table = Table {
            title: "Magics".into(),
            columns: ["magic", "what it does"].map(String::from).to_vec(),
            rows: ALL.iter().map(row).collect(),
            notes: vec!["%NAME? shows what a magic takes.".into()],
        };
        context.screen.show(table.bundle(), None);
        Ok(())
    })
}

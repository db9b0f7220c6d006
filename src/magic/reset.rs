//! `%reset`: Rust cells begin anew.

use super::arguments::plain;
use super::rust::ask;
use super::{Context, Doing, Magic};
use crate::display::Stream;
use crate::rust::wire::Request;
use clap::ArgMatches;

pub(super) const RESET: Magic = Magic {
    name: "reset",
    command: || {
        plain(
            "reset",
            "Forgets all variables, items, imports and dependencies of Rust cells",
        )
    },
    run,
};

fn run<'a>(context: &'a mut Context<'_>, _: ArgMatches) -> Doing<'a> {
    Box::pin(async move {
        // An evaluator that has to be started first knows nothing.
        if context.session.rust.is_fresh() {
            let nothing = "there was nothing to forget\n";
            context.screen.text(Stream::Out, nothing);
            return Ok(());
        }
        ask(context, &Request::Reset).await?;
        Ok(())
    })
}

//! Rust in a cell: what it prints and shows goes to the screen, and what it
//! asks to the learner.

use super::over::Shows;
use super::shown::{SHOWN, show_from_cell};
use super::{Context, MagicError};
use crate::display::{Answer, Bundle, Stream};
use crate::rust::wire::{Asked, Done, Event, Request};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Runs Rust to its end.
///
/// # Errors
/// When it does not compile or fails; variables are as they were before it
/// then. When the evaluator is lost.
pub async fn run(
    context: &mut Context<'_>,
    asked: Asked,
    shows: &Shows,
) -> Result<Done, MagicError> {
    let (done, _) = keeping(context, &Request::Run(asked), shows, None).await?;
    Ok(done)
}

/// Has the evaluator do something else, to its end.
pub(super) async fn ask(context: &mut Context<'_>, request: &Request) -> Result<Done, MagicError> {
    let (done, _) = keeping(context, request, &Shows::default(), None).await?;
    Ok(done)
}

/// The same, with content of a mime type kept rather than shown.
pub(super) async fn keeping(
    context: &mut Context<'_>,
    request: &Request,
    shows: &Shows,
    mime: Option<&str>,
) -> Result<(Done, Option<String>), MagicError> {
    context.session.rust.ask(request)?;
    let mut kept = None;
    let (mut interrupted, mut failed) = (false, None);
    // A cell may come to its end while a thread of its own still asks.
    let mut asking: Option<Answer> = None;
    loop {
        let event = tokio::select! {
            biased;
            () = context.cancel.cancelled(), if !interrupted => {
                interrupted = true;
                context.session.rust.interrupt();
                continue;
            }
            answer = of(&mut asking) => {
                asking = None;
                context.session.rust.answer(answer);
                continue;
            }
            event = context.session.rust.next() => event?,
        };
        match event {
            Event::Text { stderr, text } => {
                let stream = if stderr { Stream::Err } else { Stream::Out };
                context.screen.text(stream, &text);
            }
            Event::Rich { mut data, value } => match mime.and_then(|mime| data.remove(mime)) {
                Some(content) => kept = Some(content),
                // What fails here is told once the cell is done, which it is not yet.
                None => {
                    if let Err(error) = show(context, data, value, shows).await {
                        failed.get_or_insert(error);
                    }
                }
            },
            Event::Input { prompt, secret } => {
                asking = Some(context.screen.ask(&prompt, secret));
            }
            Event::Done(mut done) => {
                return match done.error.take() {
                    None => failed.map_or(Ok((done, kept)), Err),
                    Some(error) => Err(MagicError::Rust(Box::new(error))),
                };
            }
            other => log::warn!("the evaluator answers what nobody asked: {other:?}"),
        }
    }
}

/// The answer to what is asked, if anything is.
async fn of(asking: &mut Option<Answer>) -> Result<String, String> {
    match asking {
        Some(answer) => answer.await,
        None => std::future::pending().await,
    }
}

async fn show(
    context: &mut Context<'_>,
    data: BTreeMap<String, String>,
    value: bool,
    shows: &Shows,
) -> Result<(), MagicError> {
    if let Some(json) = data.get(SHOWN) {
        return show_from_cell(context, json, shows).await;
    }
    let bundle = bundle(data);
    if value {
        context.screen.value(bundle);
    } else {
        context.screen.show(bundle, None);
    }
    Ok(())
}

/// Contents are text, but for JSON, which a front end wants as what it is.
fn bundle(data: BTreeMap<String, String>) -> Bundle {
    let parsed = |(mime, content): (String, String)| {
        let json = mime == "application/json" || mime.ends_with("+json");
        let value = match serde_json::from_str(&content) {
            Ok(value) if json => value,
            _ => Value::String(content),
        };
        (mime, value)
    };
    Bundle {
        data: data.into_iter().map(parsed).collect(),
        metadata: Map::new(),
    }
}

//! Carries a plan out: lines stream to the screen while they are said, and the
//! chart grows in its place.

use super::figures::guide_for;
use super::place::Place;
use super::plan::Plan;
use super::{Context, MagicError};
use crate::display::{self, Stream};
use crate::figure::{self, Style};
use crate::run::{Active, Explored, News, Request, RunFailure};
use crate::scenario::Fall;
use lab::explore::{ByHand, Search, Stepped};
use lab::trace::Trace;
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};

/// A chart grows once a run has lasted so long,
const GROWS_AFTER: Duration = Duration::from_millis(500);
/// and then so often.
const GROWS_EVERY: Duration = Duration::from_millis(100);

/// How a run shows while it goes on.
#[derive(Debug, Default)]
pub(super) struct Showing<'a> {
    /// Whether what workers say goes to the screen.
    pub says: bool,
    /// Where the chart grows, and in what style.
    pub chart: Option<(&'a mut Place, &'a Style)>,
    /// Share of a longer command that was done before this run, and that this
    /// run is of it.
    pub share: Option<(f64, f64)>,
}

/// Runs a plan to its end.
///
/// # Errors
/// When the run fails, hangs or is interrupted. Nothing of it is left then.
pub(super) async fn perform(
    context: &mut Context<'_>,
    plan: &Plan,
    mut showing: Showing<'_>,
) -> Result<Trace, MagicError> {
    let run = begin(context, plan, &plan.request())?;
    let run = drive(context, plan, run, &mut showing).await?;
    let mut last = None;
    let trace = run.end_or(|how, seconds| {
        let fallen = (plan.scenario.fallen)(&plan.parameters, Fall { how, seconds })?;
        last = Some(format!("{}\n", fallen.1));
        Some(fallen)
    })?;
    if let (Some(line), true) = (last, showing.says) {
        context.screen.text(Stream::Out, &line);
    }
    Ok(trace)
}

/// Goes through schedules of a plan's tasks.
///
/// # Errors
/// As [`perform`].
pub(super) async fn explore(
    context: &mut Context<'_>,
    plan: &Plan,
    search: Search,
) -> Result<Explored, MagicError> {
    let explore = Some(search);
    let request = Request {
        explore,
        ..plan.request()
    };
    report(context, plan, request).await
}

/// Takes turns that were chosen by hand.
///
/// # Errors
/// As [`perform`].
pub(super) async fn step(
    context: &mut Context<'_>,
    plan: &Plan,
    by_hand: ByHand,
) -> Result<Stepped, MagicError> {
    let step = Some(by_hand);
    let request = Request {
        step,
        ..plan.request()
    };
    report(context, plan, request).await
}

/// What a run reports that is no run in time.
async fn report<R: DeserializeOwned>(
    context: &mut Context<'_>,
    plan: &Plan,
    request: Request,
) -> Result<R, MagicError> {
    let request = Request {
        repeat: 0,
        ..request
    };
    let run = begin(context, plan, &request)?;
    let mut run = drive(context, plan, run, &mut Showing::default()).await?;
    let report = run.report();
    run.end()?;
    let unread = |error: serde_json::Error| {
        RunFailure::Refused(format!("its report cannot be read: {error}"))
    };
    Ok(serde_json::from_str(&report).map_err(unread)?)
}

fn begin(context: &Context<'_>, plan: &Plan, request: &Request) -> Result<Active, MagicError> {
    Ok(Active::start(
        &context.session.program,
        request,
        plan.header(),
        plan.limit(),
    )?)
}

/// Shows what a run tells until it is over.
async fn drive(
    context: &mut Context<'_>,
    plan: &Plan,
    mut run: Active,
    showing: &mut Showing<'_>,
) -> Result<Active, MagicError> {
    let began = Instant::now();
    let expected = plan.estimate(plan.scale);
    let mut drawn = began + GROWS_AFTER - GROWS_EVERY;
    loop {
        let news = tokio::select! {
            biased;
            () = context.cancel.cancelled() => return Err(RunFailure::Interrupted.into()),
            news = run.news(GROWS_EVERY / 2) => news?,
        };
        let Some(news) = news else { break };
        let mut lines = String::new();
        for news in news {
            match news {
                News::Said(line) if showing.says => {
                    lines.push_str(&line);
                    lines.push('\n');
                }
                News::Said(_) => {}
                News::Raw { stderr, text } => {
                    context
                        .screen
                        .text(Stream::Out, &std::mem::take(&mut lines));
                    let stream = if stderr { Stream::Err } else { Stream::Out };
                    context.screen.text(stream, &text);
                }
            }
        }
        context.screen.text(Stream::Out, &lines);
        if drawn.elapsed() >= GROWS_EVERY {
            drawn = Instant::now();
            let (done, of) = run.progress();
            let passed = began.elapsed().as_secs_f64() / expected.max(1e-3);
            let here = passed.min(0.99).max(f64::from(done) / f64::from(of));
            let (before, part) = showing.share.unwrap_or((0.0, 1.0));
            let what = format!("{} under {}", plan.scenario.name, plan.model);
            context.screen.progress(before + part * here, &what);
            if let Some((place, style)) = &mut showing.chart {
                let trace = run.trace();
                let guide = guide_for(trace);
                let figure = figure::preview_timeline(trace, guide.as_ref(), style)?;
                place.put(context, display::preview(&figure));
            }
        }
    }
    Ok(run)
}

//! What runs of `channels` measured, for the figure over the size of a message.

use super::record::{FigureKind, Labelled, Shown};
use crate::figure::{Channel, ChannelPoint};
use crate::scenario::quantity;
use lab::Portable;
use lab::trace::Trace;

/// The channels that a comparison has runs of, by what they go over and the
/// model; none where it is about something else.
pub(super) fn channels(shown: &Shown) -> Vec<Channel> {
    let mut all: Vec<Channel> = vec![];
    if shown.figure != FigureKind::Comparison {
        return all;
    }
    for Labelled { trace, .. } in &shown.groups {
        let Some((label, point)) = measured(trace) else {
            continue;
        };
        match all.iter_mut().find(|channel| channel.label == label) {
            Some(channel) => channel.points.push(point),
            None => all.push(Channel {
                label,
                points: vec![point],
            }),
        }
    }
    all
}

/// What one run measured: its sender returned all samples.
fn measured(trace: &Trace) -> Option<(String, ChannelPoint)> {
    let header = &trace.header;
    if header.scenario != "channels" {
        return None;
    }
    let of = |name: &str| {
        let mut named = header.parameters.iter().filter(|(n, _)| n == name);
        named.next().map(|(_, value)| value.as_str())
    };
    let samples = trace.workers.first()?.result.clone()?;
    let (rates, trips) = <(Vec<f64>, Vec<f64>)>::from_value(samples)?;
    let point = ChannelPoint {
        bytes: quantity::bytes(of("size")?).ok()?,
        round_trips: trips.iter().map(|us| us / 1e6).collect(),
        rates,
    };
    Some((format!("{} ({})", of("over")?, header.model), point))
}

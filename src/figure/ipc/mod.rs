//! How fast channels between workers are: the time there and back, and the
//! bytes a second, over the size of a message. All scales are logarithmic.

mod paint;

use std::fmt::Write;

use lab::stats::median;
use lab::trace::Trace;

use super::marker::Marker;
use super::page::{Key, Page, Swatch, Words};
use super::style::{Palette, Style};
use super::table::{aligned, field, one_line};
use super::whole::{self, Told};
use super::{Figure, FigureError, stamp, words};
use paint::Drawing;

/// One channel, measured with messages of several sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// What it is, such as `pipe` or `queue (threads)`.
    pub label: String,
    /// One a size.
    pub points: Vec<ChannelPoint>,
}

/// A channel with messages of one size.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelPoint {
    /// Size of a message.
    pub bytes: u64,
    /// Seconds there and back, one a sample; may be empty.
    pub round_trips: Vec<f64>,
    /// Messages a second one way, one a sample; may be empty.
    pub rates: Vec<f64>,
}

impl ChannelPoint {
    fn round_trip(&self) -> Option<f64> {
        median(&self.round_trips).filter(|s| s.is_finite() && *s > 0.0)
    }

    fn rate(&self) -> Option<f64> {
        median(&self.rates).filter(|rate| rate.is_finite() && *rate > 0.0)
    }

    /// Bytes a second; none for messages without any.
    fn throughput(&self) -> Option<f64> {
        let bytes = self.bytes as f64 * self.rate()?;
        (bytes > 0.0).then_some(bytes)
    }
}

/// Draws `channels`. `runs` are those that they were measured in, for the
/// stamp.
///
/// # Errors
/// [`FigureError::NoGroups`] without channels, [`FigureError::Drawing`] when
/// the drawing back end fails.
pub fn ipc(channels: &[Channel], runs: &[&Trace], style: &Style) -> Result<Figure, FigureError> {
    if channels.is_empty() {
        return Err(FigureError::NoGroups("ipc"));
    }
    let palette = Palette::of(style.theme);
    let title = "channels between workers".to_owned();
    let source = stamp::sources(runs);
    let legend = channels.iter().enumerate().map(|(i, channel)| {
        let point = Swatch::Point(Marker::of(i), palette.series(i), false);
        Key::of(point, one_line(&channel.label))
    });
    let page = Page::lay(
        &Words {
            title: title.clone(),
            source: source.clone(),
            legend: legend.collect(),
            stamp: stamp::items(runs),
            ..Words::default()
        },
        style,
    );
    let drawing = Drawing::new(channels, &page, style, &palette);
    let told = Told {
        name: "ipc",
        description: description(channels),
        text: text(channels, &format!("{title} ({source})")),
        csv: csv(channels),
        title,
    };
    whole::figure(told, &page, &palette, drawing.height(), |canvas| {
        drawing.draw(canvas);
    })
}

/// The smallest and the largest message of each.
fn description(channels: &[Channel]) -> String {
    let each = channels.iter().map(|channel| {
        let mut points: Vec<&ChannelPoint> = channel.points.iter().collect();
        points.sort_by_key(|point| point.bytes);
        let ends = match points.as_slice() {
            [] => vec![],
            [one] => vec![*one],
            [first, .., last] => vec![*first, *last],
        };
        let ends: Vec<String> = ends.into_iter().map(tell).collect();
        let said = if ends.is_empty() {
            "not measured".to_owned()
        } else {
            ends.join(", ")
        };
        format!("{}: {said}", one_line(&channel.label))
    });
    let each: Vec<String> = each.collect();
    format!("Channels over the size of a message. {}.", each.join("; "))
}

fn tell(point: &ChannelPoint) -> String {
    let size = words::bytes(point.bytes as f64);
    let trip = point.round_trip().map(words::precise);
    let rate = point.throughput().map(words::bytes);
    match (trip, rate) {
        (Some(trip), Some(rate)) => format!("{size} there and back in {trip}, {rate} a second"),
        (Some(trip), None) => format!("{size} there and back in {trip}"),
        (None, Some(rate)) => format!("{size} at {rate} a second"),
        (None, None) => format!("{size} not measured"),
    }
}

fn text(channels: &[Channel], heading: &str) -> String {
    let columns = [
        "channel",
        "size",
        "there and back",
        "messages a second",
        "bytes a second",
    ]
    .map(str::to_owned);
    let mut rows = vec![];
    for channel in channels {
        for point in &channel.points {
            rows.push(vec![
                channel.label.clone(),
                words::bytes(point.bytes as f64),
                point.round_trip().map_or(String::new(), words::precise),
                point.rate().map_or(String::new(), words::plain),
                point.throughput().map_or(String::new(), words::bytes),
            ]);
        }
    }
    format!("{heading}\n{}", aligned(&columns, &rows))
}

/// Columns `channel,bytes,sample,round_trip_s,messages_per_s`, one row a
/// sample; empty where one was not measured.
fn csv(channels: &[Channel]) -> String {
    let mut out = String::from("channel,bytes,sample,round_trip_s,messages_per_s\n");
    for channel in channels {
        let label = one_line(&channel.label);
        for point in &channel.points {
            for i in 0..point.round_trips.len().max(point.rates.len()) {
                let cell = |all: &[f64]| all.get(i).map_or(String::new(), f64::to_string);
                let _ = writeln!(
                    out,
                    "{},{},{},{},{}",
                    field(&label),
                    point.bytes,
                    i + 1,
                    cell(&point.round_trips),
                    cell(&point.rates),
                );
            }
        }
    }
    out
}

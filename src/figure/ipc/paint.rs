//! Channels over the size of a message, as pixels: two plots with logarithmic
//! scales.

use super::{Channel, ChannelPoint};
use crate::figure::area::Area;
use crate::figure::axis::{Axis, logarithms};
use crate::figure::canvas::{Align, Canvas};
use crate::figure::marker::Marker;
use crate::figure::page::{LABEL, MARGIN, Page, SMALL};
use crate::figure::style::{Palette, Style};
use crate::figure::upright::Upright;
use crate::figure::words;

/// A page narrower than this has its plots below one another.
const SIDE_BY_SIDE: i32 = 620;
/// Between plots.
const GAP: i32 = 28;
/// Height of a plot's heading; its highest label reaches into it.
const HEADING: i32 = 36;
/// A median's marker, and that of a sample.
const RADIUS: i32 = 5;
const SAMPLE: i32 = 2;

/// What a plot shows of a point: all samples, and their median.
type Shows = fn(&ChannelPoint) -> (Vec<f64>, Option<f64>);

fn round_trips(point: &ChannelPoint) -> (Vec<f64>, Option<f64>) {
    (point.round_trips.clone(), point.round_trip())
}

fn throughputs(point: &ChannelPoint) -> (Vec<f64>, Option<f64>) {
    let bytes = point.bytes as f64;
    let all = point.rates.iter().map(|rate| rate * bytes).collect();
    (all, point.throughput())
}

/// A power of ten of a second, without a fraction: `1 ms`.
fn round(seconds: f64) -> String {
    words::duration(seconds).replace(".0 ", " ")
}

struct Plot {
    heading: &'static str,
    shows: Shows,
    area: Area,
    axis: Axis,
    upright: Upright,
}

pub(super) struct Drawing<'a> {
    channels: &'a [Channel],
    palette: &'a Palette,
    plots: [Plot; 2],
    top: i32,
    limit: i32,
}

impl<'a> Drawing<'a> {
    pub fn new(
        channels: &'a [Channel],
        page: &Page,
        style: &Style,
        palette: &'a Palette,
    ) -> Drawing<'a> {
        let limit = page.width - MARGIN;
        let beside = page.width >= SIDE_BY_SIDE;
        let around = HEADING + Axis::height(SMALL);
        let count = if beside { 1 } else { 2 };
        let natural = (page.width * 35 / 100).clamp(200, 360);
        let high = page.room(style).map_or(natural, |room| {
            (room / count - around - (count - 1) * GAP).clamp(140, 4000)
        });
        let wide = if beside {
            (limit - MARGIN - GAP) / 2
        } else {
            limit - MARGIN
        };
        let plot = |index: i32, heading, shows: Shows, label: fn(f64) -> String| {
            let (left, top) = if beside {
                (MARGIN + index * (wide + GAP), page.head)
            } else {
                (MARGIN, page.head + index * (high + around + GAP))
            };
            let points = || channels.iter().flat_map(|channel| &channel.points);
            let values = points().flat_map(|point| {
                let (all, median) = shows(point);
                all.into_iter().chain(median)
            });
            let top = top + HEADING;
            let upright = Upright::decades(logarithms(values), (top, top + high), SMALL, label);
            let area = Area {
                left: left + upright.width(),
                right: left + wide - 8,
                top,
                bottom: top + high,
            };
            let sizes = logarithms(points().map(|point| point.bytes as f64));
            let across = (area.left, area.right);
            let axis = Axis::decades(sizes, across, "size of a message", SMALL, words::bytes);
            Plot {
                heading,
                shows,
                area,
                axis,
                upright,
            }
        };
        let plots = [
            plot(0, "there and back", round_trips, round),
            plot(1, "bytes a second", throughputs, words::bytes),
        ];
        Drawing {
            channels,
            palette,
            plots,
            top: page.head,
            limit,
        }
    }

    pub fn height(&self) -> i32 {
        self.plots[1].area.bottom + Axis::height(SMALL) - self.top
    }

    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        for plot in &self.plots {
            self.draw_plot(canvas, plot);
        }
    }

    fn draw_plot(&self, canvas: &mut Canvas<'_>, plot: &Plot) {
        let (palette, area) = (self.palette, plot.area);
        let left = area.left - plot.upright.width();
        let heading = SMALL.shorten(plot.heading, area.right - left);
        let at = (left, area.top - HEADING + SMALL.line() / 2);
        canvas.text(at, &heading, SMALL, palette.ink, Align::Left);
        plot.upright.draw(canvas, palette, area.left, area.right);
        plot.axis.grid(canvas, palette, area.top, area.bottom);
        let mut drawn = false;
        for (i, channel) in self.channels.iter().enumerate() {
            drawn |= self.draw_channel(canvas, plot, channel, i);
        }
        if !drawn {
            let at = ((area.left + area.right) / 2, area.middle());
            let said = LABEL.shorten("not measured", area.width());
            canvas.text(at, &said, LABEL, palette.faint, Align::Middle);
        }
        plot.axis.draw(
            canvas,
            palette,
            area.bottom,
            (area.right + 8).min(self.limit),
        );
    }

    /// Whether there was anything to draw.
    fn draw_channel(
        &self,
        canvas: &mut Canvas<'_>,
        plot: &Plot,
        channel: &Channel,
        number: usize,
    ) -> bool {
        let (colour, marker) = (self.palette.series(number), Marker::of(number));
        let mut points: Vec<&ChannelPoint> = channel.points.iter().collect();
        points.sort_by_key(|point| point.bytes);
        let at = |bytes: u64, value: f64| {
            let x = plot.axis.scale.x((bytes.max(1) as f64).log10());
            (x, plot.upright.y(value.log10()))
        };
        let mut medians = vec![];
        for point in points {
            let (samples, median) = (plot.shows)(point);
            let mut places: Vec<(i32, i32)> = samples
                .iter()
                .filter(|value| value.is_finite() && **value > 0.0)
                .map(|value| at(point.bytes, *value))
                .collect();
            places.sort_unstable();
            places.dedup();
            for place in places {
                canvas.dot(place, SAMPLE as u32, self.palette.tint(colour, 0.7));
            }
            medians.extend(median.map(|value| at(point.bytes, value)));
        }
        canvas.line(&medians, 2, colour);
        for place in &medians {
            marker.draw(canvas, *place, RADIUS + 1, self.palette.paper, None);
            marker.draw(canvas, *place, RADIUS, colour, None);
        }
        !medians.is_empty()
    }
}

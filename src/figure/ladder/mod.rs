//! Who read and wrote what, step by step: one column a worker, memory in the
//! middle, time downwards, one row a step.
//!
//! A read shows the value that it saw, a write the value that it left. A write
//! that was lost is crossed out and joined to the write that erased it; the read
//! whose value had become old is marked. Where there are more steps than rows,
//! those around the failure are drawn, and the figure says how many are not.

mod paint;
mod steps;
mod tell;

use lab::trace::Trace;

use super::page::{Key, Page, Swatch, Words};
use super::style::{Palette, Style};
use super::whole::{self, Told};
use super::{Figure, FigureError, stamp};
use paint::Drawing;
use steps::{Role, Steps};

/// Draws the operations of a trace under `caption`, which tells in words what
/// happens in them.
///
/// # Errors
/// [`FigureError::Drawing`] when the drawing back end fails.
pub fn ladder(trace: &Trace, caption: &str, style: &Style) -> Result<Figure, FigureError> {
    let palette = Palette::of(style.theme);
    let steps = Steps::of(trace);
    let title = tell::title(trace);
    let verdict = tell::verdict(&steps);
    let says = [caption.trim().to_owned(), verdict.clone()];
    let words = Words {
        title: title.clone(),
        source: stamp::source(&trace.header),
        says: says.into_iter().filter(|said| !said.is_empty()).collect(),
        legend: legend(&steps, &palette),
        stamp: stamp::items(&[trace]),
        ..Words::default()
    };
    let page = Page::lay(&words, style);
    let drawing = Drawing::new(&steps, &page, style, &palette);
    let told = Told {
        name: "ladder",
        description: tell::description(trace, &steps, caption),
        text: tell::text(trace, &steps, caption, &verdict),
        csv: tell::csv(trace, &steps),
        title,
    };
    whole::figure(told, &page, &palette, drawing.height(), |canvas| {
        drawing.draw(canvas);
    })
}

fn legend(steps: &Steps<'_>, palette: &Palette) -> Vec<Key> {
    let shown = |test: &dyn Fn(usize) -> bool| steps.shown().any(test);
    let mut legend = Vec::new();
    if shown(&|at| steps.role(at) == Role::Stale) {
        legend.push(Key::of(
            Swatch::Dashed(palette.waiting),
            "read of a value that becomes old",
        ));
    }
    if shown(&|at| steps.eraser(at).is_some()) {
        legend.push(Key::of(Swatch::Crossed(palette.blocked), "lost write"));
        legend.push(Key::of(Swatch::Arrow(palette.blocked), "erased by"));
    }
    legend
}

//! A terminal as a screen: text as it comes, charts in words, a progress bar.

use crate::display::{Bundle, DisplayId, Screen, Stream};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::Write;

/// Steps of the progress bar.
const STEPS: u64 = 1_000;

/// Standard output and error.
#[derive(Default)]
pub(super) struct Terminal {
    /// The last bundle of a display that is being replaced: printed once it
    /// is final.
    pending: Option<Bundle>,
    bar: Option<ProgressBar>,
}

impl Terminal {
    /// Prints what is left.
    pub(super) fn finish(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        if let Some(bundle) = self.pending.take() {
            self.print(&bundle);
        }
    }

    fn print(&mut self, bundle: &Bundle) {
        if let Some(text) = bundle.data.get("text/plain").and_then(|text| text.as_str()) {
            self.write(Stream::Out, &format!("\n{}\n", text.trim_end()));
        }
    }

    fn write(&mut self, stream: Stream, text: &str) {
        let write = || {
            // A reader that left, as `head` does, is nothing to complain of.
            let _ = match stream {
                Stream::Out => std::io::stdout().write_all(text.as_bytes()),
                Stream::Err => std::io::stderr().write_all(text.as_bytes()),
            };
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}

impl Screen for Terminal {
    fn text(&mut self, stream: Stream, text: &str) {
        if !text.is_empty() {
            self.write(stream, text);
        }
    }

    fn show(&mut self, bundle: Bundle, id: Option<&DisplayId>) {
        if id.is_some() {
            self.pending = Some(bundle);
            return;
        }
        self.finish();
        self.print(&bundle);
    }

    fn replace(&mut self, bundle: Bundle, _id: &DisplayId) {
        self.pending = Some(bundle);
    }

    fn page(&mut self, bundle: Bundle) {
        self.print(&bundle);
    }

    fn progress(&mut self, share: f64, what: &str) {
        // It draws nothing where standard error is no terminal.
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(STEPS);
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {msg} {elapsed}") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_message(what.to_owned());
        bar.set_position((share.clamp(0.0, 1.0) * STEPS as f64) as u64);
    }
}

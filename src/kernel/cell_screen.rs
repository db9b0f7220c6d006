//! A cell as a screen: what a magic shows becomes messages on iopub.

use super::{OUTPUT_LIMIT, Outbox};
use crate::display::{Answer, Bundle, DisplayId, Screen, Stream};
use jupyter_protocol::{
    DisplayData, ExecuteResult, ExecutionCount, JupyterMessage, Media, Payload, Transient,
    UpdateDisplayData,
};
use std::rc::Rc;

/// Takes the output of one execute_request.
pub(super) struct CellScreen {
    outbox: Outbox,
    parent: Rc<JupyterMessage>,
    /// For the reply: help to be shown beside the cell, text to stand in its place.
    pub(super) payload: Vec<Payload>,
    printed: usize,
    left_out: usize,
    count: ExecutionCount,
    /// Whether the front end takes questions.
    asks: bool,
}

impl CellScreen {
    pub(super) fn new(
        outbox: Outbox,
        parent: Rc<JupyterMessage>,
        count: ExecutionCount,
        asks: bool,
    ) -> Self {
        CellScreen {
            outbox,
            parent,
            payload: vec![],
            printed: 0,
            left_out: 0,
            count,
            asks,
        }
    }

    /// Says how much was left out, once the cell is done.
    pub(super) fn close(&mut self) {
        if self.left_out > 0 {
            let left_out = std::mem::take(&mut self.left_out);
            let line = format!(
                "\n[output cut after {OUTPUT_LIMIT} bytes; {left_out} bytes more were left out]\n"
            );
            self.outbox.text(&self.parent, Stream::Err, line);
        }
    }
}

impl Screen for CellScreen {
    fn text(&mut self, stream: Stream, text: &str) {
        let room = OUTPUT_LIMIT - self.printed;
        let kept = &text[..text.floor_char_boundary(room)];
        self.left_out += text.len() - kept.len();
        if kept.is_empty() {
            return;
        }
        // What is left out once stays left out: no gap in the middle.
        self.printed = if kept.len() < text.len() {
            OUTPUT_LIMIT
        } else {
            self.printed + kept.len()
        };
        self.outbox.text(&self.parent, stream, kept.into());
    }

    fn show(&mut self, bundle: Bundle, id: Option<&DisplayId>) {
        let (data, metadata) = media(bundle);
        let transient = id.map(|id| Transient {
            display_id: Some(id.0.clone()),
        });
        self.outbox.publish(
            DisplayData {
                data,
                metadata,
                transient,
            },
            &self.parent,
        );
    }

    fn replace(&mut self, bundle: Bundle, id: &DisplayId) {
        let (data, metadata) = media(bundle);
        let transient = Transient {
            display_id: Some(id.0.clone()),
        };
        self.outbox.publish(
            UpdateDisplayData {
                data,
                metadata,
                transient,
            },
            &self.parent,
        );
    }

    fn page(&mut self, bundle: Bundle) {
        let (data, _) = media(bundle);
        self.payload.push(Payload::Page { data, start: 0 });
    }

    fn next_input(&mut self, text: String) {
        let replace = true;
        self.payload.push(Payload::SetNextInput { text, replace });
    }

    fn value(&mut self, bundle: Bundle) {
        let (data, metadata) = media(bundle);
        self.outbox.publish(
            ExecuteResult {
                execution_count: self.count,
                data,
                metadata,
                // An empty object: none at all would be sent as null, which
                // the message's description does not allow.
                transient: Some(Transient { display_id: None }),
            },
            &self.parent,
        );
    }

    fn ask(&mut self, prompt: &str, secret: bool) -> Answer {
        if !self.asks {
            return Box::pin(async {
                Err("this front end takes no input (allow_stdin is false)".into())
            });
        }
        let answer = self.outbox.ask(prompt.to_owned(), secret, &self.parent);
        Box::pin(async {
            let gone = |_| Err("the front end is gone".into());
            answer.await.unwrap_or_else(gone)
        })
    }

    // The chart that grows says how far it is.
    fn progress(&mut self, _share: f64, _what: &str) {}
}

pub(super) fn media(mut bundle: Bundle) -> (Media, serde_json::Map<String, serde_json::Value>) {
    if let Some(serde_json::Value::String(text)) = bundle.data.get_mut("text/plain") {
        cut(text);
    }
    let data = serde_json::Value::Object(bundle.data);
    match serde_json::from_value(data) {
        Ok(media) => (media, bundle.metadata),
        Err(error) => {
            // Only a bundle that holds something other than text could do this.
            log::error!("a bundle could not be sent: {error}");
            (Media::default(), bundle.metadata)
        }
    }
}

/// Leaves out what a front end cannot show, and says so.
fn cut(text: &mut String) {
    if text.len() <= OUTPUT_LIMIT {
        return;
    }
    let end = text.floor_char_boundary(OUTPUT_LIMIT);
    let left_out = text.len() - end;
    text.truncate(end);
    *text += &format!("\n[cut after {OUTPUT_LIMIT} bytes; {left_out} bytes more were left out]");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_too_long_is_cut_and_says_so() {
        let mut text = "é".repeat(OUTPUT_LIMIT / 2 + 1);
        cut(&mut text);
        assert!(
            text.ends_with("; 2 bytes more were left out]"),
            "{}",
            &text[text.len() - 80..]
        );
        let mut short = "7".repeat(OUTPUT_LIMIT);
        cut(&mut short);
        assert_eq!(short.len(), OUTPUT_LIMIT);
    }
}

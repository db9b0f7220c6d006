//! The same thing in several forms, by mime type.

use serde_json::{Map, Value};

/// What a Jupyter front end chooses from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bundle {
    /// Forms by mime type; binary ones in base64.
    pub data: Map<String, Value>,
    /// Remarks on the forms, by mime type.
    pub metadata: Map<String, Value>,
}

impl Bundle {
    /// Plain text alone.
    pub fn text(text: String) -> Bundle {
        Bundle::default().with("text/plain", text)
    }

    /// HTML, and plain text for who cannot show it.
    pub fn html(html: String, text: String) -> Bundle {
        Bundle::default()
            .with("text/html", html)
            .with("text/plain", text)
    }

    /// The bundle with one more form.
    pub(super) fn with(mut self, mime: &str, content: String) -> Bundle {
        self.data.insert(mime.to_owned(), Value::String(content));
        self
    }
}

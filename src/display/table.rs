//! Tables for a cell's output.

use super::bundle::Bundle;
use super::html::escape;
use crate::figure::table::{aligned, numeric_columns};

/// A table with a title and remarks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What it is about; nothing if empty.
    pub title: String,
    /// Heads of the columns.
    pub columns: Vec<String>,
    /// Cells by row; a short row leaves its last cells empty.
    pub rows: Vec<Vec<String>>,
    /// Remarks under the table, one a line.
    pub notes: Vec<String>,
}

impl Table {
    /// The table as HTML and as text.
    pub fn bundle(&self) -> Bundle {
        Bundle::html(self.to_html(), self.to_text())
    }

    /// The table in aligned columns.
    pub fn to_text(&self) -> String {
        let mut parts = Vec::new();
        if !self.title.is_empty() {
            parts.push(self.title.clone());
        }
        parts.push(aligned(&self.columns, &self.rows));
        parts.extend(self.notes.iter().cloned());
        parts.join("\n")
    }

    /// No colours of its own: the front end's theme decides, light or dark.
    fn to_html(&self) -> String {
        let numeric = numeric_columns(self.columns.len(), &self.rows);
        let align = |i: usize| if numeric[i] { "right" } else { "left" };
        let mut out = String::from("<table>");
        if !self.title.is_empty() {
            out.push_str("<caption style=\"text-align:left;font-weight:bold\">");
            out.push_str(&escape(&self.title));
            out.push_str("</caption>");
        }
        out.push_str("<thead><tr>");
        for (i, column) in self.columns.iter().enumerate() {
            out.push_str(&format!(
                "<th scope=\"col\" style=\"text-align:{}\">{}</th>",
                align(i),
                escape(column)
            ));
        }
        out.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            out.push_str("<tr>");
            for i in 0..self.columns.len() {
                let cell = row.get(i).map(String::as_str).unwrap_or_default();
                out.push_str(&format!(
                    "<td style=\"text-align:{}\">{}</td>",
                    align(i),
                    escape(cell)
                ));
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table>");
        for note in &self.notes {
            out.push_str(&format!(
                "<p style=\"margin:0.3em 0\"><small>{}</small></p>",
                escape(note)
            ));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        Table {
            title: "<b>".to_owned(),
            columns: row(["model & lock", "seconds"]),
            rows: vec![row(["threads", "3.0 s"]), row(["a\"b", "12 ms"])],
            notes: vec!["measured".to_owned()],
        }
    }

    #[test]
    fn html_escapes_every_text_and_sets_numbers_right() {
        let html = table().to_html();
        assert!(
            html.contains("&lt;b&gt;") && html.contains("model &amp; lock"),
            "{html}"
        );
        assert!(
            html.contains("<td style=\"text-align:right\">12 ms</td>"),
            "{html}"
        );
        assert!(
            html.contains("<td style=\"text-align:left\">a&quot;b</td>"),
            "{html}"
        );
    }

    #[test]
    fn text_stands_in_columns() {
        assert_eq!(
            table().to_text(),
            "<b>\nmodel & lock  seconds\nthreads         3.0 s\na\"b             12 ms\nmeasured"
        );
    }
}

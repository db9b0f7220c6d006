//! A decision as a chart of questions: the way that one workload takes through
//! it, with the fact that was measured at each fork.

mod paint;

use lab::trace::Trace;

use super::page::{Key, Page, Swatch, Words};
use super::style::{Palette, Style};
use super::table::{field, one_line};
use super::whole::{self, Told};
use super::{Figure, FigureError, stamp};
use paint::Drawing;

/// A decision, and where it leads for one workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Whose decision, such as `crunch`.
    pub title: String,
    /// Remarks above the chart.
    pub says: Vec<String>,
    /// The first question.
    pub root: Node,
}

/// A question or an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A question.
    Fork(Box<Fork>),
    /// An answer.
    End(End),
}

/// A question with two ways out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fork {
    /// The question, answered by yes or no.
    pub asks: String,
    /// What was measured of this workload; empty where it does not come by.
    pub fact: String,
    /// Which way it takes; none where it does not come by.
    pub takes: Option<bool>,
    /// Where yes leads.
    pub yes: Node,
    /// Where no leads.
    pub no: Node,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// What to take, such as `threads`.
    pub take: String,
    /// Why, in a few words.
    pub why: String,
}

impl Node {
    /// A question whose way is not known yet.
    pub fn fork(asks: impl Into<String>, yes: Node, no: Node) -> Node {
        Node::Fork(Box::new(Fork {
            asks: asks.into(),
            fact: String::new(),
            takes: None,
            yes,
            no,
        }))
    }

    /// An answer.
    pub fn end(take: impl Into<String>, why: impl Into<String>) -> Node {
        Node::End(End {
            take: take.into(),
            why: why.into(),
        })
    }
}

impl Decision {
    /// The questions that the workload comes by, with its answers.
    pub fn path(&self) -> Vec<(&Fork, bool)> {
        let mut path = vec![];
        let mut node = &self.root;
        while let Node::Fork(fork) = node {
            let Some(takes) = fork.takes else { break };
            path.push((&**fork, takes));
            node = if takes { &fork.yes } else { &fork.no };
        }
        path
    }

    /// The answer that it comes to; none where a question is open.
    pub fn end(&self) -> Option<&End> {
        let last = match self.path().last() {
            Some((fork, true)) => &fork.yes,
            Some((fork, false)) => &fork.no,
            None => &self.root,
        };
        match last {
            Node::End(end) => Some(end),
            Node::Fork(_) => None,
        }
    }

    /// The same, to be changed.
    pub fn end_mut(&mut self) -> Option<&mut End> {
        let mut node = &mut self.root;
        while let Node::Fork(fork) = node {
            node = if fork.takes? {
                &mut fork.yes
            } else {
                &mut fork.no
            };
        }
        match node {
            Node::End(end) => Some(end),
            Node::Fork(_) => None,
        }
    }
}

/// Draws the decision. `runs` are those whose facts it shows, for the stamp.
///
/// # Errors
/// [`FigureError::Drawing`] when the drawing back end fails.
pub fn decision(
    decision: &Decision,
    runs: &[&Trace],
    style: &Style,
) -> Result<Figure, FigureError> {
    let palette = Palette::of(style.theme);
    let source = stamp::sources(runs);
    let page = Page::lay(
        &Words {
            title: decision.title.clone(),
            source: source.clone(),
            says: decision.says.clone(),
            legend: vec![
                Key::of(Swatch::Line(palette.working), "the way of this workload"),
                Key::of(Swatch::Line(palette.bare), "other ways"),
            ],
            stamp: stamp::items(runs),
            ..Words::default()
        },
        style,
    );
    let drawing = Drawing::new(decision, &page, style, &palette);
    let told = Told {
        name: "decision",
        title: decision.title.clone(),
        description: description(decision),
        text: text(decision, &source),
        csv: csv(decision),
    };
    whole::figure(told, &page, &palette, drawing.height(), |canvas| {
        drawing.draw(canvas);
    })
}

fn word(takes: bool) -> &'static str {
    if takes { "yes" } else { "no" }
}

fn description(decision: &Decision) -> String {
    let mut said = format!("{}:", one_line(&decision.title));
    for (fork, takes) in decision.path() {
        said += &format!(" {} {}", one_line(&fork.asks), word(takes));
        if !fork.fact.is_empty() {
            said += &format!(" ({})", one_line(&fork.fact));
        }
        said.push('.');
    }
    match decision.end() {
        Some(end) => said += &format!(" Take {}: {}.", one_line(&end.take), one_line(&end.why)),
        None => said += " No answer yet.",
    }
    said
}

/// The whole tree, indented; `>` marks the way.
fn text(decision: &Decision, source: &str) -> String {
    let mut lines = vec![format!("{} ({source})", one_line(&decision.title))];
    lines.extend(decision.says.iter().map(|s| one_line(s)));
    tell(&decision.root, "", 0, true, &mut lines);
    lines.join("\n")
}

fn tell(node: &Node, answer: &str, depth: usize, on: bool, lines: &mut Vec<String>) {
    let mark = if on { '>' } else { ' ' };
    let indent = "  ".repeat(depth);
    match node {
        Node::Fork(fork) => {
            let fact = match fork.fact.as_str() {
                "" => String::new(),
                fact => format!(" [{}]", one_line(fact)),
            };
            lines.push(format!(
                "{mark} {indent}{answer}{}{fact}",
                one_line(&fork.asks)
            ));
            for (takes, next) in [(true, &fork.yes), (false, &fork.no)] {
                let on = on && fork.takes == Some(takes);
                tell(next, &format!("{}: ", word(takes)), depth + 1, on, lines);
            }
        }
        Node::End(end) => {
            let (take, why) = (one_line(&end.take), one_line(&end.why));
            lines.push(format!("{mark} {indent}{answer}{take} ({why})"));
        }
    }
}

/// Columns `step,asks,fact,answer`: the way of the workload; the last row is
/// what it comes to.
fn csv(decision: &Decision) -> String {
    let mut out = String::from("step,asks,fact,answer\n");
    let path = decision.path();
    for (i, (fork, takes)) in path.iter().enumerate() {
        let (asks, fact) = (one_line(&fork.asks), one_line(&fork.fact));
        out += &format!(
            "{},{},{},{}\n",
            i + 1,
            field(&asks),
            field(&fact),
            word(*takes)
        );
    }
    if let Some(end) = decision.end() {
        let (why, take) = (one_line(&end.why), one_line(&end.take));
        out += &format!("{},take,{},{}\n", path.len() + 1, field(&why), field(&take));
    }
    out
}

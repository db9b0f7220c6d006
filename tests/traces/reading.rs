//! Figures read back: their texts, and whether they can be read.

use std::sync::Arc;

use resvg::usvg;
use threadlab::figure::{FACES, Figure, Style, Theme};

/// Light and dark, narrow and wide, and as little as can be asked for.
pub fn styles() -> Vec<Style> {
    vec![
        Style::default(),
        Style {
            theme: Theme::Dark,
            ..Style::default()
        },
        Style {
            width: 400,
            ..Style::default()
        },
        Style {
            width: 1600,
            height: Some(700),
            ..Style::default()
        },
        Style {
            width: 1,
            height: Some(1),
            title: false,
            stamp: false,
            ..Style::default()
        },
    ]
}

/// The SVG without what only makes it long.
pub fn without_fonts(svg: &str) -> String {
    let mut rest = svg;
    let mut out = String::new();
    while let Some((before, after)) = rest.split_once("base64,") {
        let (_, after) = after.split_once(')').unwrap();
        out.push_str(before);
        out.push_str("base64,...)");
        rest = after;
    }
    out + rest
}

/// The SVG as a renderer reads it.
pub fn tree(figure: &Figure) -> usvg::Tree {
    let mut fonts = usvg::fontdb::Database::new();
    for face in FACES {
        fonts.load_font_data(face.to_vec());
    }
    let options = usvg::Options {
        fontdb: Arc::new(fonts),
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(&figure.svg, &options).unwrap()
}

/// Every text of a figure with the box that its ink takes.
pub fn texts(figure: &Figure) -> Vec<(String, usvg::Rect)> {
    fn walk(group: &usvg::Group, found: &mut Vec<(String, usvg::Rect)>) {
        for node in group.children() {
            match node {
                usvg::Node::Group(group) => walk(group, found),
                usvg::Node::Text(text) => {
                    let words: String = text.chunks().iter().map(|chunk| chunk.text()).collect();
                    found.push((words, text.abs_bounding_box()));
                }
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    walk(tree(figure).root(), &mut found);
    found
}

/// Every text stays on the page and off the other texts.
pub fn legible(name: &str, figure: &Figure) {
    let texts = texts(figure);
    assert!(!texts.is_empty(), "{name}");
    for (i, (text, ink)) in texts.iter().enumerate() {
        let (width, height) = (figure.width as f32, figure.height as f32);
        assert!(
            ink.left() >= 0.0 && ink.top() >= 0.0 && ink.right() <= width && ink.bottom() <= height,
            "{name}: {text:?} at {ink:?} leaves {width} x {height}"
        );
        for (other, its) in &texts[i + 1..] {
            // Bounding boxes have the height of a line, ink has less.
            let apart = ink.right() <= its.left() + 1.0
                || its.right() <= ink.left() + 1.0
                || ink.bottom() <= its.top() + 5.0
                || its.bottom() <= ink.top() + 5.0;
            assert!(apart, "{name}: {text:?} {ink:?} over {other:?} {its:?}");
        }
    }
}

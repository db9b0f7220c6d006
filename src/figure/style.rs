//! How a figure is to look, as far as its reader decides; and the colours that
//! follow from it.
//!
//! The eight colours of Okabe and Ito can be told apart by readers with any
//! kind of colour vision. Colour is never alone: each also has a hatch, a dash
//! or a marker of its own.

use std::fmt;
use std::str::FromStr;

use plotters::style::RGBColor;

/// What a reader can choose about a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Light or dark.
    pub theme: Theme,
    /// Width in CSS pixels; less than 320 is drawn as 320.
    pub width: u32,
    /// Height in CSS pixels; none for what the content needs. A figure that
    /// needs more takes more.
    pub height: Option<u32>,
    /// Whether the title is drawn. It stays in the SVG's `<title>` either way.
    pub title: bool,
    /// Whether the small print under the figure is drawn.
    pub stamp: bool,
}

impl Default for Style {
    fn default() -> Style {
        Style {
            theme: Theme::Light,
            width: 800,
            height: None,
            title: true,
            stamp: true,
        }
    }
}

/// Background and ink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Dark ink on white.
    #[default]
    Light,
    /// Light ink on nearly black.
    Dark,
}

/// A theme that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no theme {0:?}: it is light or dark")]
pub struct UnknownTheme(pub String);

impl FromStr for Theme {
    type Err = UnknownTheme;

    fn from_str(word: &str) -> Result<Theme, UnknownTheme> {
        match word {
            "light" => Ok(Theme::Light),
            "dark" => Ok(Theme::Dark),
            _ => Err(UnknownTheme(word.to_owned())),
        }
    }
}

impl fmt::Display for Theme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
        })
    }
}

/// The colours of a figure, by what they are for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Palette {
    /// The opaque ground.
    pub paper: RGBColor,
    /// Text and axes.
    pub ink: RGBColor,
    /// Text of less weight: stamp, notes.
    pub faint: RGBColor,
    /// Lines behind the data.
    pub grid: RGBColor,
    /// A worker that is there but of whom nothing is known.
    pub bare: RGBColor,
    /// Computing; measured values.
    pub working: RGBColor,
    /// Text on `working`.
    pub on_working: RGBColor,
    /// Waiting for time or the outside.
    pub waiting: RGBColor,
    /// Waiting for another worker.
    pub blocked: RGBColor,
    /// Holding a lock.
    pub holding: RGBColor,
    /// What the guide says.
    pub guide: RGBColor,
    /// A simulated value.
    pub simulated: RGBColor,
}

impl Palette {
    pub fn of(theme: Theme) -> Palette {
        match theme {
            Theme::Light => Palette {
                paper: RGBColor(255, 255, 255),
                ink: RGBColor(26, 26, 26),
                faint: RGBColor(89, 89, 89),
                grid: RGBColor(222, 222, 222),
                bare: RGBColor(128, 128, 128),
                working: RGBColor(0, 114, 178),
                on_working: RGBColor(255, 255, 255),
                waiting: RGBColor(230, 159, 0),
                blocked: RGBColor(213, 94, 0),
                holding: RGBColor(0, 158, 115),
                guide: RGBColor(178, 84, 139),
                simulated: RGBColor(0, 158, 115),
            },
            Theme::Dark => Palette {
                paper: RGBColor(24, 26, 31),
                ink: RGBColor(236, 236, 236),
                faint: RGBColor(172, 176, 184),
                grid: RGBColor(58, 62, 70),
                bare: RGBColor(138, 142, 150),
                working: RGBColor(86, 180, 233),
                on_working: RGBColor(16, 18, 22),
                waiting: RGBColor(230, 159, 0),
                blocked: RGBColor(240, 112, 32),
                holding: RGBColor(30, 190, 145),
                guide: RGBColor(220, 140, 185),
                simulated: RGBColor(30, 190, 145),
            },
        }
    }

    /// The colour of the series, or of the worker, with this number. Six can be
    /// told apart; from then on they come again.
    pub fn series(&self, number: usize) -> RGBColor {
        [
            self.working,
            self.waiting,
            self.guide,
            self.holding,
            self.blocked,
            self.bare,
        ][number % 6]
    }

    /// `colour` thinned with the paper; `strength` goes from 0 to 1.
    pub fn tint(&self, colour: RGBColor, strength: f64) -> RGBColor {
        let mix = |paper: u8, ink: u8| {
            (f64::from(paper) + (f64::from(ink) - f64::from(paper)) * strength).round() as u8
        };
        RGBColor(
            mix(self.paper.0, colour.0),
            mix(self.paper.1, colour.1),
            mix(self.paper.2, colour.2),
        )
    }
}

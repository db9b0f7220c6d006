//! Rectangles of whole pixels.

/// A rectangle: `left` and `top` belong to it, `right` and `bottom` do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
}

impl Area {
    pub fn width(self) -> i32 {
        self.right - self.left
    }

    pub fn height(self) -> i32 {
        self.bottom - self.top
    }

    pub fn middle(self) -> i32 {
        (self.top + self.bottom) / 2
    }

    /// Larger by `by` on each side.
    pub fn grown(self, by: i32) -> Area {
        Area {
            left: self.left - by,
            top: self.top - by,
            right: self.right + by,
            bottom: self.bottom + by,
        }
    }
}

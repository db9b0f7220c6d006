//! The one place in a cell where a chart grows and in the end stands.

use super::Context;
use crate::display::{Bundle, DisplayId};

/// A run expected to take longer than this many seconds has its chart's place
/// before its first line of output; what is shorter shows its chart once.
const AT_ONCE: f64 = 0.5;

/// Where a chart is shown, and replaced as it grows.
#[derive(Debug)]
pub(super) struct Place {
    id: DisplayId,
    taken: bool,
}

impl Place {
    /// A place for the chart of runs that are expected to take so long.
    pub(super) fn new(context: &mut Context<'_>, seconds: f64, text: String) -> Place {
        let mut place = Place {
            id: context.session.next_display(),
            taken: false,
        };
        if seconds > AT_ONCE {
            place.put(context, Bundle::text(text));
        }
        place
    }

    /// Says what goes on, if the place is taken already.
    pub(super) fn say(&mut self, context: &mut Context<'_>, text: String) {
        if self.taken {
            self.put(context, Bundle::text(text));
        }
    }

    /// Shows how far the chart is, if the place is taken already.
    pub(super) fn grow(&mut self, context: &mut Context<'_>, bundle: Bundle) {
        if self.taken {
            self.put(context, bundle);
        }
    }

    /// Shows a bundle, in place of the one before it.
    pub(super) fn put(&mut self, context: &mut Context<'_>, bundle: Bundle) {
        if std::mem::replace(&mut self.taken, true) {
            context.screen.replace(bundle, &self.id);
        } else {
            context.screen.show(bundle, Some(&self.id));
        }
    }
}

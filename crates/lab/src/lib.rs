//! Tasks written once, as async functions, and carried out under any
//! execution model: one after another, in threads, on rayon's pool, in
//! processes, or on tokio. Every run leaves a [`trace::Trace`].
//!
//! ```
//! use lab::{Lab, secs};
//!
//! let lab = Lab::new();
//! let cups = lab.cell("cups", 0u64);
//! for i in 0..2 {
//!     lab.task(format!("maker {i}"), async |w| {
//!         w.sleep(secs(0.001)).await;
//!         w.update(&cups, |n| n + 1).await;
//!         w.say("chai ready");
//!     });
//! }
//! let run = lab.threads()?;
//! assert_eq!(lab.get(&cups), 2);
//! assert_eq!(run.trace.marks.len(), 2);
//! # Ok::<(), lab::RunError>(())
//! ```
//!
//! An `.await` is a place where another worker may come first. Nothing
//! happens until an operation is awaited.

mod apart;
pub mod clock;
pub mod explore;
pub mod gil;
mod lab;
pub mod machine;
mod memory;
mod model;
pub mod prelude;
mod recorder;
mod settings;
#[cfg(feature = "cell")]
mod show;
mod stage;
pub mod stats;
mod sync;
pub mod trace;
pub mod value;
mod worker;

#[cfg(feature = "cell")]
pub use ::cell::{InputError, input, password, try_input};
pub use apart::Apart;
pub use clock::{millis, secs};
pub use lab::{Advised, Compared, Explored, Judge, Lab, Missing, Raced, Ran, Run};
pub use recorder::Recorder;
pub use settings::{
    Alarm, Described, Refused, Relaunch, Repeated, RunError, Settings, Start, YIELD_CHANCE,
};
#[cfg(feature = "cell")]
pub use show::{SHOWN, Show};
pub use sync::cell::{Cell, Plain};
pub use sync::lock::Lock;
pub use sync::queue::Queue;
pub use sync::signal::{Barrier, Condition, Event, TaskEnd};
pub use value::{Portable, Value};
pub use worker::{Death, Guard, Steps, Worker};

//! A cell: the guides' global variable. Loads and stores are atomic and
//! relaxed, so that losing updates is a fact about their order and never
//! undefined behaviour.

use super::{CellPlan, Made};
use crate::memory::{Arena, Placed};
use crate::value::{Portable, Value};
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A variable that the workers of a run share. Processes get a copy each, as
/// they do of a global, unless it was made by [`Lab::shared`](crate::Lab::shared).
#[derive(Debug)]
pub struct Cell<T> {
    pub(crate) made: Made,
    pub(crate) of: PhantomData<fn() -> T>,
}

impl<T> Clone for Cell<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Cell<T> {}

/// Types that fit into a cell: eight bytes at most, and no pointers.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` does not fit into a cell of the lab",
    label = "this is a `{Self}`",
    note = "a cell holds a number, a bool or a char; a queue holds String and Vec too"
)]
pub trait Plain: Copy {
    /// The value as bits.
    fn to_bits(self) -> u64;
    /// The value that has these bits.
    fn from_bits(bits: u64) -> Self;
    /// The value as a trace shows it.
    fn shown(self) -> Value;
}

macro_rules! plain {
    ($($type:ty),*) => {$(
        impl Plain for $type {
            #[inline]
            fn to_bits(self) -> u64 {
                self as u64
            }
            #[inline]
            fn from_bits(bits: u64) -> Self {
                bits as $type
            }
            fn shown(self) -> Value {
                self.into_value()
            }
        }
    )*};
}
plain!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl Plain for bool {
    #[inline]
    fn to_bits(self) -> u64 {
        u64::from(self)
    }
    #[inline]
    fn from_bits(bits: u64) -> Self {
        bits != 0
    }
    fn shown(self) -> Value {
        Value::Bool(self)
    }
}

impl Plain for char {
    #[inline]
    fn to_bits(self) -> u64 {
        u64::from(u32::from(self))
    }
    #[inline]
    fn from_bits(bits: u64) -> Self {
        char::from_u32(bits as u32).unwrap_or_default()
    }
    fn shown(self) -> Value {
        self.into_value()
    }
}

impl Plain for f32 {
    #[inline]
    fn to_bits(self) -> u64 {
        u64::from(f32::to_bits(self))
    }
    #[inline]
    fn from_bits(bits: u64) -> Self {
        f32::from_bits(bits as u32)
    }
    fn shown(self) -> Value {
        Value::Float(f64::from(self))
    }
}

impl Plain for f64 {
    #[inline]
    fn to_bits(self) -> u64 {
        f64::to_bits(self)
    }
    #[inline]
    fn from_bits(bits: u64) -> Self {
        f64::from_bits(bits)
    }
    fn shown(self) -> Value {
        Value::Float(self)
    }
}

/// The cell itself, for one run.
#[derive(Debug)]
pub(crate) struct CellState {
    pub(crate) name: String,
    bits: Bits,
    /// The value that bits stand for, as a trace shows it.
    pub(crate) shown: fn(u64) -> Value,
}

/// Where the value lives.
#[derive(Debug)]
enum Bits {
    Process(AtomicU64),
    Run(Placed<AtomicU64>),
}

impl CellState {
    /// In memory that the processes of a run share, where there is such.
    pub(crate) fn new(plan: &CellPlan, arena: Option<&Arc<Arena>>) -> Self {
        let bits = AtomicU64::new(plan.bits);
        CellState {
            name: plan.name.clone(),
            shown: plan.shown,
            bits: match arena {
                None => Bits::Process(bits),
                Some(arena) => Bits::Run(arena.place(bits)),
            },
        }
    }
    #[inline]
    fn bits(&self) -> &AtomicU64 {
        match &self.bits {
            Bits::Process(bits) => bits,
            Bits::Run(bits) => bits,
        }
    }
    #[inline]
    pub(crate) fn load(&self) -> u64 {
        self.bits().load(Relaxed)
    }
    #[inline]
    pub(crate) fn store(&self, bits: u64) {
        self.bits().store(bits, Relaxed);
    }
    /// In one step, whoever else writes; gives the value before.
    #[inline]
    pub(crate) fn update(&self, change: &mut dyn FnMut(u64) -> u64) -> u64 {
        let change = |bits| Some(change(bits));
        match self.bits().fetch_update(Relaxed, Relaxed, change) {
            Ok(bits) | Err(bits) => bits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_being_bits() {
        assert_eq!(i32::from_bits(Plain::to_bits(-7i32)), -7);
        assert_eq!(<f64 as Plain>::from_bits(Plain::to_bits(-0.5f64)), -0.5);
        assert_eq!(<f32 as Plain>::from_bits(Plain::to_bits(-0.1f32)), -0.1);
        assert_eq!(char::from_bits(Plain::to_bits('ß')), 'ß');
        assert!(<bool as Plain>::from_bits(Plain::to_bits(true)));
    }
}

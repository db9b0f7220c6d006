//! Values whose end is compiled here, and not again in the code of each cell
//! that has one: what it takes to drop a trace or a lab is code that rustc
//! writes into every program in which one is dropped, and that takes longer to
//! compile than a learner's cell.

use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

/// What can be kept [`Apart`].
pub trait Discard: Sized {
    /// Drops it. Each type says so by itself, out of line: what is generic would
    /// be compiled by whoever uses it.
    fn discard(self);
}

/// A value that is dropped by a call. It is used as the value itself is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Apart<T: Discard>(ManuallyDrop<T>);

impl<T: Discard> Apart<T> {
    /// The value itself.
    pub fn into_inner(self) -> T {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is never dropped, so the value is taken once.
        unsafe { ManuallyDrop::take(&mut this.0) }
    }
}

impl<T: Discard> From<T> for Apart<T> {
    fn from(value: T) -> Self {
        Apart(ManuallyDrop::new(value))
    }
}

impl<T: Discard> Drop for Apart<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: nothing comes after a drop, so the value is taken once.
        unsafe { ManuallyDrop::take(&mut self.0) }.discard();
    }
}

impl<T: Discard> Deref for Apart<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Discard> DerefMut for Apart<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Discard + IntoIterator> IntoIterator for Apart<T> {
    type Item = T::Item;
    type IntoIter = T::IntoIter;
    fn into_iter(self) -> T::IntoIter {
        self.into_inner().into_iter()
    }
}

impl<'a, T: Discard> IntoIterator for &'a Apart<T>
where
    &'a T: IntoIterator,
{
    type Item = <&'a T as IntoIterator>::Item;
    type IntoIter = <&'a T as IntoIterator>::IntoIter;
    fn into_iter(self) -> Self::IntoIter {
        (&**self).into_iter()
    }
}

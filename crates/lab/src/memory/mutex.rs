//! A mutex and its condition variable between processes: pthread's, which work
//! wherever the memory is mapped. The mutex survives a holder that died.

use super::{Arena, Flat, Placed};
use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value that one thread of all processes has at a time.
pub(crate) struct Mutex<T>(Placed<Inner<T>>);

struct Inner<T> {
    mutex: UnsafeCell<libc::pthread_mutex_t>,
    changed: UnsafeCell<libc::pthread_cond_t>,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached only while the mutex is held.
unsafe impl<T: Send> Sync for Inner<T> {}

impl<T> std::fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mutex")
    }
}

impl<T: Flat + Send> Mutex<T> {
    /// Places it.
    pub(crate) fn place(arena: &Arc<Arena>, value: T) -> Self {
        let fill = |at: std::ptr::NonNull<Inner<T>>| {
            let at = at.as_ptr();
            // SAFETY: `at` is a place for an `Inner` that nobody else has yet.
            // The attributes are initialized before they are used and given
            // back after. What pthread writes there means the same in every
            // process, since it is told that the mutex is shared.
            unsafe {
                let mut attributes = MaybeUninit::uninit();
                libc::pthread_mutexattr_init(attributes.as_mut_ptr());
                libc::pthread_mutexattr_setpshared(
                    attributes.as_mut_ptr(),
                    libc::PTHREAD_PROCESS_SHARED,
                );
                #[cfg(target_os = "linux")]
                libc::pthread_mutexattr_setrobust(
                    attributes.as_mut_ptr(),
                    libc::PTHREAD_MUTEX_ROBUST,
                );
                libc::pthread_mutex_init((*at).mutex.get(), attributes.as_ptr());
                libc::pthread_mutexattr_destroy(attributes.as_mut_ptr());
                let mut attributes = MaybeUninit::uninit();
                libc::pthread_condattr_init(attributes.as_mut_ptr());
                libc::pthread_condattr_setpshared(
                    attributes.as_mut_ptr(),
                    libc::PTHREAD_PROCESS_SHARED,
                );
                libc::pthread_cond_init((*at).changed.get(), attributes.as_ptr());
                libc::pthread_condattr_destroy(attributes.as_mut_ptr());
                (*at).value.get().write(value);
            }
        };
        // SAFETY: `fill` makes all three parts; `T` is flat.
        Mutex(unsafe { arena.place_with(fill) })
    }
}

impl<T> Mutex<T> {
    /// Waits until the value is this thread's.
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        // SAFETY: initialized in `place`.
        let result = unsafe { libc::pthread_mutex_lock(self.0.mutex.get()) };
        self.revive(result);
        Guard(self, PhantomData)
    }

    /// Wakes one of those that wait for a change.
    pub(crate) fn notify_one(&self) {
        // SAFETY: initialized in `place`.
        unsafe { libc::pthread_cond_signal(self.0.changed.get()) };
    }

    /// Wakes all that wait for a change.
    pub(crate) fn notify_all(&self) {
        // SAFETY: initialized in `place`.
        unsafe { libc::pthread_cond_broadcast(self.0.changed.get()) };
    }

    /// A holder died. What it left is whole: holders only read and set plain
    /// fields, and the next one looks at them anew.
    fn revive(&self, result: i32) {
        #[cfg(target_os = "linux")]
        if result == libc::EOWNERDEAD {
            // SAFETY: this thread has the mutex, as the result says.
            unsafe { libc::pthread_mutex_consistent(self.0.mutex.get()) };
        }
        #[cfg(not(target_os = "linux"))]
        let _ = result;
    }
}

/// Has the value; dropping it lets the next one have it.
/// pthread has it let go on the thread that took it.
pub(crate) struct Guard<'m, T>(&'m Mutex<T>, PhantomData<*const ()>);

impl<'m, T> Guard<'m, T> {
    /// Gives the value up until something has changed.
    pub(crate) fn wait(self) -> Self {
        let Inner { mutex, changed, .. } = &*self.0.0;
        // SAFETY: both were initialized in `place`, and this thread has the mutex.
        let result = unsafe { libc::pthread_cond_wait(changed.get(), mutex.get()) };
        self.0.revive(result);
        self
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        // SAFETY: the mutex is held as long as the guard lives.
        unsafe { &*self.0.0.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and this is the only guard.
        unsafe { &mut *self.0.0.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        // SAFETY: this thread has the mutex.
        unsafe { libc::pthread_mutex_unlock(self.0.0.mutex.get()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_at_a_time_has_the_value_and_waiters_are_woken() {
        let arena = Arena::create(4096).unwrap();
        let turns = Mutex::place(&arena, [0u32; 1]);
        std::thread::scope(|scope| {
            for me in 0..2 {
                let turns = &turns;
                scope.spawn(move || {
                    for _ in 0..1_000 {
                        let mut turn = turns.lock();
                        while turn[0] % 2 != me {
                            turn = turn.wait();
                        }
                        turn[0] += 1;
                        drop(turn);
                        turns.notify_all();
                    }
                });
            }
        });
        assert_eq!(turns.lock()[0], 2_000);
    }
}

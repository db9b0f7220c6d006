//! Loads a cell's shared object and enters it.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::time::{Duration, Instant};

/// The function that every cell has.
const CELL: &CStr = c"threadlab_cell";
/// What enters it, in `crates/cell`.
const ENTER: &CStr = c"threadlab_enter";

type Enter = unsafe extern "C" fn(*const c_void, *mut *mut c_void) -> c_int;

/// The variables of a session: what [`ENTER`] keeps them in.
#[derive(Debug)]
pub(super) struct Store(*mut c_void);

impl Store {
    pub(super) fn new() -> Self {
        Store(std::ptr::null_mut())
    }

    /// Runs a cell; how long that took, without the loading, where it came to its
    /// end. `libraries` are loaded before
    /// it, where they are not there yet, so that it finds its symbols in them.
    ///
    /// # Errors
    /// What the loader says.
    pub(super) fn run(
        &mut self,
        libraries: &[&str],
        cell: &str,
    ) -> Result<Option<Duration>, String> {
        for library in libraries {
            open(library, libc::RTLD_GLOBAL)?;
        }
        let handle = open(cell, libc::RTLD_LOCAL)?;
        let body = symbol(handle, CELL)?;
        let enter = symbol(libc::RTLD_DEFAULT, ENTER)?;
        // SAFETY: the symbol is the function of that name of crates/cell, and
        // has this type there.
        let enter = unsafe { std::mem::transmute::<*mut c_void, Enter>(enter) };
        let began = Instant::now();
        // SAFETY: the evaluator had the cell compiled with the compiler of
        // crates/cell, as a `Body`; the store is where the last call left it.
        let ended = unsafe { enter(body, &raw mut self.0) };
        // What C wrote and still holds.
        // SAFETY: null asks for all streams.
        unsafe { libc::fflush(std::ptr::null_mut()) };
        Ok((ended == 0).then(|| began.elapsed()))
    }
}

/// Loads a library, never to unload it: destructors of threads and variables
/// may be in it.
fn open(path: &str, scope: c_int) -> Result<*mut c_void, String> {
    let text = CString::new(path).map_err(|_| format!("{path}: a zero byte in the name"))?;
    // SAFETY: a path; what the library does when it is loaded is what the
    // learner wrote.
    let handle = unsafe { libc::dlopen(text.as_ptr(), libc::RTLD_NOW | scope) };
    if handle.is_null() {
        return Err(said(Path::new(path)));
    }
    Ok(handle)
}

fn symbol(handle: *mut c_void, name: &CStr) -> Result<*mut c_void, String> {
    // SAFETY: a handle that was opened above, and a name.
    let found = unsafe { libc::dlsym(handle, name.as_ptr()) };
    if found.is_null() {
        return Err(said(Path::new(&*name.to_string_lossy())));
    }
    Ok(found)
}

/// What the loader says of its last failure.
fn said(what: &Path) -> String {
    // SAFETY: the text is the loader's, valid until its next call.
    let text: *const c_char = unsafe { libc::dlerror() };
    if text.is_null() {
        return format!("{} cannot be loaded", what.display());
    }
    // SAFETY: not null, so a C string.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

//! Bytes in and out of a module's memory. Knows nothing of what they mean.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most bytes of one input: more than all element sets there are as XML (60 MB).
pub const INPUT_BYTES_MAX: usize = 128 << 20;

static INPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static OUTPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Makes place for an input of `length` bytes, zeros, and returns where it stands, until the next call of any function. 0 where `length` is
/// above [`INPUT_BYTES_MAX`] or the memory does not suffice.
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_input(length: usize) -> *mut u8 {
    let mut input = lock(&INPUT);
    input.clear();
    if length > INPUT_BYTES_MAX || input.try_reserve_exact(length).is_err() {
        return std::ptr::null_mut();
    }
    input.resize(length, 0);
    input.as_mut_ptr()
}

/// Where the last output stands, until the next call of any function but [`skyshed_output_length`].
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_output() -> *const u8 {
    lock(&OUTPUT).as_ptr()
}

/// How many bytes the last output has.
#[unsafe(no_mangle)]
pub extern "C" fn skyshed_output_length() -> usize {
    lock(&OUTPUT).len()
}

/// The input, which is then gone.
pub(crate) fn take_input() -> Vec<u8> {
    std::mem::take(&mut lock(&INPUT))
}

/// Leaves an answer or a message.
pub(crate) fn answer(bytes: impl Into<Vec<u8>>) {
    *lock(&OUTPUT) = bytes.into();
}

/// A lock that somebody's panic has poisoned still holds whole values: each is replaced in one step.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// SPDX-License-Identifier: LGPL-2.1-or-later

use std::mem::{forget, transmute};

use string_cache::DefaultAtom;

/// Takes a reference to the atom and releases it. Returns the 64 bits of the atom.
///
/// # Safety
/// `data` points to `length` bytes of UTF-8.
#[no_mangle]
pub unsafe extern "C" fn bench_string_cache_hold(data: *const u8, length: usize) -> u64 {
    let bytes = std::slice::from_raw_parts(data, length);
    let atom = DefaultAtom::from(std::str::from_utf8_unchecked(bytes));

    *transmute::<&DefaultAtom, &u64>(&atom)
}

/// Returns the 64 bits of the atom, and keeps its reference.
///
/// # Safety
/// `data` points to `length` bytes of UTF-8.
#[no_mangle]
pub unsafe extern "C" fn bench_string_cache_intern(data: *const u8, length: usize) -> u64 {
    let bytes = std::slice::from_raw_parts(data, length);
    let atom = DefaultAtom::from(std::str::from_utf8_unchecked(bytes));
    let bits = transmute::<&DefaultAtom, &u64>(&atom);
    let value = *bits;

    forget(atom);
    value
}

# SPDX-License-Identifier: LGPL-2.1-or-later

"""A million calls take no more memory than the first ten thousand."""

import gc
import resource
import sys

import gi

gi.require_version("Intern", "1")
from gi.repository import GLib, Intern

N_WARM = 10_000
N_CALLS = 1_000_000
# The smallest block of malloc() takes 32 bytes. Each call below runs N_CALLS / 18 times, so a leak of one
# block is 1.7 MiB. The tolerance is less than that, and more than the heap varies.
TOLERANCE = 3 << 19


def resident():
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize()


def refused(call, argument):
    try:
        call(argument)
    except GLib.Error:
        return
    raise AssertionError("the call has not been refused")


# Without iteration: PyGObject 3.42 leaks 128 bytes at each call with a callback, as in
# Gio.ListStore.insert_sorted().
def calls(pool, frozen, view):
    return (
        lambda: pool.intern("".join(["wo", "rd"])),
        lambda: pool.intern_bytes(b"\xff\0"),
        lambda: pool.intern_bytes(view),
        lambda: pool.lookup("word"),
        lambda: "absent" in pool,
        lambda: pool.stats,
        lambda: pool.props.n_hits,
        lambda: refused(pool.intern_bytes, b"one more than it may hold"),
        lambda: pool.encode(["word", None, "word"]),
        lambda: pool.encode_delimited(b"word\nword"),
        lambda: pool.decode([1, 0, 1]),
        lambda: pool.translate(pool),
        lambda: refused(pool.encode, ["word", "one more than it may hold"]),
        lambda: Intern.Pool(stats_interval=1000).intern("word"),
        lambda: pool.atom_to_bytes(1),
        lambda: Intern.Pool.new_from_bytes(pool.to_bytes()).intern("word"),
        lambda: Intern.Pool.new_child(frozen).intern("word"),
        lambda: refused(Intern.Pool.new_from_bytes, view),
    )


def main():
    pool = Intern.Pool(max_strings=3)
    frozen = Intern.Pool()
    frozen.freeze()
    kinds = calls(pool, frozen, GLib.Bytes.new(b"view"))
    for i in range(N_WARM):
        kinds[i % len(kinds)]()
    before = resident()
    for i in range(N_WARM, N_CALLS):
        kinds[i % len(kinds)]()
    grown = resident() - before
    print(f"# {len(kinds)} kinds of calls, {N_CALLS} in all: {grown} bytes more")
    return 0 if grown <= TOLERANCE else 1


sys.exit(main())

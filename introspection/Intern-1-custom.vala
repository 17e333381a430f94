// SPDX-License-Identifier: LGPL-2.1-or-later

namespace Intern {
    public sealed class Pool : GLib.Object {
        // The name that the collections of libgee use.
        public uint size {
            [CCode (cname = "intern_pool_get_n_strings")]
            get;
        }

        // Vala returns a struct through a pointer, so get_stats() itself is the getter.
        public Intern.PoolStats stats {
            [CCode (cname = "intern_pool_get_stats")]
            get;
        }

        public void get_stats (out Intern.PoolStats stats);

        [CCode (array_length_type = "gsize")]
        public uint32[] encode ([CCode (array_length_type = "gssize")] string?[] strings) throws Intern.Error;

        // The array has null for each missing value, so its length is not where the first null is. Vala compiles
        // this into the program.
        [CCode (cname = "intern_pool_decode_with_length")]
        public string?[] decode (uint32[]? atoms) throws Intern.Error {
            string?[] strings = decode_unsized (atoms);
            strings.length = atoms.length;
            return strings;
        }

        // Only for decode(): Vala takes the length of this array to be -1.
        [CCode (cname = "intern_pool_decode", array_length = false, array_null_terminated = false)]
        public string?[] decode_unsized ([CCode (array_length_type = "gsize")] uint32[]? atoms) throws Intern.Error;
    }

    [CCode (cheader_filename = "intern-glib.h", instance_pos = 2.9)]
    public delegate bool PoolForeachBytesFunc (
        [CCode (array_length_pos = 1.1, array_length_type = "gsize", type = "const guint8*")] uint8[] data
    );
}

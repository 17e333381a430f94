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
    }

    [CCode (cheader_filename = "intern-glib.h", instance_pos = 2.9)]
    public delegate bool PoolForeachBytesFunc (
        [CCode (array_length_pos = 1.1, array_length_type = "gsize", type = "const guint8*")] uint8[] data
    );
}

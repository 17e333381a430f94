// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Counts the values in one column of a table: column FILE DELIMITER NUMBER

string[] read_column (string path, string delimiter, int number) throws FileError {
    string text;
    string[] column = {};

    FileUtils.get_contents (path, out text);
    foreach (unowned string line in text.split ("\n")) {
        string[] fields = line.split (delimiter);
        if (fields.length >= number)
            column += fields[number - 1];
    }
    return column;
}

int main (string[] args) {
    var pool = new Intern.Pool ();
    uint32[] atoms;

    try {
        atoms = pool.encode (read_column (args[1], args[2], int.max (int.parse (args[3]), 1)));
    } catch (Error e) {
        printerr ("%s\n", e.message);
        return 1;
    }

    // In a new pool the atoms are 1, 2, 3…: use them as indexes of an array.
    var counts = new uint[pool.size + 1];
    foreach (uint32 atom in atoms)
        counts[atom]++;

    var distinct = new GenericArray<uint32> ();
    for (uint32 atom = 1; atom <= pool.size; atom++)
        distinct.add (atom);
    distinct.sort_with_data ((a, b) =>
        counts[a] != counts[b] ? (counts[a] < counts[b] ? 1 : -1)
                               : strcmp (pool.atom_to_string (a), pool.atom_to_string (b)));
    for (int i = 0; i < int.min (distinct.length, 10); i++)
        print ("%6u %s\n", counts[distinct[i]], pool.atom_to_string (distinct[i]));
    print ("%d rows, %u values\n", atoms.length, pool.size);
    return 0;
}

// SPDX-License-Identifier: LGPL-2.1-or-later
//
// Counts the words of a text. The pool keeps one copy of each word, so its address can be the key: no
// string is hashed or compared a second time.

void count_words (Intern.Pool pool, string text, HashTable<unowned string, uint> counts) {
    int start = 0;

    while (start < text.length) {
        int end = start;
        while (text[end].isalpha ())
            end++;
        if (end > start) {
            unowned string word = pool.intern_len (text.offset (start), end - start);
            counts[word] = counts[word] + 1;
        }
        start = end > start ? end : end + 1;
    }
}

int main (string[] args) {
    var pool = new Intern.Pool ();
    var counts = new HashTable<unowned string, uint> (direct_hash, direct_equal);
    string text;

    try {
        FileUtils.get_contents (args[1], out text);
    } catch (FileError e) {
        printerr ("%s\n", e.message);
        return 1;
    }
    count_words (pool, text, counts);

    var words = counts.get_keys ();
    words.sort_with_data ((a, b) =>
        counts[a] != counts[b] ? (counts[a] < counts[b] ? 1 : -1) : strcmp (a, b));
    for (unowned List<unowned string> word = words; word != null && words.position (word) < 10; word = word.next)
        print ("%6u %s\n", counts[word.data], word.data);

    var stats = pool.stats;
    print ("%s words, %u distinct, %.1f %% hits\n",
           stats.n_lookups.to_string (), stats.n_strings, 100 * stats.hit_ratio);
    return 0;
}

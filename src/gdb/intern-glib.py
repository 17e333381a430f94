# SPDX-License-Identifier: LGPL-2.1-or-later

"""For gdb: shows the pools of a program. It reads memory and calls no function of the program, so it works on a core
file too. It needs the debug information of the library."""

import gdb
import gdb.printing

NO_DEBUG = 'The debug information of libintern-glib-1 is missing: install it, or build the library with -g.'
NO_PROCESS = 'The program has no pools: it is not running.'


def heap_size(n_bytes):
    """Like intern_heap_size() in src/base/heap.h, for a malloc() that aligns to two words."""
    word = gdb.lookup_type('char').pointer().sizeof
    return max((n_bytes + 3 * word - 1) // (2 * word) * 2 * word, 4 * word)


def static_value(name):
    symbol = gdb.lookup_static_symbol(name)
    if symbol is None:
        raise LookupError(NO_DEBUG)
    return symbol.value()


def owner(link, kind):
    """A pointer to the structure whose field fork_link is at @link."""
    structure = gdb.lookup_type(kind)
    offset = next(field.bitpos // 8 for field in structure.fields() if field.name == 'fork_link')
    return (link.cast(gdb.lookup_type('char').pointer()) - offset).cast(structure.pointer())


def function_at(pointer):
    """The name of the function at @pointer, which may begin with an inlined one."""
    block = gdb.block_for_pc(int(pointer))
    while block is not None and not (block.is_static or block.superblock.is_static):
        block = block.superblock
    return block and str(block.function)


def registered(locker, kind):
    """All structures of a kind: those for which @locker takes the locks before a fork."""
    head = static_value('intern_fork_registry')
    found = []
    link = head['next']
    while link != head.address:
        if function_at(link['lock']) == locker:
            found.append(owner(link, kind))
        link = link['next']
    return found


def shards(store):
    yield store['first']
    if store['shards']:
        for i in range(int(static_value('INTERN_SHARDS'))):
            yield store['shards'][i]['shard']


def stripes(counters):
    places = [counters['stripes'][i] for i in range(int(static_value('INTERN_STRIPE_POSITIONS')))]
    return [stripe.dereference() for stripe in places if stripe]


def count_strings(store):
    if store['parent']:
        layers = count_strings(store['parent'])
    else:
        layers = int(store['snapshot']['n_strings']) if store['snapshot'] else 0
    return layers + sum(int(shard['n_strings']) for shard in shards(store) if not shard['moved'])


def count_searches(store):
    """(lookups, hits) since the last reset of the statistics."""
    def count(name):
        # Counters wrap around, and after clear() the baseline is below zero.
        total = sum(int(counted['tally'][name]) for counted in stripes(store['counters']) + list(shards(store)))
        baseline = int(store['ledger']['baseline'][name]) if store['ledger'] else 0
        return (total - baseline) % 2 ** 64

    hits = count('n_hits')
    return hits + count('n_misses'), hits


def measure_memory(store):
    """The memory-usage of the pool, but for a snapshot; a few small tables are guessed."""
    total = heap_size(gdb.lookup_type('InternPool').sizeof) + heap_size(store.dereference().type.sizeof)
    total += int(store['cache']['memory'])
    total += sum(stripe.type.sizeof for stripe in stripes(store['counters']))
    total += int(store['atoms']['n_atoms']) * store.type.sizeof
    if int(store['blocks']['n_blocks']) > 1:
        total += heap_size(max(8, int(store['blocks']['n_blocks'])) * (store.type.sizeof + 4))
    for number, shard in enumerate(shards(store)):
        total += int(shard['arena']['memory']) + (shard.type.sizeof if number > 0 else 0)
        if shard['index']['table']:
            # The arrays of keys and of hashes, and a GHashTable.
            capacity, key_size = (int(shard['index']['memory'][name]) for name in ('capacity', 'key_size'))
            total += heap_size(capacity * key_size) + heap_size(capacity * 4) + heap_size(11 * store.type.sizeof)
    return total


def no_store():
    """The store of all pools that have not needed one."""
    symbol = gdb.lookup_global_symbol('intern_pool_empty_store')
    if symbol is None:
        raise LookupError(NO_DEBUG)
    return symbol.value()


def figures(store):
    if store == no_store():
        return 0, 0, 0, heap_size(gdb.lookup_type('InternPool').sizeof)
    return (count_strings(store), *count_searches(store), measure_memory(store))


class PointerPrinter:
    """Prints a pointer to a pool or a store with its main figures."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            store = self.value['store'] if str(self.value.dereference().type.unqualified()) in POOL else self.value
            text = '%d strings, %d lookups, %d hits, %d bytes' % figures(store)
        except (gdb.error, LookupError) as error:
            text = str(error)
        return '%#x [%s]' % (int(self.value), text)


POOL = ('InternPool', 'struct _InternPool', '_InternPool')
STORE = ('InternStore', 'struct _InternStore', '_InternStore')


def find_printer(value):
    kind = value.type.strip_typedefs()
    if kind.code != gdb.TYPE_CODE_PTR or str(kind.target().unqualified()) not in POOL + STORE or not value:
        return None
    return PointerPrinter(value)


class InternPools(gdb.Command):
    """Lists the pools of the program: strings, lookups, hits, and bytes of memory.

A pool that has not been used yet is not listed. A store without a pool belongs to a pool that was cleared or freed
while a view, a child or another thread still uses its strings."""

    def __init__(self):
        super().__init__('intern-pools', gdb.COMMAND_DATA)

    def invoke(self, _argument, _from_tty):
        try:
            if not gdb.selected_inferior().threads():
                raise LookupError(NO_PROCESS)
            self.list_pools()
        except (gdb.error, LookupError) as error:
            print(error)

    @staticmethod
    def list_pools():
        stores = [store for store in registered('lock_store', 'InternStore') if store != no_store()]
        rows = [('pool', store['pool'], store) for store in stores if store['pool']]
        rows += [('store', store, store) for store in stores if not store['pool']]
        print('%-7s%-20s%12s%14s%14s%14s' % ('', 'address', 'strings', 'lookups', 'hits', 'memory'))
        for kind, owned, store in rows:
            print('%-7s%-20s%12d%14d%14d%14d' % (kind, hex(int(owned)), *figures(store)))


InternPools()
gdb.printing.register_pretty_printer(gdb.current_objfile(), find_printer)

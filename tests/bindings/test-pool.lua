-- SPDX-License-Identifier: LGPL-2.1-or-later
--
-- The pool in Lua, through lgi.

local found, lgi = pcall(require, 'lgi')
if not found then
  print('1..0 # SKIP no lgi')
  os.exit(77)
end

local Intern = lgi.require('Intern', '1')
local GLib = lgi.GLib
local pool = Intern.Pool()
local added = {}

function pool.on_string_added(_, s) added[#added + 1] = s end

assert(pool:lookup('hello') == nil)
assert(pool:intern('hello') == 'hello')
assert(pool:intern('hello') == 'hello')
assert(pool:lookup('hello') == 'hello')
assert(pool.n_strings == 1)
assert(pool:get_stats().n_hits == 2)
assert(#added == 1 and added[1] == 'hello')

-- Any bytes come back unchanged, also with a NUL.
local data = 'a\0\xff'
assert(pool:intern_bytes(GLib.Bytes.new(data)):get_data() == data)
assert(pool:contains_bytes(GLib.Bytes.new(data)))
assert(not pool:contains('a'))

pool.max_strings = 2
local string, err = pool:intern('more')
assert(string == nil or string == false)
assert(err and err:matches(Intern.Error, 'FULL'))
print('ok - lua')

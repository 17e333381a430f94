# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The pool in Ruby.

begin
  require "gobject-introspection"
rescue LoadError
  puts "1..0 # SKIP no gobject-introspection"
  exit 77
end

module Intern
  @loader = GObjectIntrospection::Loader.new(self)
  @loader.load("Intern")
end

def check(truth)
  raise "line #{caller_locations(1, 1).first.lineno}" unless truth
end

pool = Intern::Pool.new
added = []
pool.signal_connect("string-added") { |_, string| added << string }

check pool.lookup("hello").nil?
check pool.intern("hello") == "hello"
check pool.intern("hello") == "hello"
check pool.lookup("hello") == "hello"
check pool.n_strings == 1
check pool.stats.n_hits == 2
check added == ["hello"]

pool.max_strings = 1
refused = begin
  pool.intern("more")
  nil
rescue => error
  error
end
check !refused.nil? && refused.message.include?("1 strings")
puts "ok - ruby"

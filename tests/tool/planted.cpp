// SPDX-License-Identifier: LGPL-2.1-or-later

// Copies as C++ has them: planted-cpp N

#include <cstdlib>
#include <string>
#include <vector>

static std::vector<std::string> strings;

static __attribute__ ((noinline)) void
remember (const char *text)
{
  strings.emplace_back (text);
}

int
main (int    argc,
      char **argv)
{
  const int n = argc > 1 ? std::atoi (argv[1]) : 0;

  strings.reserve (static_cast<size_t> (n) + 1);
  for (int i = 0; i < n; i++)
    remember (i % 2 ? "a planted string of C++, too long to be short" : "another planted string of C++, as long");

  return 3;
}

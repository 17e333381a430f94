# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The parts of ./dev check, a function for each.

# What the library does without the bindings and the manual.
plain=(-Dgtk_doc=false -Dintrospection=disabled -Dvapi=disabled)
# The tests of the API, each a program; those with tiny tables are others.
read -ra api_tests <<<"$(echo tests/api/test-*.c | sed 's,tests/api/test-\([^ ]*\)\.c,\1,g')"

# A part that builds with -Dwerror=true says that its compiler has no warning to give. Here it has one.
expect_warning() {
  printf 'int f (int a);\nint f (int a) { long b = a; return b; }\n' >"$scratch/control.c"
  expect_report "$1 sees a control with a fault" 'Werror.*(conversion|shorten)' \
    "$1" -c -Wconversion -Werror -o /dev/null "$scratch/control.c"
}

part_test() {
  echo "Building everything in $build"
  full_build
  # Options are words.
  run_tests "$build" ${INTERN_TEST_OPTIONS:-}
}

# The manual without a warning. That every symbol is in it is a test.
part_docs() {
  full_build
  # From nothing, since a manual that is up to date has no warnings to give.
  manual_in_silence() {
    rm -rf "$build"/doc/html "$build"/doc/xml "$build"/doc/*.txt
    { ninja -C "$build" -j "$jobs" all && ninja -C "$build" -j "$jobs" intern-glib-doc; } >"$scratch/manual" 2>&1 &&
    ! grep -Ei '(warning|error):|undocumented' "$scratch/manual"
  }
  expect 'the manual is built without a warning' manual_in_silence
  expect 'the manual is there' test -s "$build/doc/html/index.html"
}

# Layers, licences, style; the scripts of this folder.
part_lint() {
  full_build
  run_tests "$build" --suite lint
  for script in dev .ci/run .ci/*.sh; do
    expect "the shell understands $script" bash -n "$script"
  done
  expect_report 'a control is seen: a command that is not there' '^FAILED: each command is there' \
    bash -c '. .ci/common.sh; pass control; : $(no-such-command); finish'
}

# AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer. G_SLICE: what g_slice_free() gives back would
# otherwise stay invisible to them; a fault of any kind ends the test.
part_asan() {
  export G_SLICE=always-malloc
  export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
  export UBSAN_OPTIONS=print_stacktrace=1
  # fontconfig, which draws the text of charts, keeps what it has read.
  printf 'leak:libfontconfig\n' >"$scratch/leaks"
  export LSAN_OPTIONS=suppressions=$scratch/leaks:print_suppressions=0
  local flags=(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  local released=("${flags[@]}" -O1 -Iinclude -I_build-asan/include -L_build-asan/src "-Wl,-rpath,$PWD/_build-asan/src"
                  -lintern-glib-1)

  for fault in overflow use-after-free leak undefined; do
    control "$fault" memory "${flags[@]}" -O1 "-DCONTROL=\"$fault\""
    expect_report "a control is seen: $fault" 'ERROR: (Address|Leak)Sanitizer|runtime error' "$scratch/$fault"
  done
  configure _build-asan -Db_sanitize=address,undefined -Db_lundef=false "-Dc_args=${flags[*]:1}" "${plain[@]}" \
    -Ddebug_checks=true
  # With tiny tables a program reaches more of the code in less time. ./dev soak has the other ones, too.
  compile _build-asan \
    $(targets _build-asan '(src|tests/(unit|api|compat|faults|tool|fuzzing))/.*' | without_twins)
  # The memory of a dead string stays with the pool, and still no program may read it.
  control released released "${released[@]}"
  expect_report 'a control is seen: released' 'ERROR: AddressSanitizer: use-after-poison' "$scratch/released"
  control held released "${released[@]}" -DCONTROL_HELD
  expect 'the same program that reads it before is silent' "$scratch/held"
  run_tests _build-asan --timeout-multiplier 3 \
    $(tests_of _build-asan --suite unit --suite api --suite tool --suite fuzzing | without_twins)
}

# ThreadSanitizer, without one suppression: GLib is not instrumented, but the library's locks say what they do. The
# controls prove that races are seen under exactly these conditions. The compiler is that of CC.
part_tsan() {
  # Tests of fork() fork with threads running, on purpose.
  export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:die_after_fork=0
  # The threads of GTask wait for each other inside GLib. What they hand over says so to ThreadSanitizer; that GLib
  # itself frees what another thread has allocated must not count. A race in our own code is still seen.
  local tasks=(INTERN_TSAN_TASKS=1 "TSAN_OPTIONS=$TSAN_OPTIONS:ignore_noninstrumented_modules=1")
  local race='WARNING: ThreadSanitizer: data race' with_threads folder=_build-tsan${CC:+-$CC}
  local long=(--suite thorough --timeout-multiplier 10) beside_tasks=(api-pool-clear-threads{,-tiny}-thorough)

  for fault in OUTSIDE_LOCK PUBLISHED_RELAXED NO_RACE; do
    control "$fault" race -fsanitize=thread -O1 -Isrc "-DCONTROL_$fault"
  done
  expect_report 'a control is seen: OUTSIDE_LOCK' "$race" "$scratch/OUTSIDE_LOCK"
  expect_report 'a control is seen: PUBLISHED_RELAXED' "$race" "$scratch/PUBLISHED_RELAXED"
  expect_report 'a control is seen beside tasks' "$race" env "${tasks[@]}" "$scratch/OUTSIDE_LOCK"
  expect 'the same program without a race is silent' "$scratch/NO_RACE"

  # The others cannot race.
  with_threads=$(grep -liE 'thread|async' tests/unit/*/test-*.c tests/api/test-*.c |
                 sed -E 's,.*/test-(.*)\.c,\1,' | paste -s -d '|')
  configure "$folder" -Db_sanitize=thread -Db_lundef=false "${plain[@]}" -Dtool=disabled
  compile "$folder" $(targets "$folder" "tests/(unit|api)/test-($with_threads)(-tiny)?")
  run_tests "$folder" --timeout-multiplier 10 --repeat "${INTERN_TSAN_REPEATS:-1}" \
    $(tests_of "$folder" --suite unit --suite api | grep -xE "(unit|api)-($with_threads)(-tiny)?")
  INTERN_TSAN_TASKS=1 TSAN_OPTIONS=${tasks[1]#*=} run_tests "$folder" --suite api --timeout-multiplier 10 \
    api-{matrix,pool-{clear-threads,files,handlers,layers}}{,-tiny}
  # Code without locks gets more time, in which threads contend for the same strings. Six tests of each size share it.
  export INTERN_SOAK_SECONDS=$((${INTERN_TSAN_SECONDS:-60} / 6))
  run_tests "$folder" "${long[@]}" api-pool-{references-threads,threads,unique}{,-tiny}-thorough
  say_counts "$folder"
  [ -z "${INTERN_TSAN_SECONDS:-}" ] || beside_tasks+=(api-matrix{,-tiny}-thorough)
  INTERN_TSAN_TASKS=1 TSAN_OPTIONS=${tasks[1]#*=} run_tests "$folder" "${long[@]}" "${beside_tasks[@]}"
  say_counts "$folder"
}

# Memcheck, with the suppressions that GLib ships and the library's own (tests/intern.supp). What AddressSanitizer does
# not see is values that were never set. So the API in its real size is enough, but for ./dev soak.
part_valgrind() {
  export G_SLICE=always-malloc
  local chosen=("${api_tests[@]/#/api-}")
  [ -z "${INTERN_VALGRIND_ALL:-}" ] || chosen=(--suite unit --suite api --suite fuzzing --suite headers)
  memcheck() {
    valgrind --quiet --error-exitcode=1 --leak-check=full --suppressions=tests/intern.supp \
      --suppressions=/usr/share/glib-2.0/valgrind/glib.supp "$@"
  }
  for fault in overflow use-after-free leak; do
    control "$fault" memory -O0 "-DCONTROL=\"$fault\""
    expect_report "a control is seen: $fault" 'Invalid (read|write)|definitely lost' memcheck "$scratch/$fault"
  done
  full_build
  run_tests "$build" --setup valgrind --no-suite no-valgrind "${chosen[@]}"
}

# build_targets BUILD FLAGS: the fuzz targets with the sanitizers, on the library with tiny tables and its own checks.
build_targets() {
  configure "$1" -Db_sanitize=address,undefined -Db_lundef=false -Dtest_sizes=true -Ddebug_checks=true \
    "-Dc_args=$2 -fno-sanitize-recover=all -fno-omit-frame-pointer" "${plain[@]}"
  compile "$1" $(printf 'tests/fuzzing/%s-engine ' $(fuzz_targets))
}

# say_inputs TARGET...: how many inputs they have tried in all, and how long a thousand million would take.
say_inputs() {
  awk -v seconds="$seconds" '/^said: .* inputs$/ { n += $(NF - 1) }
    END { printf "said: %d inputs in all; a thousand million would take %.0f hours\n", n, 1e9 / n * seconds / 3600 }' \
    $(printf "$scratch/%s.printed " "$@")
}

fuzz_targets() {
  basename -s .c tests/fuzzing/fuzz-*.c
}

# clang's libFuzzer.
part_fuzz() {
  local seconds=${INTERN_FUZZ_SECONDS:-20} name
  export CC=clang CXX=clang++ G_SLICE=always-malloc
  # enough_inputs FILE LEAST: the engine, which wrote the file, has tried so many. It leaves with success also where it
  # has tried none.
  enough_inputs() {
    local tried
    tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$1")
    echo "${tried:-0} inputs"
    [ "${tried:-0}" -ge "$2" ]
  }
  # An engine that finds nothing must be one that could.
  clang -fsanitize=fuzzer,address -g -o "$scratch/control" .ci/controls/fuzz.c
  expect_report 'a control is found' 'ERROR: AddressSanitizer: heap-buffer-overflow' \
    "$scratch/control" -max_total_time=60 -artifact_prefix="$scratch/"
  "$scratch/control" -runs=1 -print_final_stats=1 >"$scratch/one" 2>&1 || true
  expect_report 'a control is seen: a run that tried one input' '^[12] inputs' enough_inputs "$scratch/one" 1000
  build_targets _build-fuzz -fsanitize=fuzzer-no-link
  fuzz() {
    mkdir -p "_build-fuzz/$1.corpus"
    expect "$1 for $seconds s" "_build-fuzz/tests/fuzzing/$1-engine" -max_total_time="$seconds" -timeout=5 \
      -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="_build-fuzz/$1-" "_build-fuzz/$1.corpus" \
      "tests/fuzzing/$1.corpus"
    cp "$scratch/output" "$scratch/engine"
    # The slowest target tries some hundreds a second, even beside the others.
    expect "$1 has tried enough" enough_inputs "$scratch/engine" $((100 * seconds))
    sed "s/^/said: $1 /" "$scratch/output"
  }
  for name in $(fuzz_targets); do
    aside "$name" fuzz "$name"
  done
  gather $(fuzz_targets)
  say_inputs $(fuzz_targets)
}

# AFL++, a second engine, which makes its inputs in another way. Part of ./dev soak.
part_afl() {
  local seconds=${INTERN_FUZZ_SECONDS:-60} name
  export CC=afl-clang-fast CXX=afl-clang-fast++ G_SLICE=always-malloc AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_SKIP_CPUFREQ=1
  # Where the system keeps no core: the engine watches the process itself.
  export AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_STARTUP_CALIBRATION=1
  if ! .ci/install.sh afl; then
    echo 'AFL++ cannot be installed: see above.'
    skipped=1
    return
  fi
  # finds_nothing FOLDER SECONDS PROGRAM CORPUS LEAST: of at least so many inputs. What it finds is in the folder.
  finds_nothing() {
    rm -rf "$1"
    afl-fuzz -V "$2" -t 5000 -m none -i "$4" -o "$1" -- "$3" >"$1.log" 2>&1 || tail -n 20 "$1.log"
    awk -v least="$5" '
      $1 ~ /^(execs_done|saved_crashes|saved_hangs)$/ { print; n[$1] = $3 }
      END { exit n["saved_crashes"] + n["saved_hangs"] > 0 || n["execs_done"] < least }' "$1/default/fuzzer_stats"
  }
  hunt() {
    expect "$1 for $seconds s" finds_nothing "_build-afl/$1.found" "$seconds" "_build-afl/tests/fuzzing/$1-engine" \
      "tests/fuzzing/$1.corpus" $((20 * seconds))
    sed -n "s/^execs_done *: *\(.*\)/said: $1 \1 inputs/p" "$scratch/output"
  }
  mkdir "$scratch/corpus"
  echo x >"$scratch/corpus/x"
  quietly afl-clang-fast -fsanitize=fuzzer,address -o "$scratch/control" .ci/controls/fuzz.c
  AFL_BENCH_UNTIL_CRASH=1 expect_report 'a control is found' 'saved_crashes *: [1-9]' \
    finds_nothing "$scratch/found" 60 "$scratch/control" "$scratch/corpus" 1
  build_targets _build-afl ''
  expect_report 'a control is seen: too few inputs' 'saved_crashes *: 0' \
    finds_nothing "$scratch/found" 1 _build-afl/tests/fuzzing/fuzz-text-engine tests/fuzzing/fuzz-text.corpus 1000000000
  for name in $(fuzz_targets); do
    aside "$name" hunt "$name"
  done
  gather $(fuzz_targets)
  say_inputs $(fuzz_targets)
}

# Which lines and branches of the library the tests reach: see tests/coverage/report.py. Part of ./dev soak.
part_coverage() {
  local needed
  # Threads count in the same counters. In unity it builds in less time.
  configure _build-coverage -Db_coverage=true -Dbuildtype=debug -Dc_args=-fprofile-update=atomic --unity=on \
    "${plain[@]}"
  # Neither models nor benchmarks, which these suites do not need.
  mapfile -t needed < <(ninja -C _build-coverage -t targets all |
    sed -nE 's,^((src|src/tool|src/profile|tests/(unit|api|compat|faults|tool))/[^/:]+): .*,\1,p')
  compile _build-coverage "${needed[@]}"
  find _build-coverage -name '*.gcda' -delete
  run_tests _build-coverage --suite unit --suite api --suite tool --timeout-multiplier 3
  expect_report 'a control is seen: no line has a reason' 'is not reached, and has no reason' \
    tests/coverage/report.py --reasons /dev/null _build-coverage
  printf '[[group]]\nreason = ""\n[group.lines]\n"src/base/counters.c" = ["get_stripes: return stripes;"]\n' \
    >"$scratch/reached"
  expect_report 'a control is seen: a reason for a line that is reached' 'this line is reached.*return stripes' \
    tests/coverage/report.py --reasons "$scratch/reached" _build-coverage
  tests/coverage/report.py _build-coverage >"$scratch/coverage" 2>&1 || true
  sed '$d' "$scratch/coverage"
  sed -n 's/^lines /said: &/p' "$scratch/coverage"
  add_counts "$scratch/coverage" coverage
}

# The long forms of tests whose names match a pattern of Perl. Parts of ./dev soak.
part_thorough() {
  local names
  full_build
  mapfile -t names < <(meson test -C "$build" --no-rebuild --list --setup thorough --suite thorough | sed 's,.* / ,,' |
    grep -P -- "${INTERN_THOROUGH:-.}")
  expect 'there are such tests' test "${#names[@]}" -gt 0
  run_tests "$build" --setup thorough --suite thorough --timeout-multiplier 20 "${names[@]}"
  say_counts "$build"
}

# say_counts BUILD: what its tests have counted, for the manual's table.
say_counts() {
  .ci/said.py "$1"/meson-logs/testlog-"$part"*.txt
}

# Whether there are ever two equal strings while strings die and come back, for a long time: eight threads on few
# strings, with tiny tables.
part_unique() {
  full_build
  INTERN_SOAK_SECONDS=${INTERN_UNIQUE_SECONDS:-60} run_tests "$build" --setup thorough --suite thorough \
    --timeout-multiplier 10 api-pool-unique-tiny-thorough
  say_counts "$build"
}

# names_of_tests BUILD SUITE...: the tests of these suites, without the long ones.
names_of_tests() {
  meson introspect --tests "$1" | /usr/bin/python3 -c 'import json, sys
for test in json.load(sys.stdin):
    suites = {suite.split(":")[-1] for suite in test["suite"]}
    if suites & set(sys.argv[1:]) and "thorough" not in suites:
        print(test["name"])' "${@:2}"
}

# Every program of the tests many times, in another order and with another number of processes each time. A test that
# sometimes fails is a fault, of the library or of the test. Part of ./dev soak.
part_flakes() {
  local rounds=${INTERN_FLAKE_ROUNDS:-50} names round
  full_build
  mapfile -t names < <(names_of_tests "$build" unit api tool)
  expect 'there are programs to run' test "${#names[@]}" -gt 50
  for ((round = 1; round <= rounds; round++)); do
    while read -ra chosen; do
      jobs=$((RANDOM % 8 + 1)) run_tests "$build" --timeout-multiplier 3 "${chosen[@]}" </dev/null
    done < <(shuf -e "${names[@]}" | xargs -n 12)
    [ "$failed" -eq 0 ] || break
  done
  echo "said: $((round - 1)) rounds of ${#names[@]} programs"
}

# Bugs that are planted in a copy of the sources, each to be caught by the tests. An hour and more: neither ./dev check
# nor .ci/run runs it by itself.
part_mutants() {
  /usr/bin/python3 tests/mutants/run.py _build-mutants --results _build-mutants/results.json 2>&1 |
    tee "$scratch/mutants" || true
  sed -n 's/^[0-9]* of [0-9]* caught.*[^0-9]/said: &/p' "$scratch/mutants"
  add_counts "$scratch/mutants" mutants
}

# The whole library with tables and blocks so small that each way to grow is taken all the time, under the tool and the
# bindings; the tests in C have twins that do so everywhere. Built without one warning of gcc.
part_tiny() {
  expect_warning gcc
  configure _build-tiny -Dwerror=true -Dtest_sizes=true -Ddebug_checks=true -Dgtk_doc=false -Dintrospection=enabled \
    -Dvapi=enabled
  compile _build-tiny $(targets _build-tiny '(src|introspection|tests/(tool|faults|bindings)|doc/examples)/.*')
  run_tests _build-tiny --suite tool --suite bindings --suite examples
}

# The library without its read cache: slower, and nothing else may change. Built without one warning of clang.
part_nocache() {
  export CC=clang CXX=clang++
  expect_warning clang
  configure _build-nocache -Dwerror=true -Dread_cache=false "${plain[@]}"
  compile _build-nocache
  run_tests _build-nocache --suite unit --suite api --suite fuzzing
}

# The archive of a release has every file that is committed. Packages are built from it (part trixie).
part_dist() {
  if ! git rev-parse --git-dir >/dev/null 2>&1; then
    echo 'This is not a Git checkout: there is nothing to make an archive from.'
    skipped=1
    return
  fi
  clean() {
    git status --porcelain
    [ -z "$(git status --porcelain)" ]
  }
  expect 'everything is committed' clean
  configure _build-dist "${plain[@]}" -Dtests=disabled
  rm -rf _build-dist/meson-dist
  expect 'meson dist' meson dist -C _build-dist --allow-dirty --no-tests --formats gztar
  tar -t -f _build-dist/meson-dist/*.tar.gz | sed -n 's|^[^/]*/||; /[^/]$/p' | sort >"$scratch/archived"
  expect 'the archive has what is committed, and nothing else' diff <(git ls-files | sort) "$scratch/archived"
}

# What five analysers find without running anything; nothing is suppressed here. A suppression is a comment in the
# source, with its reason.
part_static() {
  local includes=(-I_build-static -I_build-static/include -Iinclude -Isrc) flags
  read -ra flags <<<"$(pkg-config --cflags gio-2.0 libxxhash)"
  flags+=(-std=gnu11 -O2 -DINTERN_COMPILATION -DG_LOG_DOMAIN=\"Intern\" "${includes[@]}")
  # As the tool and the profiler are built.
  flags+=(-D_GNU_SOURCE= -DPROFILE_LIBRARY=\"/\" -DPROFILE_FOLDER=\"/\")
  analyse_cppcheck() {
    cppcheck --quiet --enable=warning,performance,portability --library=gtk --inline-suppr --error-exitcode=1 \
      --suppress=unknownMacro "${includes[@]}" "$1"
  }
  analyse_gcc() {
    gcc "${flags[@]}" -fanalyzer -Werror -c -o /dev/null "$1"
  }
  analyse_clang() {
    # It does not know that g_autofree frees, so leaks are left to gcc and to the runs under sanitizers. clang leaves
    # with success whatever it has found.
    clang "${flags[@]}" --analyze -Xclang -analyzer-disable-checker=unix.Malloc \
      -Xanalyzer -analyzer-output=text "$1" >"$scratch/report" 2>&1
    cat "$scratch/report"
    ! grep -qE '(warning|error):' "$scratch/report"
  }
  analyse_sparse() {
    sparse -Wsparse-error "${flags[@]}" "$1"
  }
  # Checks of clang-tidy that Debian 12 has: a later version brings new ones. Not among them: parameters that could be
  # swapped, since each copy of bytes has two; products of constants that are converted, as in base/sizes.h; sizeof a
  # pointer, as in g_clear_pointer(); memcmp() of structs, since those of statistics are cleared with their padding;
  # what gcc says with -Wconversion; names such as _GNU_SOURCE; macros that are names or lists; C++; and the analyzer of
  # clang, which runs by itself.
  local tidy=(argument-comment assert-side-effect bad-signal-to-kill-thread branch-clone incorrect-roundings
              infinite-loop macro-repeated-side-effects
              misplaced-operator-in-strlen-in-alloc misplaced-pointer-arithmetic-in-alloc misplaced-widening-cast
              multiple-statement-macro not-null-terminated-result posix-return redundant-branch-condition
              signal-handler signed-char-misuse spuriously-wake-up-functions
              suspicious-enum-usage suspicious-include suspicious-memset-usage suspicious-missing-comma
              suspicious-semicolon suspicious-string-compare swapped-arguments terminating-continue
              too-small-loop-variable unused-return-value)
  analyse_tidy() {
    clang-tidy --quiet --warnings-as-errors='*' "--checks=-*$(printf ',bugprone-%s' "${tidy[@]}")" "$1" -- \
      "${flags[@]}"
  }
  printf '#include <string.h>\nint f (const char *a);\nint f (const char *a) { return strcmp (a, "b") == 2; }\n' \
    >"$scratch/tidy.c"
  expect_report 'clang-tidy sees a control' 'bugprone-suspicious-string-compare' analyse_tidy "$scratch/tidy.c"
  printf 'extern int *control;\nint *control = 0;\n' >"$scratch/sparse.c"
  expect_report 'sparse sees a control' 'plain integer as NULL' analyse_sparse "$scratch/sparse.c"
  expect_report 'cppcheck sees a control' 'deallocuse|derefInvalid|after' analyse_cppcheck .ci/controls/static.c
  expect_report 'gcc sees a control' 'use-after-free' analyse_gcc .ci/controls/static.c
  expect_report 'clang sees a control' 'Dereference of null pointer' analyse_clang .ci/controls/static.c
  build_without_optimisation() {
    configure _build-static -Dwerror=true -Dbuildtype=debug "${plain[@]}" -Dtests=disabled && compile _build-static
  }
  expect 'gcc has no warning to give without optimisation' build_without_optimisation
  analyse_all() {
    for source in src/*/*.c; do
      # cppcheck and gcc take malloc() for that of the C library, also where it is written.
      [[ $1 != cppcheck && $1 != gcc || $source != src/profile/interpose.c ]] || continue
      # sparse does not know what the tool and the profiler ask of compiler and linker, nor G_DEFINE_BOXED_TYPE().
      [[ $1 != sparse || ! $source =~ ^src/(tool|profile|pool/intern-pool-stats.c) ]] || continue
      expect "$1: $source" "analyse_$1" "$source"
    done
  }
  for analyser in cppcheck gcc clang sparse tidy; do
    aside "$analyser" analyse_all "$analyser"
  done
  gather cppcheck gcc clang sparse tidy
}

# Built as distributions build it: the library still works, and has what hardening asks for.
part_hardening() {
  local library=_build-hardening/src/libintern-glib-1.so.0 tool=_build-hardening/src/tool/intern-pool sysprof
  sysprof=$(sysprof_feature)
  if [ "$sysprof" = disabled ]; then
    echo 'skipped: marks and counters for sysprof, since pkg-config finds no sysprof-capture-4'
    skipped=$((skipped + 1))
  fi
  configure _build-hardening -Dwerror=true -Dbuildtype=release -Db_pie=true "${plain[@]}" -Dusdt=enabled \
    "-Dsysprof=$sysprof" \
    '-Dc_args=-D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fcf-protection' \
    '-Dc_link_args=-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack'
  compile _build-hardening
  for binary in "$library" "$tool"; do
    name=$(basename "$binary")
    expect "$name: read-only relocations" elf_has "$binary" --program-headers GNU_RELRO
    expect "$name: bound at once" elf_has "$binary" --dynamic 'FLAGS_1.*NOW'
    expect "$name: no executable stack" elf_lacks "$binary" --program-headers 'GNU_STACK.* RWE '
    expect "$name: no relocations in the code" elf_lacks "$binary" --dynamic TEXTREL
    expect "$name: stack protector" elf_has "$binary" --syms __stack_chk_fail
    # The flag alone does nothing without optimisation, or where another definition precedes it.
    expect "$name: functions that check the size of a buffer" elf_has "$binary" --dyn-syms ' __[a-z]+_chk@'
  done
  expect 'intern-pool: position-independent' elf_has "$tool" --dynamic 'FLAGS_1.*PIE'
  expect 'libintern-glib-1.so.0: stays after dlclose()' elf_has "$library" --dynamic 'FLAGS_1.*NODELETE'
  expect 'a control: a flag that there is not' elf_lacks "$library" --dynamic 'FLAGS_1.*NO_SUCH_FLAG'
  # Also that the probes, marks and counters are there.
  run_tests _build-hardening --suite api --suite abi
}

# A program that was built with the last release runs with this library: what is exported, and the layout of public
# types, stay. More may be added.
part_abi() {
  local last glib=()
  for change in NOTHING ADDED HIDDEN REMOVED PARAMETER LAYOUT; do
    control "$change" abi -shared -fPIC "-DCONTROL_$change"
  done
  # Only what public headers define counts, with those of GLib: a guint64 that becomes a guint32 is a change of these.
  for folder in $(pkg-config --cflags-only-I glib-2.0); do
    glib+=(--headers-dir1 "${folder#-I}" --headers-dir2 "${folder#-I}")
  done
  # compare FOLDER LIBRARY FOLDER LIBRARY: each with the folder of its public headers.
  compare() {
    abidiff --no-added-syms --drop-private-types --headers-dir1 "$1" --headers-dir2 "$3" "${glib[@]}" "$2" "$4"
  }
  compare_control() {
    compare .ci/controls "$scratch/NOTHING" .ci/controls "$scratch/$1"
  }
  expect_report 'a control is seen: a function is removed' 'control_last' compare_control REMOVED
  expect_report 'a control is seen: a parameter has another type' 'control_kept' compare_control PARAMETER
  expect_report 'a control is seen: a public structure has another layout' 'control_open' compare_control LAYOUT
  expect 'a function may be added' compare_control ADDED
  expect 'a private structure may change' compare_control HIDDEN

  if ! last=$(git describe --tags --abbrev=0 --match '[0-9]*' 2>/dev/null); then
    echo 'skipped: there is no tag of a release to compare with.'
    skipped=1
    return
  fi
  mkdir "$scratch/last"
  git archive "$last" | tar -x -C "$scratch/last"
  build_library() {
    configure "$1" "${plain[@]}" -Dtests=disabled -Dtool=disabled && compile "$1"
  }
  build_last() (
    cd "$scratch/last" && build_library _build
  )
  expect "$last builds" build_last
  build_library _build-abi
  expect "programs that were built with $last run with this library" \
    compare "$scratch/last/include" "$scratch/last/_build/src/libintern-glib-1.so" \
    include _build-abi/src/libintern-glib-1.so
}

# targets BUILD PATTERN: the programs, libraries and other files whose names match, objects apart.
targets() {
  ninja -C "$1" -t targets all | sed -nE "s,^($2): .*,\1,p" | grep -v '\.o$'
}

# tests_of BUILD OPTION...: the names of the tests that meson test would run.
tests_of() {
  meson test -C "$1" --no-rebuild --list --no-suite thorough "${@:2}" | sed 's,.* / ,,'
}

# Names, less those of tests whose twin with tiny tables is among them.
without_twins() {
  [ -z "${INTERN_BOTH_SIZES:-}" ] || exec cat
  awk '{ names[$0] } END { for (name in names) if (!((name "-tiny") in names)) print name }'
}

# elf_has FILE OPTION PATTERN, elf_lacks FILE OPTION PATTERN: a file that cannot be read has and lacks nothing.
elf_has() {
  readelf --wide "$2" "$1" >"$scratch/elf" && grep -E -- "$3" "$scratch/elf"
}

elf_lacks() {
  readelf --wide "$2" "$1" >"$scratch/elf" && ! grep -E -- "$3" "$scratch/elf"
}

# 32 bits, on a machine with 64. Other architectures have no such libraries.
part_i386() {
  if [ "$(dpkg --print-architecture)" != amd64 ]; then
    echo 'This machine is not amd64: it runs no 32-bit programs.'
    skipped=1
    return
  fi
  if ! .ci/install.sh i386; then
    echo 'The 32-bit packages cannot be installed beside those of this system. Each must have the version of the' \
      'package for amd64: update the lists of packages and upgrade, or use a new system.'
    skipped=1
    return
  fi
  # gcc 14 takes a pointer that GLib 2.84 has inlined for NULL.
  configure _build-i386 --native-file .ci/i386.ini -Dwerror=true -Dc_args=-Wno-error=null-dereference "${plain[@]}"
  compile _build-i386 $(targets _build-i386 '(src|tests/(unit|api|compat|tool|fuzzing))/.*')
  expect 'the library has 32 bits' elf_has _build-i386/src/libintern-glib-1.so.0 --file-header 'Class: *ELF32'
  run_tests _build-i386 --suite unit --suite api --suite tool --suite fuzzing
  # A processor that cannot count in 64 bits: the first 386. Meson or, from version 16 on, gcc links the library.
  configure _build-i386-atomic --native-file .ci/i386.ini -Dc_args=-march=i386 "${plain[@]}" -Dtests=disabled
  compile _build-i386-atomic src/libintern-glib-1.so.0.1.0
  expect 'libatomic is linked where it is needed' \
    elf_has _build-i386-atomic/src/libintern-glib-1.so.0.1.0 --dynamic 'NEEDED.*libatomic'
  expect 'libatomic is not linked where it is not' \
    elf_lacks _build-i386/src/libintern-glib-1.so.0 --dynamic 'NEEDED.*libatomic'
}

# 64 bits and big-endian, in an emulator, which is ten times as slow. Part of ./dev soak.
part_s390x() {
  local root=$PWD/_build-s390x-root library=_build-s390x/src/libintern-glib-1.so.0 golden=$scratch/golden names
  # The emulator limits no address space, as api-pool-memory wants it, and what the process holds, which api-pool-trim
  # measures, is its own. compat-glib loads the library into a program of this machine.
  local left_out='^(api-pool-(memory|trim)(-tiny)?|compat-glib)$'
  if ! .ci/install.sh s390x || ! .ci/sysroot.sh s390x "$root" libglib2.0-dev libxxhash-dev; then
    echo 'The cross compiler, the emulator or the libraries for s390x cannot be had: see above.'
    skipped=1
    return
  fi
  printf "[constants]\nsource = '%s'\nroot = '%s'\n" "$PWD" "$root" >"$root/meson.ini"
  export QEMU_LD_PREFIX=$root
  configure _build-s390x --cross-file "$root/meson.ini" --cross-file .ci/s390x.ini -Dwerror=true "${plain[@]}"
  compile _build-s390x $(targets _build-s390x 'src/[^/]*|tests/(unit|api|compat|faults)/.*')
  expect 'the library is of s390x' elf_has "$library" --file-header 'Machine: *IBM S/390'
  expect 'its numbers are big-endian' elf_has "$library" --file-header 'Data: .*big endian'
  mkdir "$golden"
  expect 'snapshots are written' .ci/emulate _build-s390x/tests/unit/test-reader --write-golden "$golden"
  expect 'with the same bytes as on a little-endian machine' diff -r tests/data "$golden"
  mapfile -t names < <(names_of_tests _build-s390x unit api | grep -Ev "$left_out")
  expect 'there are programs to run' test "${#names[@]}" -gt 50
  INTERN_ORACLE_STEPS=${INTERN_ORACLE_STEPS:-20000} run_tests _build-s390x --timeout-multiplier 10 "${names[@]}"
}

# What distributions and other systems build: each without a warning, and the library works.
part_portability() {
  local prefix=$scratch/prefix pkg_config library=libintern-glib-1
  # build_api BUILD OPTION...: the library as it is installed, and the tests of its API.
  build_api() {
    configure "$1" -Dwerror=true -Ddebug=false "${plain[@]}" -Dtool=disabled "${@:2}" &&
    compile "$1" $(targets "$1" 'src/[^/]*') $(printf 'tests/api/test-%s ' "${api_tests[@]}")
  }
  # musl loads no library with variables of the model initial-exec, which is what the GNU C library gets.
  musl_loads() {
    musl-gcc -DCONTROL_PROGRAM -o "$scratch/load" .ci/controls/tls.c &&
    musl-gcc -shared -fPIC -Isrc -o "$scratch/tls.so" .ci/controls/tls.c "$@" && "$scratch/load" "$scratch/tls.so"
  }
  expect 'musl loads a library with variables of a thread' musl_loads
  expect_report 'a control: musl refuses those for the GNU C library' 'initial-exec' musl_loads -D__GLIBC__
  gcc -shared -fPIC -Isrc -o "$scratch/tls.so" .ci/controls/tls.c
  expect 'a control: readelf shows initial-exec' elf_has "$scratch/tls.so" --dynamic STATIC_TLS

  expect 'both libraries, LTO, NDEBUG, the general TLS model: no warning' build_api _build-portable-both \
    -Ddefault_library=both -Db_lto=true -Db_ndebug=true -Dc_args=-DINTERN_GENERAL_TLS
  expect 'both libraries are there' ls _build-portable-both/src/$library.{so,a}
  expect 'every C library can load it by dlopen()' elf_lacks _build-portable-both/src/$library.so --dynamic STATIC_TLS
  expect 'its variables of a thread are fewer than 64 bytes, as there is little room for them' elf_has \
    _build-portable-both/src/$library.so --program-headers 'TLS( +0x[0-9a-f]+){4} +0x0000[0-3][0-9a-f] '
  run_tests _build-portable-both "${api_tests[@]/#/api-}"

  expect 'a static library, in unity: no warning' build_api _build-portable-static \
    -Ddefault_library=static --unity=on --prefix="$prefix" --libdir=lib
  run_tests _build-portable-static "${api_tests[@]/#/api-}"
  quietly meson install -C _build-portable-static --no-rebuild
  expect 'no shared library is installed' test "$(ls "$prefix"/lib/$library*)" = "$prefix/lib/$library.a"
  pkg_config=$(PKG_CONFIG_PATH=$prefix/lib/pkgconfig pkg-config --static --cflags --libs intern-glib-1)
  expect 'a program is linked with what was installed' \
    gcc doc/examples/word-count.c -o "$scratch/static" $pkg_config
  expect 'it needs no shared library of ours' elf_lacks "$scratch/static" --dynamic 'NEEDED.*intern'
  expect 'and runs' "$scratch/static" COPYING

  # A system that has none of the functions that Meson looks for.
  poor_system() {
    printf '#define PACKAGE_VERSION "0"\n#define GETTEXT_PACKAGE "x"\n' >"$scratch/config.h"
    gcc -fsyntax-only -std=gnu11 -Wall -Wextra -Wundef -Wno-unused-parameter -Werror -DINTERN_COMPILATION \
      -DG_LOG_DOMAIN=\"Intern\" "-I$scratch" -Iinclude -I_build-portable-both/include -Isrc \
      $(pkg-config --cflags gio-2.0 libxxhash) "$@"
  }
  # The profiler is for the GNU C library, and left out elsewhere.
  expect 'no file needs a function that a system may lack' poor_system $(printf '%s\n' src/*/*.c | grep -v profile)
  printf '#if HAVE_BACKTRACE\n#endif\nint f (void);\n' >"$scratch/undefined.c"
  expect_report 'a control: a name that is not defined' 'Werror=undef' poor_system "$scratch/undefined.c"
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which sanitizer a test runs under: some things cannot be seen, or not done, there. */

#pragma once

#if defined(__SANITIZE_THREAD__)
# define ON_TSAN 1
#elif defined(__has_feature)
# if __has_feature(thread_sanitizer)
#  define ON_TSAN 1
# endif
#endif

#if defined(__SANITIZE_ADDRESS__)
# define ON_ASAN 1
#elif defined(__has_feature)
# if __has_feature(address_sanitizer)
#  define ON_ASAN 1
# endif
#endif

#ifndef ON_TSAN
# define ON_TSAN 0
#endif
#ifndef ON_ASAN
# define ON_ASAN 0
#endif

/* Whether malloc() is not that of the C library. */
#define ON_OTHER_HEAP (ON_ASAN || ON_TSAN)

/* Whether a test that uses the threads of GTask must be skipped: under ThreadSanitizer it runs by
 * itself, with options that do not look into GLib. See part_tsan() in .ci/parts.sh. */
#define TASKS_ARE_HIDDEN (ON_TSAN && g_getenv ("INTERN_TSAN_TASKS") == NULL)

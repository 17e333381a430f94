/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the two reports of intern-pool stat share: one of strings, one of the columns of a table. */

#pragma once

#include <glib.h>

#include "command.h"
#include "input.h"

Status stat_read_files  (const Options *options,
                         Reading       *reading,
                         InputFunc      func,
                         gpointer       user_data,
                         guint         *n_read);
Status stat_run_columns (const Options *options);

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Written by matrix.py: a function for each public call. */

#pragma once

static void
call_intern_error_quark (World *world)
{
  intern_error_quark ();
}

static void
call_intern_get_major_version (World *world)
{
  intern_get_major_version ();
}

static void
call_intern_get_micro_version (World *world)
{
  intern_get_micro_version ();
}

static void
call_intern_get_minor_version (World *world)
{
  intern_get_minor_version ();
}

static void
call_intern_pool_acquire (World *world)
{
  const char *result;

  result = intern_pool_acquire (world->pool, random_word (world));
  see (result);
  if (result != NULL)
    intern_pool_release (world->pool, result);
}

static void
call_intern_pool_acquire_interned (World *world)
{
  const char *interned = interned_word (world);
  const char *result;

  if (interned == NULL)
    return;

  result = intern_pool_acquire_interned (world->pool, interned);
  see (result);
  if (result != NULL)
    intern_pool_release (world->pool, result);
}

static void
call_intern_pool_acquire_len (World *world)
{
  const char *result;

  result = intern_pool_acquire_len (world->pool, random_word (world), -1);
  see (result);
  if (result != NULL)
    intern_pool_release (world->pool, result);
}

static void
call_intern_pool_add_hits (World *world)
{
  intern_pool_add_hits (world->pool, 1, 1);
}

static void
call_intern_pool_atom_from_bytes (World *world)
{
  g_autoptr (GError) error = NULL;

  intern_pool_atom_from_bytes (world->pool, world->text, &error);
  check_error (error);
}

static void
call_intern_pool_atom_from_string (World *world)
{
  intern_pool_atom_from_string (world->pool, random_word (world));
}

static void
call_intern_pool_atom_from_string_len (World *world)
{
  intern_pool_atom_from_string_len (world->pool, random_word (world), -1);
}

static void
call_intern_pool_atom_to_bytes (World *world)
{
  GBytes *result;

  result = intern_pool_atom_to_bytes (world->pool, random_atom (world));
  g_clear_pointer (&result, g_bytes_unref);
}

static void
call_intern_pool_atom_to_string (World *world)
{
  const char *result;

  result = intern_pool_atom_to_string (world->pool, random_atom (world));
  see (result);
}

static void
call_intern_pool_clear (World *world)
{
  intern_pool_clear (world->own);
}

static void
call_intern_pool_contains (World *world)
{
  intern_pool_contains (world->pool, random_word (world));
}

static void
call_intern_pool_contains_bytes (World *world)
{
  intern_pool_contains_bytes (world->pool, world->text);
}

static void
call_intern_pool_decode (World *world)
{
  g_autoptr (GError) error = NULL;
  char **result;

  result = intern_pool_decode (world->pool, some_atoms, G_N_ELEMENTS (some_atoms), &error);
  check_error (error);
  free_decoded (result);
}

static void
call_intern_pool_decode_delimited (World *world)
{
  g_autoptr (GError) error = NULL;
  GBytes *result;

  result = intern_pool_decode_delimited (world->pool, world->atoms, '\n', &error);
  check_error (error);
  g_clear_pointer (&result, g_bytes_unref);
}

static void
call_intern_pool_dup_strings (World *world)
{
  char **result;

  result = intern_pool_dup_strings (world->pool);
  g_clear_pointer (&result, g_strfreev);
}

static void
call_intern_pool_encode (World *world)
{
  gsize n_atoms;
  g_autoptr (GError) error = NULL;
  guint32 *result;

  result = intern_pool_encode (world->pool, words, -1, &n_atoms, &error);
  check_error (error);
  g_clear_pointer (&result, g_free);
}

static void
call_intern_pool_encode_delimited (World *world)
{
  g_autoptr (GError) error = NULL;
  GBytes *result;

  result = intern_pool_encode_delimited (world->pool, world->text, '\n', &error);
  check_error (error);
  g_clear_pointer (&result, g_bytes_unref);
}

static void
call_intern_pool_ensure_data (World *world)
{
  const char *interned = interned_word (world);

  if (interned == NULL)
    return;

  intern_pool_ensure_data (world->pool,
                           interned,
                           random_below (world, N_DATA),
                           make_data,
                           NULL);
}

static void
call_intern_pool_foreach (World *world)
{
  intern_pool_foreach (world->pool, see_string, NULL);
}

static void
call_intern_pool_foreach_bytes (World *world)
{
  intern_pool_foreach_bytes (world->pool, see_bytes, NULL);
}

static void
call_intern_pool_freeze (World *world)
{
  intern_pool_freeze (g_steal_pointer (&world->own_frozen));
}

static void
call_intern_pool_get_atom (World *world)
{
  const char *interned = interned_word (world);

  if (interned == NULL)
    return;

  intern_pool_get_atom (world->pool, interned);
}

static void
call_intern_pool_get_data (World *world)
{
  const char *interned = interned_word (world);

  if (interned == NULL)
    return;

  intern_pool_get_data (world->pool, interned, random_below (world, N_DATA));
}

static void
call_intern_pool_get_default (World *world)
{
  intern_pool_get_default ();
}

static void
call_intern_pool_get_emit_added (World *world)
{
  intern_pool_get_emit_added (world->pool);
}

static void
call_intern_pool_get_length (World *world)
{
  const char *interned = interned_word (world);

  if (interned == NULL)
    return;

  intern_pool_get_length (world->pool, interned);
}

static void
call_intern_pool_get_max_bytes (World *world)
{
  intern_pool_get_max_bytes (world->pool);
}

static void
call_intern_pool_get_max_strings (World *world)
{
  intern_pool_get_max_strings (world->pool);
}

static void
call_intern_pool_get_n_data (World *world)
{
  intern_pool_get_n_data (world->pool);
}

static void
call_intern_pool_get_n_strings (World *world)
{
  intern_pool_get_n_strings (world->pool);
}

static void
call_intern_pool_get_ref_count (World *world)
{
  const char *interned = interned_word (world);

  if (interned == NULL)
    return;

  intern_pool_get_ref_count (world->pool, interned);
}

static void
call_intern_pool_get_stats (World *world)
{
  InternPoolStats stats;

  intern_pool_get_stats (world->pool, &stats);
}

static void
call_intern_pool_get_stats_interval (World *world)
{
  intern_pool_get_stats_interval (world->pool);
}

static void
call_intern_pool_intern (World *world)
{
  const char *result;

  result = intern_pool_intern (world->pool, random_word (world));
  see (result);
}

static void
call_intern_pool_intern_bytes (World *world)
{
  g_autoptr (GError) error = NULL;
  GBytes *result;

  result = intern_pool_intern_bytes (world->pool, world->text, &error);
  check_error (error);
  g_clear_pointer (&result, g_bytes_unref);
}

static void
call_intern_pool_intern_for_bindings (World *world)
{
  g_autoptr (GError) error = NULL;
  const char *result;

  result = intern_pool_intern_for_bindings (world->pool, random_word (world), &error);
  check_error (error);
  see (result);
}

static void
call_intern_pool_intern_len (World *world)
{
  const char *result;

  result = intern_pool_intern_len (world->pool, random_word (world), -1);
  see (result);
}

static void
call_intern_pool_item_dup_bytes (World *world)
{
  g_autoptr (InternPoolItem) item = new_item (world);
  GBytes *result;

  result = intern_pool_item_dup_bytes (item);
  g_clear_pointer (&result, g_bytes_unref);
}

static void
call_intern_pool_item_get_atom (World *world)
{
  g_autoptr (InternPoolItem) item = new_item (world);

  intern_pool_item_get_atom (item);
}

static void
call_intern_pool_item_get_length (World *world)
{
  g_autoptr (InternPoolItem) item = new_item (world);

  intern_pool_item_get_length (item);
}

static void
call_intern_pool_item_get_string (World *world)
{
  g_autoptr (InternPoolItem) item = new_item (world);
  const char *result;

  result = intern_pool_item_get_string (item);
  see (result);
}

static void
call_intern_pool_load_stream (World *world)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_bytes (world->text);
  guint64 n_strings;
  g_autoptr (GError) error = NULL;

  intern_pool_load_stream (world->pool,
                           stream,
                           '\n',
                           see_progress,
                           NULL,
                           world->cancellable,
                           &n_strings,
                           &error);
  check_error (error);
}

static void
finish_intern_pool_load_stream (GObject      *source,
                                GAsyncResult *result,
                                gpointer      data)
{
  World *world = data;
  g_autoptr (GError) error = NULL;

  intern_pool_load_stream_finish (INTERN_POOL (source), result, NULL, &error);
  check_error (error);
  world->waits = FALSE;
}

static void
call_intern_pool_load_stream_async (World *world)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_bytes (world->text);

  intern_pool_load_stream_async (world->pool,
                                 stream,
                                 '\n',
                                 0,
                                 world->cancellable,
                                 see_progress,
                                 NULL,
                                 NULL,
                                 finish_intern_pool_load_stream,
                                 world);
  wait_for_result (world);
}

static void
call_intern_pool_lookup (World *world)
{
  const char *result;

  result = intern_pool_lookup (world->pool, random_word (world));
  (void) result;
}

static void
call_intern_pool_lookup_acquire (World *world)
{
  const char *result;

  result = intern_pool_lookup_acquire (world->pool, random_word (world));
  see (result);
  if (result != NULL)
    intern_pool_release (world->pool, result);
}

static void
call_intern_pool_lookup_acquire_len (World *world)
{
  const char *result;

  result = intern_pool_lookup_acquire_len (world->pool, random_word (world), -1);
  see (result);
  if (result != NULL)
    intern_pool_release (world->pool, result);
}

static void
call_intern_pool_lookup_atom (World *world)
{
  intern_pool_lookup_atom (world->pool, random_word (world));
}

static void
call_intern_pool_lookup_atom_bytes (World *world)
{
  intern_pool_lookup_atom_bytes (world->pool, world->text);
}

static void
call_intern_pool_lookup_for_bindings (World *world)
{
  const char *result;

  result = intern_pool_lookup_for_bindings (world->pool, random_word (world));
  (void) result;
}

static void
call_intern_pool_lookup_len (World *world)
{
  const char *result;

  result = intern_pool_lookup_len (world->pool, random_word (world), -1);
  (void) result;
}

static void
call_intern_pool_model_get_pool (World *world)
{
  g_autoptr (InternPoolModel) model = intern_pool_model_new (world->pool);

  intern_pool_model_get_pool (model);
}

static void
call_intern_pool_model_new (World *world)
{
  InternPoolModel *result;

  result = intern_pool_model_new (world->frozen);
  g_clear_object (&result);
}

static void
call_intern_pool_new (World *world)
{
  InternPool *result;

  result = intern_pool_new ();
  g_clear_object (&result);
}

static void
call_intern_pool_new_child (World *world)
{
  g_autoptr (GError) error = NULL;
  InternPool *result;

  result = intern_pool_new_child (world->frozen, &error);
  check_error (error);
  g_clear_object (&result);
}

static void
call_intern_pool_new_from_bytes (World *world)
{
  g_autoptr (GError) error = NULL;
  InternPool *result;

  result = intern_pool_new_from_bytes (world->snapshot, &error);
  check_error (error);
  g_clear_object (&result);
}

static void
call_intern_pool_new_from_file (World *world)
{
  g_autoptr (GError) error = NULL;
  InternPool *result;

  result = intern_pool_new_from_file (world->file,
                             random_below (world, 2),
                             world->cancellable,
                             &error);
  check_error (error);
  g_clear_object (&result);
}

static void
finish_intern_pool_new_from_file (GObject      *source,
                                  GAsyncResult *result,
                                  gpointer      data)
{
  World *world = data;
  g_autoptr (GError) error = NULL;
  InternPool *made = intern_pool_new_from_file_finish (result, &error);

  g_clear_object (&made);
  check_error (error);
  world->waits = FALSE;
}

static void
call_intern_pool_new_from_file_async (World *world)
{
  intern_pool_new_from_file_async (world->file,
                                   random_below (world, 2),
                                   world->cancellable,
                                   finish_intern_pool_new_from_file,
                                   world);
  wait_for_result (world);
}

static void
call_intern_pool_release (World *world)
{
  const char *interned = acquired_word (world);

  if (interned == NULL)
    return;

  intern_pool_release (world->pool, interned);
}

static void
call_intern_pool_reset_stats (World *world)
{
  intern_pool_reset_stats (world->pool);
}

static void
call_intern_pool_save (World *world)
{
  g_autoptr (GError) error = NULL;

  intern_pool_save (world->pool, world->file, world->cancellable, &error);
  check_error (error);
}

static void
finish_intern_pool_save (GObject      *source,
                         GAsyncResult *result,
                         gpointer      data)
{
  World *world = data;
  g_autoptr (GError) error = NULL;

  intern_pool_save_finish (INTERN_POOL (source), result, &error);
  check_error (error);
  world->waits = FALSE;
}

static void
call_intern_pool_save_async (World *world)
{
  intern_pool_save_async (world->pool,
                          world->file,
                          world->cancellable,
                          finish_intern_pool_save,
                          world);
  wait_for_result (world);
}

static void
call_intern_pool_set_data_destroy (World *world)
{
  intern_pool_set_data_destroy (world->pool, random_below (world, N_DATA), g_free);
}

static void
call_intern_pool_set_emit_added (World *world)
{
  intern_pool_set_emit_added (world->pool, random_below (world, 2));
}

static void
call_intern_pool_set_max_bytes (World *world)
{
  intern_pool_set_max_bytes (world->pool, random_below (world, 2) * 1000000000);
}

static void
call_intern_pool_set_max_strings (World *world)
{
  intern_pool_set_max_strings (world->pool, random_below (world, 2) * 1000000);
}

static void
call_intern_pool_set_stats_interval (World *world)
{
  intern_pool_set_stats_interval (world->pool, random_below (world, 2) * 1000);
}

static void
call_intern_pool_stats_copy (World *world)
{
  InternPoolStats *result;

  result = intern_pool_stats_copy (&world->stats);
  g_clear_pointer (&result, intern_pool_stats_free);
}

static void
call_intern_pool_stats_free (World *world)
{
  intern_pool_stats_free (intern_pool_stats_copy (&world->stats));
}

static void
call_intern_pool_stats_to_string (World *world)
{
  char *result;

  result = intern_pool_stats_to_string (&world->stats);
  g_clear_pointer (&result, g_free);
}

static void
call_intern_pool_stats_to_variant (World *world)
{
  GVariant *result;

  result = intern_pool_stats_to_variant (&world->stats);
  g_clear_pointer (&result, g_variant_unref);
}

static void
call_intern_pool_to_bytes (World *world)
{
  g_autoptr (GError) error = NULL;
  GBytes *result;

  result = intern_pool_to_bytes (world->pool, &error);
  check_error (error);
  g_clear_pointer (&result, g_bytes_unref);
}

static void
call_intern_pool_translate (World *world)
{
  gsize n_atoms;
  g_autoptr (GError) error = NULL;
  guint32 *result;

  result = intern_pool_translate (world->pool, world->frozen, &n_atoms, &error);
  check_error (error);
  g_clear_pointer (&result, g_free);
}

static void
call_intern_pool_trim (World *world)
{
  intern_pool_trim (world->pool);
}

static void
call_intern_pool_try_atom_from_string (World *world)
{
  g_autoptr (GError) error = NULL;

  intern_pool_try_atom_from_string (world->pool, random_word (world), &error);
  check_error (error);
}

static void
call_intern_pool_try_atom_from_string_len (World *world)
{
  g_autoptr (GError) error = NULL;

  intern_pool_try_atom_from_string_len (world->pool, random_word (world), -1, &error);
  check_error (error);
}

static void
call_intern_pool_try_intern (World *world)
{
  g_autoptr (GError) error = NULL;
  const char *result;

  result = intern_pool_try_intern (world->pool, random_word (world), &error);
  check_error (error);
  see (result);
}

static void
call_intern_pool_try_intern_len (World *world)
{
  g_autoptr (GError) error = NULL;
  const char *result;

  result = intern_pool_try_intern_len (world->pool, random_word (world), -1, &error);
  check_error (error);
  see (result);
}

static void
call_intern_snapshot_query_info (World *world)
{
  g_autoptr (GError) error = NULL;
  GVariant *result;

  result = intern_snapshot_query_info (world->file, world->cancellable, &error);
  check_error (error);
  g_clear_pointer (&result, g_variant_unref);
}

static void
call_intern_snapshot_query_info_bytes (World *world)
{
  g_autoptr (GError) error = NULL;
  GVariant *result;

  result = intern_snapshot_query_info_bytes (world->snapshot, &error);
  check_error (error);
  g_clear_pointer (&result, g_variant_unref);
}

static const Call calls[] = {
  { "intern_error_quark", call_intern_error_quark, FALSE, FALSE, FALSE },
  { "intern_get_major_version", call_intern_get_major_version, FALSE, FALSE, FALSE },
  { "intern_get_micro_version", call_intern_get_micro_version, FALSE, FALSE, FALSE },
  { "intern_get_minor_version", call_intern_get_minor_version, FALSE, FALSE, FALSE },
  { "intern_pool_acquire", call_intern_pool_acquire, FALSE, FALSE, FALSE },
  { "intern_pool_acquire_interned", call_intern_pool_acquire_interned, FALSE, FALSE, FALSE },
  { "intern_pool_acquire_len", call_intern_pool_acquire_len, FALSE, FALSE, FALSE },
  { "intern_pool_add_hits", call_intern_pool_add_hits, TRUE, FALSE, FALSE },
  { "intern_pool_atom_from_bytes", call_intern_pool_atom_from_bytes, FALSE, FALSE, FALSE },
  { "intern_pool_atom_from_string", call_intern_pool_atom_from_string, FALSE, FALSE, FALSE },
  { "intern_pool_atom_from_string_len", call_intern_pool_atom_from_string_len, FALSE, FALSE, FALSE },
  { "intern_pool_atom_to_bytes", call_intern_pool_atom_to_bytes, FALSE, FALSE, FALSE },
  { "intern_pool_atom_to_string", call_intern_pool_atom_to_string, FALSE, TRUE, FALSE },
  { "intern_pool_clear", call_intern_pool_clear, FALSE, FALSE, FALSE },
  { "intern_pool_contains", call_intern_pool_contains, FALSE, TRUE, FALSE },
  { "intern_pool_contains_bytes", call_intern_pool_contains_bytes, FALSE, FALSE, FALSE },
  { "intern_pool_decode", call_intern_pool_decode, TRUE, FALSE, FALSE },
  { "intern_pool_decode_delimited", call_intern_pool_decode_delimited, TRUE, FALSE, FALSE },
  { "intern_pool_dup_strings", call_intern_pool_dup_strings, TRUE, FALSE, FALSE },
  { "intern_pool_encode", call_intern_pool_encode, TRUE, FALSE, FALSE },
  { "intern_pool_encode_delimited", call_intern_pool_encode_delimited, TRUE, FALSE, FALSE },
  { "intern_pool_ensure_data", call_intern_pool_ensure_data, FALSE, FALSE, FALSE },
  { "intern_pool_foreach", call_intern_pool_foreach, TRUE, FALSE, FALSE },
  { "intern_pool_foreach_bytes", call_intern_pool_foreach_bytes, TRUE, FALSE, FALSE },
  { "intern_pool_freeze", call_intern_pool_freeze, FALSE, FALSE, FALSE },
  { "intern_pool_get_atom", call_intern_pool_get_atom, FALSE, FALSE, FALSE },
  { "intern_pool_get_data", call_intern_pool_get_data, FALSE, FALSE, FALSE },
  { "intern_pool_get_default", call_intern_pool_get_default, FALSE, FALSE, FALSE },
  { "intern_pool_get_emit_added", call_intern_pool_get_emit_added, TRUE, FALSE, FALSE },
  { "intern_pool_get_length", call_intern_pool_get_length, FALSE, FALSE, FALSE },
  { "intern_pool_get_max_bytes", call_intern_pool_get_max_bytes, TRUE, FALSE, FALSE },
  { "intern_pool_get_max_strings", call_intern_pool_get_max_strings, TRUE, TRUE, FALSE },
  { "intern_pool_get_n_data", call_intern_pool_get_n_data, TRUE, FALSE, FALSE },
  { "intern_pool_get_n_strings", call_intern_pool_get_n_strings, TRUE, TRUE, FALSE },
  { "intern_pool_get_ref_count", call_intern_pool_get_ref_count, FALSE, FALSE, FALSE },
  { "intern_pool_get_stats", call_intern_pool_get_stats, TRUE, TRUE, FALSE },
  { "intern_pool_get_stats_interval", call_intern_pool_get_stats_interval, TRUE, FALSE, FALSE },
  { "intern_pool_intern", call_intern_pool_intern, FALSE, FALSE, FALSE },
  { "intern_pool_intern_bytes", call_intern_pool_intern_bytes, FALSE, FALSE, FALSE },
  { "intern_pool_intern_for_bindings", call_intern_pool_intern_for_bindings, FALSE, FALSE, FALSE },
  { "intern_pool_intern_len", call_intern_pool_intern_len, FALSE, FALSE, FALSE },
  { "intern_pool_item_dup_bytes", call_intern_pool_item_dup_bytes, FALSE, FALSE, FALSE },
  { "intern_pool_item_get_atom", call_intern_pool_item_get_atom, FALSE, FALSE, FALSE },
  { "intern_pool_item_get_length", call_intern_pool_item_get_length, FALSE, FALSE, FALSE },
  { "intern_pool_item_get_string", call_intern_pool_item_get_string, FALSE, FALSE, FALSE },
  { "intern_pool_load_stream", call_intern_pool_load_stream, TRUE, FALSE, FALSE },
  { "intern_pool_load_stream_async", call_intern_pool_load_stream_async, TRUE, FALSE, TRUE },
  { "intern_pool_lookup", call_intern_pool_lookup, FALSE, TRUE, FALSE },
  { "intern_pool_lookup_acquire", call_intern_pool_lookup_acquire, FALSE, FALSE, FALSE },
  { "intern_pool_lookup_acquire_len", call_intern_pool_lookup_acquire_len, FALSE, FALSE, FALSE },
  { "intern_pool_lookup_atom", call_intern_pool_lookup_atom, FALSE, TRUE, FALSE },
  { "intern_pool_lookup_atom_bytes", call_intern_pool_lookup_atom_bytes, FALSE, FALSE, FALSE },
  { "intern_pool_lookup_for_bindings", call_intern_pool_lookup_for_bindings, FALSE, FALSE, FALSE },
  { "intern_pool_lookup_len", call_intern_pool_lookup_len, FALSE, TRUE, FALSE },
  { "intern_pool_model_get_pool", call_intern_pool_model_get_pool, TRUE, FALSE, FALSE },
  { "intern_pool_model_new", call_intern_pool_model_new, TRUE, FALSE, FALSE },
  { "intern_pool_new", call_intern_pool_new, FALSE, FALSE, FALSE },
  { "intern_pool_new_child", call_intern_pool_new_child, FALSE, FALSE, FALSE },
  { "intern_pool_new_from_bytes", call_intern_pool_new_from_bytes, FALSE, FALSE, FALSE },
  { "intern_pool_new_from_file", call_intern_pool_new_from_file, FALSE, FALSE, FALSE },
  { "intern_pool_new_from_file_async", call_intern_pool_new_from_file_async, FALSE, FALSE, TRUE },
  { "intern_pool_release", call_intern_pool_release, FALSE, FALSE, FALSE },
  { "intern_pool_reset_stats", call_intern_pool_reset_stats, TRUE, FALSE, FALSE },
  { "intern_pool_save", call_intern_pool_save, TRUE, FALSE, FALSE },
  { "intern_pool_save_async", call_intern_pool_save_async, TRUE, FALSE, TRUE },
  { "intern_pool_set_data_destroy", call_intern_pool_set_data_destroy, FALSE, FALSE, FALSE },
  { "intern_pool_set_emit_added", call_intern_pool_set_emit_added, FALSE, FALSE, FALSE },
  { "intern_pool_set_max_bytes", call_intern_pool_set_max_bytes, FALSE, FALSE, FALSE },
  { "intern_pool_set_max_strings", call_intern_pool_set_max_strings, FALSE, FALSE, FALSE },
  { "intern_pool_set_stats_interval", call_intern_pool_set_stats_interval, FALSE, FALSE, FALSE },
  { "intern_pool_stats_copy", call_intern_pool_stats_copy, FALSE, FALSE, FALSE },
  { "intern_pool_stats_free", call_intern_pool_stats_free, FALSE, FALSE, FALSE },
  { "intern_pool_stats_to_string", call_intern_pool_stats_to_string, FALSE, FALSE, FALSE },
  { "intern_pool_stats_to_variant", call_intern_pool_stats_to_variant, FALSE, FALSE, FALSE },
  { "intern_pool_to_bytes", call_intern_pool_to_bytes, TRUE, FALSE, FALSE },
  { "intern_pool_translate", call_intern_pool_translate, TRUE, FALSE, FALSE },
  { "intern_pool_trim", call_intern_pool_trim, FALSE, FALSE, FALSE },
  { "intern_pool_try_atom_from_string", call_intern_pool_try_atom_from_string, FALSE, FALSE, FALSE },
  { "intern_pool_try_atom_from_string_len", call_intern_pool_try_atom_from_string_len, FALSE, FALSE, FALSE },
  { "intern_pool_try_intern", call_intern_pool_try_intern, FALSE, FALSE, FALSE },
  { "intern_pool_try_intern_len", call_intern_pool_try_intern_len, FALSE, FALSE, FALSE },
  { "intern_snapshot_query_info", call_intern_snapshot_query_info, FALSE, FALSE, FALSE },
  { "intern_snapshot_query_info_bytes", call_intern_snapshot_query_info_bytes, FALSE, FALSE, FALSE },
};

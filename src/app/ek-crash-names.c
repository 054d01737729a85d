/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program with its symbols has some megabytes: it is read and searched on a thread. */
#define G_LOG_DOMAIN "ek-app"
#include "config.h"

#include "ek-crash-names.h"

#include "ek-crash-symbols.h"
#include "ek-elf-lookup.h"

static void
find_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (EkCrashSymbols) symbols = ek_crash_symbols_new ();
  g_autoptr (EkStore) store = task_data != NULL ? g_object_ref (task_data) : NULL;

  ek_crash_symbols_set_lookup (symbols, ek_elf_lookup, &store);
  g_task_return_boolean (task, ek_crash_symbols_resolve (symbols, EK_CRASH (source_object)) !=
                                   EK_CRASH_UNNAMED);
}

/**
 * ek_crash_names_find_async:
 * @store: (nullable): whose cache is asked for the program that crashed; %NULL for the usual one
 * @crash: nobody else may look at it until @callback is called
 *
 * Names the functions of @crash, if the program is in the cache.
 */
void
ek_crash_names_find_async (EkStore *store,
                           EkCrash *crash,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (crash, cancellable, callback, user_data);

  g_task_set_source_tag (task, ek_crash_names_find_async);
  if (store != NULL)
    g_task_set_task_data (task, g_object_ref (store), g_object_unref);
  g_task_run_in_thread (task, find_in_thread);
}

/**
 * ek_crash_names_find_finish:
 *
 * Returns: whether it has names now; %FALSE if it was cancelled too
 */
gboolean
ek_crash_names_find_finish (EkCrash *crash, GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, crash), FALSE);

  return g_task_propagate_boolean (G_TASK (result), NULL);
}

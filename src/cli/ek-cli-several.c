/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table of progress on a terminal, plain lines elsewhere, an array of results for programs. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-several.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "ek-cli-json.h"
#include "ek-cli-output.h"
#include "ek-cli-wait.h"
#include "ek-cli.h"
#include "ek-job-group.h"

/**
 * Entry:
 * @operation: (nullable): %NULL if the device could not even be named
 * @error: (nullable): why
 * @index: of its job in the group
 * @last_phase, @last_problem: that a line was printed for
 */
typedef struct
{
  char *device;
  EkCliOperation *operation;
  GError *error;
  guint index;
  int last_phase;
  EkError last_problem;
} Entry;

struct _EkCliSeveral
{
  GPtrArray *entries;
  EkJobGroup *group;
  GMainLoop *loop;
  GCancellable *cancellable;
  gboolean terminal;
  gboolean interrupted;
  guint n_lines; /* of the table that is on the screen */
};

static void
entry_free (gpointer item)
{
  Entry *entry = item;

  g_free (entry->device);
  ek_cli_operation_free (entry->operation);
  g_clear_error (&entry->error);
  g_free (entry);
}

/**
 * ek_cli_several_new:
 *
 * Returns: (transfer full)
 */
EkCliSeveral *
ek_cli_several_new (void)
{
  EkCliSeveral *self = g_new0 (EkCliSeveral, 1);

  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->group = ek_job_group_new ();
  return self;
}

void
ek_cli_several_free (EkCliSeveral *self)
{
  if (self == NULL)
    return;

  g_object_unref (self->group);
  g_ptr_array_unref (self->entries);
  g_free (self);
}

/**
 * ek_cli_several_add:
 * @device: as it was named
 * @operation: (nullable) (transfer full): what to do with it
 * @error: (nullable): why there is no operation
 */
void
ek_cli_several_add (EkCliSeveral *self,
                    const char *device,
                    EkCliOperation *operation,
                    const GError *error)
{
  Entry *entry = g_new0 (Entry, 1);

  entry->device = g_strdup (device);
  entry->operation = operation;
  entry->error = error != NULL ? g_error_copy (error) : NULL;
  entry->last_phase = -1;
  if (operation != NULL)
    {
      entry->index = ek_job_group_get_n_jobs (self->group);
      ek_job_group_add (self->group, ek_cli_operation_get_job (operation), device);
    }
  g_ptr_array_add (self->entries, entry);
}

static const GError *
entry_error (EkCliSeveral *self, const Entry *entry)
{
  return entry->operation != NULL ? ek_job_group_get_error (self->group, entry->index)
                                  : entry->error;
}

static const char *
state_word (EkCliSeveral *self, const Entry *entry)
{
  if (entry_error (self, entry) != NULL)
    return _ ("failed");
  if (ek_job_get_state (ek_cli_operation_get_job (entry->operation)) == EK_JOB_DONE)
    return _ ("done");
  return NULL;
}

static void
print_row (EkCliSeveral *self, const Entry *entry)
{
  const char *state = state_word (self, entry);
  g_autofree char *line = NULL;
  EkProgressInfo info;

  if (state == NULL)
    {
      ek_job_get_progress (ek_cli_operation_get_job (entry->operation), &info);
      line = ek_cli_format_progress (&info);
    }
  fprintf (stderr, "\033[K%-24s %s\n", entry->device, state != NULL ? state : line);
}

static void
clear_table (EkCliSeveral *self)
{
  if (self->n_lines > 0)
    fprintf (stderr, "\033[%uA\033[J", self->n_lines);
  self->n_lines = 0;
}

static void
show_table (EkCliSeveral *self)
{
  if (self->n_lines > 0)
    fprintf (stderr, "\033[%uA", self->n_lines);
  for (guint i = 0; i < self->entries->len; i++)
    print_row (self, self->entries->pdata[i]);
  self->n_lines = self->entries->len;
  fflush (stderr);
}

/* A line for each device and phase, and for what hands could do. */
static void
show_line (EkCliSeveral *self, Entry *entry)
{
  g_autofree char *line = NULL;
  EkProgressInfo info;

  ek_job_get_progress (ek_cli_operation_get_job (entry->operation), &info);
  if (info.problem != entry->last_problem && info.problem != EK_ERROR_INTERNAL)
    {
      line = ek_cli_format_progress (&info);
      fprintf (stderr, "%s: %s\n", entry->device, line);
    }
  entry->last_problem = info.problem;
  if (info.phase == EK_PHASE_WAITING || (int) info.phase == entry->last_phase)
    return;

  entry->last_phase = (int) info.phase;
  fprintf (stderr, "%s: %s…\n", entry->device, ek_cli_phase_words (info.phase));
}

static void
on_notify (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  EkCliSeveral *self = user_data;

  if (self->terminal)
    {
      show_table (self);
      return;
    }
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = self->entries->pdata[i];

      if (entry->operation != NULL &&
          ek_cli_operation_get_job (entry->operation) == (EkJob *) object)
        show_line (self, entry);
    }
}

static gboolean
on_interrupt (gpointer user_data)
{
  EkCliSeveral *self = user_data;

  self->interrupted = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_CONTINUE;
}

static void
on_finished (GObject *source, GAsyncResult *result, gpointer user_data)
{
  EkCliSeveral *self = user_data;

  (void) ek_job_group_run_finish (EK_JOB_GROUP (source), result, NULL);
  g_main_loop_quit (self->loop);
}

static void
run_group (EkCliSeveral *self, gboolean quiet)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, self);
  guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, self);

  self->loop = loop;
  self->cancellable = cancellable;
  self->terminal = isatty (STDERR_FILENO);
  for (guint i = 0; !quiet && i < ek_job_group_get_n_jobs (self->group); i++)
    g_signal_connect (ek_job_group_get_job (self->group, i), "notify", G_CALLBACK (on_notify),
                      self);
  ek_job_group_run_async (self->group, cancellable, on_finished, self);
  g_main_loop_run (loop);
  for (guint i = 0; i < ek_job_group_get_n_jobs (self->group); i++)
    g_signal_handlers_disconnect_by_data (ek_job_group_get_job (self->group, i), self);
  clear_table (self);
  g_source_remove (interrupt);
  g_source_remove (terminate);
}

static JsonNode *
entry_result (EkCliSeveral *self, const Entry *entry)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (entry->operation != NULL)
    return ek_cli_operation_get_result (entry->operation, entry_error (self, entry));

  builder = json_builder_new ();
  json_builder_begin_object (builder);
  ek_cli_json_outcome (builder, entry->error);
  ek_cli_json_text (builder, "port", entry->device);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

static void
print_results (EkCliSeveral *self)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < self->entries->len; i++)
    json_array_add_element (array, entry_result (self, self->entries->pdata[i]));
  json_node_take_array (root, array);
  ek_cli_print_node (root);
}

static void
tell_results (EkCliSeveral *self)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = self->entries->pdata[i];
      const GError *error = entry_error (self, entry);

      fprintf (error != NULL ? stderr : stdout, "%s:\n", entry->device);
      if (entry->operation != NULL)
        ek_cli_operation_tell (entry->operation, error);
      else
        ek_cli_print_error (entry->error);
      fflush (stdout);
    }
}

static gboolean
is_good (EkCliSeveral *self, const Entry *entry)
{
  return entry_error (self, entry) == NULL && ek_cli_operation_is_good (entry->operation);
}

/**
 * ek_cli_several_run:
 *
 * Runs all of them as the whole of a command.
 *
 * Returns: the exit code; %EK_EXIT_FAILED if any failed
 */
int
ek_cli_several_run (EkCliSeveral *self, gboolean json, gboolean quiet)
{
  gboolean good = TRUE;

  run_group (self, json || quiet);
  if (json)
    print_results (self);
  else
    tell_results (self);

  for (guint i = 0; i < self->entries->len; i++)
    good = good && is_good (self, self->entries->pdata[i]);
  if (!good && self->interrupted)
    return EK_EXIT_INTERRUPTED;
  return good ? EK_EXIT_OK : EK_EXIT_FAILED;
}

static EkCliOperation *
open_operation (const EkCliDevice *device,
                const char *uri,
                EkCliOperationFunc func,
                gboolean unattended,
                GError **error)
{
  EkLoaderOptions options;
  g_autoptr (EkPort) port = ek_cli_device_open_uri (device, uri, unattended, &options, error);

  return port != NULL ? func (port, &options) : NULL;
}

/**
 * ek_cli_run_on_devices:
 * @device: which, and how to talk to them
 * @all: all that are plugged in
 * @func: called for each
 *
 * Does the same to one device or to several, as the whole of a command. One that can't be opened fails
 * alone.
 *
 * Returns: the exit code
 */
int
ek_cli_run_on_devices (const EkCliDevice *device,
                       gboolean all,
                       EkCliOperationFunc func,
                       gboolean json,
                       gboolean quiet)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) uris = ek_cli_device_list (device, all, &error);
  g_autoptr (EkCliSeveral) several = NULL;

  if (uris == NULL)
    return ek_cli_fail (error, json, FALSE);
  if (uris->len == 1 && !all)
    {
      g_autoptr (EkCliOperation) operation =
          open_operation (device, uris->pdata[0], func, json || quiet, &error);

      return operation != NULL ? ek_cli_operation_run (operation, json, quiet)
                               : ek_cli_fail (error, json, FALSE);
    }

  several = ek_cli_several_new ();
  for (guint i = 0; i < uris->len; i++)
    {
      g_autoptr (GError) problem = NULL;
      EkCliOperation *operation =
          open_operation (device, uris->pdata[i], func, json || quiet, &problem);

      ek_cli_several_add (several, uris->pdata[i], operation, problem);
    }
  return ek_cli_several_run (several, json, quiet);
}

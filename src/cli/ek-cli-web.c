/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tools firmware.list, firmware.download and elf.download: the same as the commands firmware and
 * elf, on a thread of their own. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-web.h"

#include "ek-function-job.h"

/**
 * Request:
 * @id: (nullable): of the entry
 * @path: (nullable): file or folder to make
 *
 * A call, and what it came to.
 */
typedef struct
{
  EkCliLibrary lists;
  char *id;
  char *path;
  char *releases_url;

  EkLibrary *library;
  EkCatalogEntry *entry;
  EkEntryDownload *download;
  EkDownload *elf;
} Request;

static void
request_free (gpointer item)
{
  Request *self = item;

  g_strfreev (self->lists.lists);
  g_free (self->lists.releases_url);
  g_free (self->id);
  g_free (self->path);
  g_free (self->releases_url);
  g_clear_object (&self->download);
  g_clear_object (&self->elf);
  g_clear_object (&self->library);
  g_free (self);
}

static Request *
request_new (EkCliArguments *arguments)
{
  Request *self = g_new0 (Request, 1);

  self->lists.lists = ek_cli_arguments_texts (arguments, "lists");
  self->lists.offline = ek_cli_arguments_flag (arguments, "offline", FALSE);
  return self;
}

static void
on_progress (const EkProgressInfo *info, gpointer user_data)
{
  EkProgress *progress = user_data;

  if (ek_progress_get_info (progress)->phase != info->phase)
    ek_progress_begin (progress, info->phase, info->bytes_total);
  ek_progress_advance (progress, info->bytes_done);
}

static gboolean
choose (Request *self, GCancellable *cancellable, GError **error)
{
  self->library = ek_cli_library_open_here (&self->lists, cancellable, error);
  if (self->library == NULL)
    return FALSE;

  self->entry = ek_cli_library_choose (self->library, self->id, NULL, NULL, error);
  return self->entry != NULL;
}

static gboolean
run_list (gpointer data, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  Request *self = data;

  self->library = ek_cli_library_open_here (&self->lists, cancellable, error);
  return self->library != NULL;
}

static gboolean
run_download (gpointer data, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  Request *self = data;

  ek_progress_set_weight (progress, EK_PHASE_DOWNLOAD, 1.0);
  if (!choose (self, cancellable, error))
    return FALSE;

  self->download = ek_entry_download_run (ek_library_get_store (self->library), self->entry,
                                          ek_cli_library_policy (&self->lists), on_progress,
                                          progress, cancellable, error);
  return self->download != NULL && ek_cli_save_download (self->download, self->path, error);
}

static gboolean
run_elf (gpointer data, EkProgress *progress, GCancellable *cancellable, GError **error)
{
  Request *self = data;
  EkElfRequest request = { .policy = ek_cli_library_policy (&self->lists),
                           .releases_url = self->releases_url };

  ek_progress_set_weight (progress, EK_PHASE_DOWNLOAD, 1.0);
  if (!choose (self, cancellable, error))
    return FALSE;

  request.entry = self->entry;
  self->elf = ek_elf_download_run (ek_library_get_store (self->library), &request, on_progress,
                                   progress, cancellable, error);
  return self->elf != NULL && ek_cli_save_elf (self->elf, self->path, error);
}

static void
add_list (EkJob *job, gpointer data, JsonBuilder *builder, const GError *error)
{
  Request *self = data;

  if (error == NULL)
    ek_cli_json_builds (builder, self->library, self->id);
}

static void
add_download (EkJob *job, gpointer data, JsonBuilder *builder, const GError *error)
{
  Request *self = data;

  if (error == NULL)
    ek_cli_json_download (builder, self->entry, self->download, self->path);
}

static void
add_elf (EkJob *job, gpointer data, JsonBuilder *builder, const GError *error)
{
  Request *self = data;

  if (error == NULL)
    ek_cli_json_elf (builder, self->entry, self->elf, self->path);
}

/**
 * ek_cli_start_firmware_list:
 *
 * Returns: (transfer full)
 */
EkCliOperation *
ek_cli_start_firmware_list (EkCliArguments *arguments)
{
  static const EkCliOperationClass klass = { .add_result = add_list, .says_success = TRUE };
  Request *self = request_new (arguments);

  self->id = g_strdup (ek_cli_arguments_text (arguments, "job_id", NULL));
  if (self->lists.lists == NULL)
    self->lists.releases_url = g_strdup (EK_RELEASES_URL);
  return ek_cli_operation_new (&klass, ek_function_job_new (run_list, self), self, request_free);
}

/**
 * ek_cli_start_firmware_download:
 *
 * Returns: (transfer full)
 */
EkCliOperation *
ek_cli_start_firmware_download (EkCliArguments *arguments)
{
  static const EkCliOperationClass klass = { .add_result = add_download, .says_success = TRUE };
  Request *self = request_new (arguments);

  self->id = g_strdup (ek_cli_arguments_need (arguments, "job_id"));
  self->path = g_strdup (ek_cli_arguments_text (arguments, "output_dir", "."));
  return ek_cli_operation_new (&klass, ek_function_job_new (run_download, self), self,
                               request_free);
}

/**
 * ek_cli_start_elf_download:
 *
 * Returns: (transfer full)
 */
EkCliOperation *
ek_cli_start_elf_download (EkCliArguments *arguments)
{
  static const EkCliOperationClass klass = { .add_result = add_elf, .says_success = TRUE };
  Request *self = request_new (arguments);

  self->id = g_strdup (ek_cli_arguments_need (arguments, "build_id"));
  self->path = g_strdup (ek_cli_arguments_need (arguments, "output_path"));
  self->releases_url =
      g_strdup (ek_cli_arguments_text (arguments, "control_url", g_getenv ("CONTROL_PLANE_URL")));
  return ek_cli_operation_new (&klass, ek_function_job_new (run_elf, self), self, request_free);
}

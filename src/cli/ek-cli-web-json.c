/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lists and downloads came to: with the keys of espctl's firmware and elf tools first. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "ek-cli-json.h"
#include "ek-cli-web.h"
#include "ek-cli-write.h"
#include "ek-version.h"

static void
add_board (JsonBuilder *builder, EkCatalogEntry *entry)
{
  const EkBoard *known = ek_catalog_entry_get_board (entry);

  ek_cli_json_text (builder, "board", known != NULL ? known->id : NULL);
}

/* The first four keys are those of espctl's firmware.list. */
static void
add_entry (JsonBuilder *builder, EkLibrary *library, EkLibraryList *list, EkCatalogEntry *entry)
{
  const char *problem = ek_catalog_entry_get_problem (entry);
  g_autofree char *target = ek_cli_entry_target (entry);
  g_autofree char *id = ek_cli_entry_id (entry);
  gboolean saved;
  g_autofree char *version = ek_cli_entry_version (library, entry, &saved);
  const char *newest = ek_library_get_newest_release (library);

  json_builder_begin_object (builder);
  ek_cli_json_text (builder, "task_id", ek_catalog_entry_get_key (entry));
  ek_cli_json_text (builder, "target", target);
  ek_cli_json_text (builder, "status", problem == NULL ? "succeeded" : "failed");
  ek_cli_json_text (builder, "build_type", "release");
  ek_cli_json_text (builder, "id", id);
  ek_cli_json_text (builder, "title", ek_catalog_entry_get_title (entry));
  ek_cli_json_text (builder, "description", ek_catalog_entry_get_description (entry));
  ek_cli_json_text (builder, "version", version);
  if (version != NULL && newest != NULL && ek_catalog_entry_get_board (entry) != NULL)
    ek_cli_json_flag (builder, "outdated",
                      ek_version_compare (version, newest) == EK_VERSION_NEWER);
  add_board (builder, entry);
  if (ek_catalog_entry_get_n_files (entry) > 0)
    ek_cli_json_text (builder, "url", ek_catalog_entry_get_file (entry, 0)->urls[0]);
  ek_cli_json_flag (builder, "saved", saved);
  ek_cli_json_text (builder, "list", ek_library_list_get_location (list));
  ek_cli_json_text (builder, "problem", problem);
  json_builder_end_object (builder);
}

static void
add_list (JsonBuilder *builder, EkLibraryList *list)
{
  const GError *problem = ek_library_list_get_problem (list);
  EkLibraryState state = ek_library_list_get_state (list);

  json_builder_begin_object (builder);
  ek_cli_json_text (builder, "url", ek_library_list_get_location (list));
  ek_cli_json_text (builder, "title", ek_library_list_get_title (list));
  ek_cli_json_text (builder, "state", ek_library_state_name (state));
  if (state == EK_LIBRARY_FRESH || state == EK_LIBRARY_CACHED)
    ek_cli_json_number (builder, "age_seconds", (guint64) ek_library_list_get_age (list));
  if (problem != NULL)
    {
      ek_cli_json_text (builder, "error", problem->message);
      ek_cli_json_text (builder, "code", ek_error_name ((EkError) problem->code));
    }
  json_builder_end_object (builder);
}

/**
 * ek_cli_json_builds:
 * @job_id: (nullable): only the entry of this key
 *
 * Adds what all lists have, and how fresh they are.
 */
void
ek_cli_json_builds (JsonBuilder *builder, EkLibrary *library, const char *job_id)
{
  json_builder_set_member_name (builder, "builds");
  json_builder_begin_array (builder);
  for (guint i = 0; i < ek_library_get_n_lists (library); i++)
    {
      EkLibraryList *list = ek_library_get_list (library, i);
      EkCatalog *catalog = ek_library_list_get_catalog (list);

      for (guint j = 0; catalog != NULL && j < ek_catalog_get_n_entries (catalog); j++)
        {
          EkCatalogEntry *entry = ek_catalog_get_entry (catalog, j);

          if (job_id == NULL || g_str_equal (job_id, ek_catalog_entry_get_key (entry)))
            add_entry (builder, library, list, entry);
        }
    }
  json_builder_end_array (builder);
  ek_cli_json_text (builder, "newest_release", ek_library_get_newest_release (library));
  json_builder_set_member_name (builder, "lists");
  json_builder_begin_array (builder);
  for (guint i = 0; i < ek_library_get_n_lists (library); i++)
    add_list (builder, ek_library_get_list (library, i));
  json_builder_end_array (builder);
}

static gboolean
make_folder (const char *folder, GError **error)
{
  if (g_mkdir_with_parents (folder, 0777) == 0)
    return TRUE;

  g_set_error (error, EK_ERROR, errno == ENOSPC ? EK_ERROR_DISK_FULL : EK_ERROR_FILE_WRITE,
               "%s: %s", folder, g_strerror (errno));
  return FALSE;
}

/**
 * ek_cli_save_download:
 *
 * Writes the files of a download into a folder.
 */
gboolean
ek_cli_save_download (EkEntryDownload *download, const char *folder, GError **error)
{
  if (!make_folder (folder, error))
    return FALSE;

  for (guint i = 0; i < ek_entry_download_get_n_files (download); i++)
    {
      g_autofree char *path =
          g_build_filename (folder, ek_entry_download_get_name (download, i), NULL);

      if (!ek_cli_write_file (path, ek_entry_download_get_bytes (download, i),
                              G_FILE_SET_CONTENTS_NONE, 0666, error))
        return FALSE;
    }

  return TRUE;
}

/**
 * ek_cli_json_download:
 *
 * The first four keys are those of espctl's firmware.download.
 */
void
ek_cli_json_download (JsonBuilder *builder,
                      EkCatalogEntry *entry,
                      EkEntryDownload *download,
                      const char *folder)
{
  const GError *problem = ek_entry_download_get_problem (download);
  guint n = ek_entry_download_get_n_files (download);

  ek_cli_json_text (builder, "job_id", ek_catalog_entry_get_key (entry));
  ek_cli_json_text (builder, "status", "succeeded");
  json_builder_set_member_name (builder, "artifact_lines");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    json_builder_add_string_value (builder, ek_entry_download_get_name (download, i));
  json_builder_end_array (builder);
  ek_cli_json_text (builder, "output_dir", folder);
  ek_cli_json_flag (builder, "success", TRUE);
  ek_cli_json_text (builder, "title", ek_catalog_entry_get_title (entry));
  ek_cli_json_text (builder, "version",
                    ek_bundle_get_version (ek_entry_download_get_bundle (download)));
  add_board (builder, entry);
  ek_cli_json_text (builder, "origin",
                    ek_download_origin_name (ek_entry_download_get_origin (download)));
  ek_cli_json_number (builder, "age_seconds", (guint64) ek_entry_download_get_age (download));
  if (problem != NULL)
    ek_cli_json_text (builder, "problem", problem->message);
  json_builder_set_member_name (builder, "files");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path =
          g_build_filename (folder, ek_entry_download_get_name (download, i), NULL);

      json_builder_begin_object (builder);
      ek_cli_json_text (builder, "path", path);
      ek_cli_json_text (builder, "url", ek_entry_download_get_url (download, i));
      ek_cli_json_number (builder, "size_bytes",
                          g_bytes_get_size (ek_entry_download_get_bytes (download, i)));
      ek_cli_json_text (builder, "sha256", ek_entry_download_get_sha256 (download, i));
      ek_cli_json_address (builder, "address", ek_catalog_entry_get_file (entry, i)->offset);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

/**
 * ek_cli_save_elf:
 *
 * Writes a program, and the folders above it.
 */
gboolean
ek_cli_save_elf (EkDownload *download, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  return make_folder (folder, error) && ek_cli_write_file (path, ek_download_get_bytes (download),
                                                           G_FILE_SET_CONTENTS_NONE, 0666, error);
}

/**
 * ek_cli_json_elf:
 *
 * The first five keys are those of espctl's elf.download.
 */
void
ek_cli_json_elf (JsonBuilder *builder,
                 EkCatalogEntry *entry,
                 EkDownload *download,
                 const char *path)
{
  g_autoptr (EkBundle) bundle =
      ek_bundle_new_from_bytes (ek_download_get_bytes (download), path, NULL);
  const EkBoard *known = ek_catalog_entry_get_board (entry);
  const GError *problem = ek_download_get_problem (download);

  ek_cli_json_text (builder, "build_id", ek_catalog_entry_get_key (entry));
  ek_cli_json_text (builder, "path", path);
  ek_cli_json_number (builder, "size_bytes", g_bytes_get_size (ek_download_get_bytes (download)));
  ek_cli_json_text (builder, "sha256", ek_download_get_sha256 (download));
  ek_cli_json_text (builder, "next_steps", EK_CLI_ELF_NEXT_STEPS);
  ek_cli_json_flag (builder, "success", TRUE);
  ek_cli_json_text (builder, "version", bundle != NULL ? ek_bundle_get_version (bundle) : NULL);
  ek_cli_json_text (builder, "board", known != NULL ? known->id : NULL);
  ek_cli_json_text (builder, "url", ek_download_get_url (download));
  ek_cli_json_text (builder, "origin", ek_download_origin_name (ek_download_get_origin (download)));
  ek_cli_json_number (builder, "age_seconds", (guint64) ek_download_get_age (download));
  if (problem != NULL)
    ek_cli_json_text (builder, "problem", problem->message);
}

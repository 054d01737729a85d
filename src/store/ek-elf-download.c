/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EchoKit publishes its programs twice: beside the image, under its name without ".bin", and as a file of
 * each release on GitHub. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-elf-download.h"

#include <string.h>

#include "ek-github-releases.h"

#define IMAGE_SUFFIX ".bin"

static EkDownload *
fetch (EkStore *store,
       const char *const *urls,
       const char *sha256,
       EkStorePolicy policy,
       EkProgressFunc progress,
       gpointer progress_data,
       GCancellable *cancellable,
       GError **error)
{
  EkStoreRequest request = {
    .urls = urls, .kind = EK_CONTENT_ELF, .sha256 = sha256, .policy = policy
  };

  return ek_store_fetch (store, &request, progress, progress_data, cancellable, error);
}

static char **
list_urls_beside (EkCatalogEntry *entry)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  const EkCatalogFile *file = NULL;

  if (ek_catalog_entry_get_n_files (entry) == 1)
    file = ek_catalog_entry_get_file (entry, 0);
  for (guint i = 0; file != NULL && file->urls[i] != NULL; i++)
    if (g_str_has_prefix (file->urls[i], "http") && g_str_has_suffix (file->urls[i], IMAGE_SUFFIX))
      {
        g_autofree char *url =
            g_strndup (file->urls[i], strlen (file->urls[i]) - strlen (IMAGE_SUFFIX));

        g_strv_builder_add (builder, url);
      }

  return g_strv_builder_end (builder);
}

/**
 * ek_releases_check:
 *
 * An #EkStoreCheckFunc: what comes has to be a list of releases before it takes the place of another.
 */
gboolean
ek_releases_check (GBytes *bytes, const char *url, GError **error)
{
  g_autoptr (GPtrArray) releases = ek_github_releases_parse (bytes, error);

  return releases != NULL;
}

static GPtrArray *
fetch_releases (EkStore *store,
                const EkElfRequest *request,
                GCancellable *cancellable,
                GError **error)
{
  const char *const urls[] = { request->releases_url != NULL ? request->releases_url
                                                             : EK_RELEASES_URL,
                               NULL };
  EkStoreRequest list = {
    .urls = urls, .kind = EK_CONTENT_LIST, .policy = request->policy, .check = ek_releases_check
  };
  g_autoptr (EkDownload) download = ek_store_fetch (store, &list, NULL, NULL, cancellable, error);

  return download != NULL ? ek_github_releases_parse (ek_download_get_bytes (download), error)
                          : NULL;
}

static const EkRelease *
find_release (GPtrArray *releases, const char *version)
{
  for (guint i = 0; i < releases->len; i++)
    {
      const EkRelease *release = releases->pdata[i];

      if (g_strcmp0 (release->version, version) == 0 ||
          (release->version[0] == 'v' && g_strcmp0 (release->version + 1, version) == 0))
        return release;
    }

  return NULL;
}

static EkDownload *
fetch_from_release (EkStore *store,
                    const EkElfRequest *request,
                    EkProgressFunc progress,
                    gpointer progress_data,
                    GCancellable *cancellable,
                    GError **error)
{
  const EkBoard *board = ek_catalog_entry_get_board (request->entry);
  g_autoptr (GPtrArray) releases = NULL;
  const EkRelease *release;
  const EkReleaseFile *file;

  if (board == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
                   "releases are known for EchoKit's own firmware only");
      return NULL;
    }
  if (!(releases = fetch_releases (store, request, cancellable, error)))
    return NULL;

  release = find_release (releases, request->release);
  file = release != NULL ? ek_release_find_file (release, board->file) : NULL;
  if (file == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOT_ON_SERVER, "%s %s has no file %s",
                   release != NULL ? "release" : "there is no release", request->release,
                   board->file);
      return NULL;
    }

  return fetch (store, (const char *const[]){ file->url, NULL }, file->sha256, request->policy,
                progress, progress_data, cancellable, error);
}

/**
 * ek_elf_download_run:
 * @progress: (nullable) (scope call): is told of every step, on this thread
 *
 * Gets the program of a firmware, checked against the hash that GitHub published where it did. It
 * stays in the cache, where ek_store_find_elf() finds it.
 *
 * Returns: (transfer full): %NULL with the errors of ek_store_fetch(), with
 *   %EK_ERROR_NOT_ON_SERVER if nobody has it, or %EK_ERROR_INVALID_ARGUMENT for a release of firmware
 *   that isn't EchoKit's
 */
EkDownload *
ek_elf_download_run (EkStore *store,
                     const EkElfRequest *request,
                     EkProgressFunc progress,
                     gpointer progress_data,
                     GCancellable *cancellable,
                     GError **error)
{
  g_auto (GStrv) urls = NULL;

  if (!ek_catalog_entry_check (request->entry, error))
    return NULL;
  if (request->release != NULL)
    return fetch_from_release (store, request, progress, progress_data, cancellable, error);

  urls = list_urls_beside (request->entry);
  if (urls[0] == NULL)
    {
      g_set_error_literal (error, EK_ERROR, EK_ERROR_NOT_ON_SERVER,
                           "no program is known for this firmware");
      return NULL;
    }

  return fetch (store, (const char *const *) urls, NULL, request->policy, progress, progress_data,
                cancellable, error);
}

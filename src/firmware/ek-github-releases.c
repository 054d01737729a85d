/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The answer of GitHub's releases API as values. Source: GitHub REST API, "List releases" and "Get the
 * latest release". Files of old releases have no digest. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-github-releases.h"

#include "ek-catalog-private.h"
#include "ek-version.h"

#include <string.h>

#define MAX_RELEASES 1000
#define MAX_FILES    1000
#define SHA256       "sha256:"
#define SHA256_CHARS 64

static void
file_free (EkReleaseFile *self)
{
  g_free (self->name);
  g_free (self->sha256);
  g_free (self->url);
  g_free (self);
}

static void
release_free (EkRelease *self)
{
  g_clear_pointer (&self->published, g_date_time_unref);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_free (self->version);
  g_free (self->title);
  g_free (self->notes);
  g_free (self->page);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkRelease, release_free)

static char *
dup_url (JsonObject *object, const char *name)
{
  const char *url = ek_json_get_text (object, name);

  return url != NULL && ek_catalog_url_is_web (url) ? g_strdup (url) : NULL;
}

static char *
dup_text (JsonObject *object, const char *name)
{
  const char *text = ek_json_get_text (object, name);

  return text != NULL && *text != '\0' ? g_strdup (text) : NULL;
}

static char *
dup_sha256 (JsonObject *asset)
{
  const char *digest = ek_json_get_text (asset, "digest");

  if (digest == NULL || !g_str_has_prefix (digest, SHA256))
    return NULL;

  digest += strlen (SHA256);
  if (strlen (digest) != SHA256_CHARS || strspn (digest, "0123456789abcdefABCDEF") != SHA256_CHARS)
    return NULL;

  return g_ascii_strdown (digest, -1);
}

/* A file that can't be named or fetched is none. */
static void
add_file (EkRelease *self, JsonObject *asset)
{
  const char *name = ek_json_get_text (asset, "name");
  g_autofree char *url = dup_url (asset, "browser_download_url");
  EkReleaseFile *file;

  if (name == NULL || *name == '\0' || strchr (name, '/') != NULL || url == NULL)
    return;

  file = g_new0 (EkReleaseFile, 1);
  file->name = g_strdup (name);
  file->url = g_steal_pointer (&url);
  file->sha256 = dup_sha256 (asset);
  if (!ek_json_get_integer (asset, "size", &file->size) || file->size < 0)
    file->size = 0;
  g_ptr_array_add (self->files, file);
}

static EkRelease *
release_new (JsonObject *object)
{
  g_autoptr (EkRelease) self = g_new0 (EkRelease, 1);
  JsonArray *assets = ek_json_get_array (object, "assets");
  const char *published = ek_json_get_text (object, "published_at");
  guint n = assets != NULL ? json_array_get_length (assets) : 0;

  self->files = g_ptr_array_new_with_free_func ((GDestroyNotify) file_free);
  self->version = dup_text (object, "tag_name");
  if (self->version == NULL)
    return NULL;

  self->title = dup_text (object, "name");
  self->notes = dup_text (object, "body");
  self->page = dup_url (object, "html_url");
  self->pre_release = ek_json_get_boolean (object, "prerelease");
  self->published = published != NULL ? g_date_time_new_from_iso8601 (published, NULL) : NULL;
  for (guint i = 0; i < MIN (n, MAX_FILES); i++)
    add_file (self, ek_json_array_get_object (assets, i));

  return g_steal_pointer (&self);
}

/* A draft is not published; who is not its author doesn't get to see it anyway. */
static gboolean
add_release (GPtrArray *releases, JsonObject *object, GError **error)
{
  EkRelease *release;

  if (ek_json_get_boolean (object, "draft"))
    return TRUE;

  release = release_new (object);
  if (release == NULL)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_CATALOG, "Release %u has no tag_name",
                   releases->len + 1);
      return FALSE;
    }

  g_ptr_array_add (releases, release);
  return TRUE;
}

static gboolean
add_releases (GPtrArray *releases, JsonNode *root, GError **error)
{
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (root) ? json_node_get_array (root) : NULL;
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
  const char *message = ek_json_get_text (object, "message");

  if (array != NULL && json_array_get_length (array) <= MAX_RELEASES)
    {
      for (guint i = 0; i < json_array_get_length (array); i++)
        if (!add_release (releases, ek_json_array_get_object (array, i), error))
          return FALSE;
      return TRUE;
    }

  if (object != NULL && json_object_has_member (object, "tag_name"))
    return add_release (releases, object, error);

  /* such as "API rate limit exceeded for …" */
  g_set_error (error, EK_ERROR, EK_ERROR_CATALOG, "GitHub sent no releases%s%.200s",
               message != NULL ? ": " : "", message != NULL ? message : "");
  return FALSE;
}

/**
 * ek_github_releases_parse:
 * @bytes: the body of "/repos/OWNER/NAME/releases" or of "…/releases/latest"
 *
 * Files without a name or a web address are left out, drafts too.
 *
 * Returns: (transfer full) (element-type EkRelease): in GitHub's order, the newest first; or %NULL
 *   with %EK_ERROR_CATALOG
 */
GPtrArray *
ek_github_releases_parse (GBytes *bytes, GError **error)
{
  g_autoptr (GPtrArray) releases = g_ptr_array_new_with_free_func ((GDestroyNotify) release_free);
  g_autoptr (JsonNode) root = NULL;
  gsize size;
  const char *text;

  g_return_val_if_fail (bytes != NULL, NULL);

  text = g_bytes_get_data (bytes, &size);
  root = ek_json_parse (text, size, EK_GITHUB_RELEASES_MAX_SIZE, EK_ERROR_CATALOG, error);
  if (root == NULL || !add_releases (releases, root, error))
    return NULL;

  return g_steal_pointer (&releases);
}

/**
 * ek_github_releases_find_newest:
 * @releases: (element-type EkRelease):
 *
 * Goes by the version, not by the day: a fix for an old version may be published last.
 *
 * Returns: (nullable) (transfer none): the highest version that is for everybody
 */
const EkRelease *
ek_github_releases_find_newest (GPtrArray *releases)
{
  const EkRelease *newest = NULL;

  g_return_val_if_fail (releases != NULL, NULL);

  for (guint i = 0; i < releases->len; i++)
    {
      const EkRelease *release = g_ptr_array_index (releases, i);

      if (release->pre_release || !ek_version_is_release (release->version))
        continue;
      if (newest == NULL ||
          ek_version_compare (newest->version, release->version) == EK_VERSION_NEWER)
        newest = release;
    }

  return newest;
}

/**
 * ek_release_find_file:
 * @name: the whole name, such as "echokit_box.bin"
 *
 * Returns: (nullable) (transfer none): the file
 */
const EkReleaseFile *
ek_release_find_file (const EkRelease *self, const char *name)
{
  g_return_val_if_fail (self != NULL, NULL);
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = 0; i < self->files->len; i++)
    {
      const EkReleaseFile *file = g_ptr_array_index (self->files, i);

      if (g_str_equal (file->name, name))
        return file;
    }

  return NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One address of the cache as JSON. What can't be read is as if it weren't there: it is fetched anew. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-cache-entry.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "ek-store-file.h"

#define FORMAT_VERSION 1
#define MAX_BOARDS     64

/**
 * ek_is_sha256:
 * @text: (nullable)
 *
 * Returns: whether it is 64 lower-case hex digits, and so safe as a file's name
 */
gboolean
ek_is_sha256 (const char *text)
{
  return text != NULL && strlen (text) == 64 && strspn (text, "0123456789abcdef") == 64;
}

/**
 * ek_cache_entry_new:
 *
 * Returns: (transfer full): an entry with nothing known but its address
 */
EkCacheEntry *
ek_cache_entry_new (const char *url, EkContentKind kind)
{
  EkCacheEntry *self = g_new0 (EkCacheEntry, 1);

  self->url = g_strdup (url);
  self->kind = kind;
  self->boards = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
ek_cache_entry_free (EkCacheEntry *self)
{
  g_free (self->url);
  g_free (self->etag);
  g_free (self->last_modified);
  g_free (self->sha256);
  g_hash_table_unref (self->boards);
  g_free (self);
}

/**
 * ek_cache_entry_set_used:
 * @board: (nullable): for which board
 * @now: seconds since 1970
 */
void
ek_cache_entry_set_used (EkCacheEntry *self, const char *board, gint64 now)
{
  self->used = now;
  if (board != NULL)
    g_hash_table_replace (self->boards, g_strdup (board), g_memdup2 (&now, sizeof now));
}

/**
 * ek_cache_entry_get_board_used:
 *
 * Returns: when it was last used for @board, or 0
 */
gint64
ek_cache_entry_get_board_used (const EkCacheEntry *self, const char *board)
{
  const gint64 *time = g_hash_table_lookup (self->boards, board);

  return time != NULL ? *time : 0;
}

static void
read_boards (EkCacheEntry *self, JsonObject *object)
{
  JsonObjectIter iter;
  const char *board;
  JsonNode *node;

  if (!json_object_has_member (object, "boards") ||
      !JSON_NODE_HOLDS_OBJECT (json_object_get_member (object, "boards")))
    return;

  json_object_iter_init (&iter, json_object_get_object_member (object, "boards"));
  while (json_object_iter_next (&iter, &board, &node) &&
         g_hash_table_size (self->boards) < MAX_BOARDS)
    {
      gint64 time = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_int (node) : 0;

      g_hash_table_replace (self->boards, g_strdup (board), g_memdup2 (&time, sizeof time));
    }
}

static EkCacheEntry *
read_object (JsonObject *object)
{
  g_autoptr (EkCacheEntry) self = NULL;
  const char *url = ek_json_get_string (object, "url");
  EkContentKind kind = ek_content_from_name (ek_json_get_string (object, "kind"));
  const char *sha256 = ek_json_get_string (object, "sha256");
  gint64 size = ek_json_get_int (object, "size");

  if (ek_json_get_int (object, "version") != FORMAT_VERSION || url == NULL ||
      kind == EK_N_CONTENTS || !ek_is_sha256 (sha256) || size <= 0)
    return NULL;

  self = ek_cache_entry_new (url, kind);
  self->etag = ek_json_dup_header (object, "etag");
  self->last_modified = ek_json_dup_header (object, "last_modified");
  self->sha256 = g_strdup (sha256);
  self->size = (guint64) size;
  self->fetched = ek_json_get_int (object, "fetched");
  self->checked = ek_json_get_int (object, "checked");
  self->used = ek_json_get_int (object, "used");
  self->plain = json_object_get_boolean_member_with_default (object, "plain", FALSE);
  read_boards (self, object);
  return g_steal_pointer (&self);
}

/**
 * ek_cache_entry_read:
 *
 * Returns: (transfer full) (nullable): the entry, or %NULL if the file isn't there or is garbage
 */
EkCacheEntry *
ek_cache_entry_read (const char *path)
{
  g_autoptr (JsonObject) object = ek_json_read_file (path);

  return object != NULL ? read_object (object) : NULL;
}

static void
add_time (JsonBuilder *builder, const char *name, gint64 time)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, time);
}

static void
add_boards (JsonBuilder *builder, GHashTable *boards)
{
  GHashTableIter iter;
  gpointer board, time;

  json_builder_set_member_name (builder, "boards");
  json_builder_begin_object (builder);
  g_hash_table_iter_init (&iter, boards);
  while (g_hash_table_iter_next (&iter, &board, &time))
    add_time (builder, board, *(gint64 *) time);
  json_builder_end_object (builder);
}

/**
 * ek_cache_entry_write:
 *
 * Replaces the file in one step: a reader sees the old or the new one.
 *
 * Returns: %FALSE with %EK_ERROR_DISK_FULL or %EK_ERROR_FILE_WRITE
 */
gboolean
ek_cache_entry_write (const EkCacheEntry *self, const char *path, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  add_time (builder, "version", FORMAT_VERSION);
  ek_json_add_string (builder, "url", self->url);
  ek_json_add_string (builder, "kind", ek_content_name (self->kind));
  ek_json_add_string (builder, "etag", self->etag);
  ek_json_add_string (builder, "last_modified", self->last_modified);
  ek_json_add_string (builder, "sha256", self->sha256);
  add_time (builder, "size", (gint64) self->size);
  add_time (builder, "fetched", self->fetched);
  add_time (builder, "checked", self->checked);
  add_time (builder, "used", self->used);
  json_builder_set_member_name (builder, "plain");
  json_builder_add_boolean_value (builder, self->plain);
  add_boards (builder, self->boards);
  json_builder_end_object (builder);
  return ek_json_write_file (builder, path, error);
}

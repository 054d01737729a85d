/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small JSON files that are replaced in one step, read with a limit, and never trusted. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-store-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_JSON_SIZE (64 * 1024)
/* json-glib's parser calls itself for each level, and has no limit of its own before 1.10. */
#define MAX_BRACKETS     256
#define MAX_HEADER_VALUE 4096

/**
 * ek_store_set_errno:
 * @number: an errno of something that was to be written
 */
void
ek_store_set_errno (GError **error, const char *path, int number)
{
  gboolean full = number == ENOSPC || number == EDQUOT || number == EFBIG;

  g_set_error (error, EK_ERROR, full ? EK_ERROR_DISK_FULL : EK_ERROR_FILE_WRITE, "%s: %s", path,
               g_strerror (number));
}

/**
 * ek_store_make_folder:
 *
 * Makes a folder for this user alone, and those above it.
 */
gboolean
ek_store_make_folder (const char *path, GError **error)
{
  if (g_mkdir_with_parents (path, 0700) == 0)
    return TRUE;

  ek_store_set_errno (error, path, errno);
  return FALSE;
}

/**
 * ek_is_header_value:
 * @text: (nullable)
 *
 * Returns: whether it is printable ASCII of a length that no honest server exceeds, so that it can
 *   be kept and sent back
 */
gboolean
ek_is_header_value (const char *text)
{
  gsize length = 0;

  if (text == NULL)
    return FALSE;
  while (length <= MAX_HEADER_VALUE && text[length] >= 0x20 && text[length] < 0x7f)
    length++;

  return length <= MAX_HEADER_VALUE && text[length] == '\0';
}

/* At most MAX_JSON_SIZE bytes; never waits on a pipe. */
static char *
read_small (const char *path, gsize *size)
{
  g_autofree char *data = g_malloc (MAX_JSON_SIZE + 1);
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  gsize done = 0;
  ssize_t n = 1;

  if (fd < 0)
    return NULL;
  while (done <= MAX_JSON_SIZE && n > 0)
    {
      n = read (fd, data + done, MAX_JSON_SIZE + 1 - done);
      done += n > 0 ? (gsize) n : 0;
    }
  close (fd);

  *size = done;
  return n == 0 && done <= MAX_JSON_SIZE ? g_steal_pointer (&data) : NULL;
}

static gboolean
is_shallow (const char *data, gsize size)
{
  guint n = 0;

  for (gsize i = 0; i < size && n <= MAX_BRACKETS; i++)
    n += data[i] == '[' || data[i] == '{';

  return n <= MAX_BRACKETS;
}

/**
 * ek_json_read_file:
 *
 * Returns: (transfer full) (nullable): the object in a small file, or %NULL if there is none
 */
JsonObject *
ek_json_read_file (const char *path)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autofree char *data = NULL;
  JsonNode *root;
  gsize size;

  data = read_small (path, &size);
  if (data == NULL || !is_shallow (data, size) ||
      !json_parser_load_from_data (parser, data, (gssize) size, NULL))
    return NULL;

  root = json_parser_get_root (parser);
  return root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? json_node_dup_object (root) : NULL;
}

/**
 * ek_json_write_file:
 * @builder: holding one whole object
 *
 * Returns: %FALSE with %EK_ERROR_DISK_FULL or %EK_ERROR_FILE_WRITE
 */
gboolean
ek_json_write_file (JsonBuilder *builder, const char *path, GError **error)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, FALSE);
  g_autoptr (GError) local = NULL;
  gboolean full;

  if (g_file_set_contents_full (path, text, -1,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                &local))
    return TRUE;

  full = g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ||
         strstr (local->message, g_strerror (EFBIG)) != NULL;
  g_set_error_literal (error, EK_ERROR, full ? EK_ERROR_DISK_FULL : EK_ERROR_FILE_WRITE,
                       local->message);
  return FALSE;
}

/**
 * ek_json_get_string:
 *
 * Returns: (transfer none) (nullable): a member that is a text
 */
const char *
ek_json_get_string (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : NULL;
}

/**
 * ek_json_dup_header:
 *
 * Returns: (transfer full) (nullable): a member that can be sent as a header's value
 */
char *
ek_json_dup_header (JsonObject *object, const char *name)
{
  const char *text = ek_json_get_string (object, name);

  return ek_is_header_value (text) ? g_strdup (text) : NULL;
}

/**
 * ek_json_get_int:
 *
 * Returns: a member that is a whole number, or 0
 */
gint64
ek_json_get_int (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node)
                                                                         : 0;
}

/**
 * ek_json_add_string:
 * @text: (nullable): nothing is added for %NULL
 */
void
ek_json_add_string (JsonBuilder *builder, const char *name, const char *text)
{
  if (text == NULL)
    return;

  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells a firmware from the web page that came instead: a login page, an error page, a moved file. */
#define G_LOG_DOMAIN "ek-store"
#include "config.h"

#include "ek-content.h"

#include <string.h>

#include "ek-firmware-file.h"

static const struct
{
  const char *name;
  guint64 max_size;
} kinds[EK_N_CONTENTS] = {
  [EK_CONTENT_FIRMWARE] = { "firmware", EK_CONTENT_MAX_FIRMWARE },
  [EK_CONTENT_ELF] = { "elf", EK_CONTENT_MAX_FIRMWARE },
  [EK_CONTENT_LIST] = { "list", EK_CONTENT_MAX_LIST },
};

/**
 * ek_content_name:
 *
 * Returns: (transfer none): the name of a kind in the cache's files
 */
const char *
ek_content_name (EkContentKind kind)
{
  g_return_val_if_fail (kind < EK_N_CONTENTS, NULL);

  return kinds[kind].name;
}

/**
 * ek_content_from_name:
 * @name: (nullable): as ek_content_name() gives it
 *
 * Returns: the kind, or %EK_N_CONTENTS
 */
EkContentKind
ek_content_from_name (const char *name)
{
  EkContentKind kind = 0;

  while (kind < EK_N_CONTENTS && g_strcmp0 (kinds[kind].name, name) != 0)
    kind++;

  return kind;
}

/**
 * ek_content_max_size:
 *
 * Returns: bytes that are the most a download of @kind may have
 */
guint64
ek_content_max_size (EkContentKind kind)
{
  g_return_val_if_fail (kind < EK_N_CONTENTS, 0);

  return kinds[kind].max_size;
}

/* Firmware never reads as text from its first bytes on: an error message in plain text does. */
static gboolean
is_text (const guint8 *head, gsize size)
{
  for (gsize i = 0; i < size; i++)
    if (head[i] >= 0x7f || (head[i] < 0x20 && !g_ascii_isspace (head[i])))
      return FALSE;

  return TRUE;
}

static gboolean
is_web_page (const guint8 *head, gsize size)
{
  const char *name;

  if (size >= 3 && memcmp (head, "\xef\xbb\xbf", 3) == 0)
    {
      head += 3;
      size -= 3;
    }
  while (size > 0 && g_ascii_isspace (*head))
    {
      head++;
      size--;
    }
  name = ek_firmware_name_format (head, size);

  /* A comment or an XML declaration is how many pages begin. No list format begins with "<". */
  return (name != NULL && g_str_has_prefix (name, "a web page")) || (size > 0 && *head == '<');
}

/**
 * ek_content_is_elf:
 * @head: the first bytes of a file
 */
gboolean
ek_content_is_elf (const guint8 *head, gsize size)
{
  return size >= 4 && memcmp (head, "\177ELF", 4) == 0;
}

/**
 * ek_content_check:
 * @head: (array length=size): the first %EK_CONTENT_HEAD_SIZE bytes, or all if there are fewer
 * @source: for messages
 *
 * Looks whether the bytes can be what was asked for. What they are in detail, a reader of that
 * format says.
 *
 * Returns: %FALSE with %EK_ERROR_DOWNLOAD_NO_FIRMWARE, or %EK_ERROR_DOWNLOAD_DAMAGED for no bytes
 */
gboolean
ek_content_check (EkContentKind kind,
                  const guint8 *head,
                  gsize size,
                  const char *source,
                  GError **error)
{
  const char *what = NULL;

  if (size == 0)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_DOWNLOAD_DAMAGED, "%s: nothing came", source);
      return FALSE;
    }

  size = MIN (size, EK_CONTENT_HEAD_SIZE);
  if (is_web_page (head, size))
    what = "a web page";
  else if (kind == EK_CONTENT_ELF && !ek_content_is_elf (head, size))
    what = "something else than an ELF file";
  else if (kind == EK_CONTENT_FIRMWARE && is_text (head, size))
    what = "a text";
  if (what == NULL)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_DOWNLOAD_NO_FIRMWARE, "%s: %s came", source, what);
  return FALSE;
}

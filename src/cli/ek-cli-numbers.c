/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hexadecimal with 0x, or decimal; nothing else. */
#define G_LOG_DOMAIN "ek-cli"
#include "config.h"

#include "ek-cli-numbers.h"

static gboolean
parse_number (const char *text, guint64 min, guint64 max, guint32 *value)
{
  gboolean hex = g_str_has_prefix (text, "0x") || g_str_has_prefix (text, "0X");
  guint64 number;

  if (!g_ascii_string_to_unsigned (hex ? text + 2 : text, hex ? 16 : 10, min, max, &number, NULL))
    return FALSE;

  *value = (guint32) number;
  return TRUE;
}

/**
 * ek_cli_parse_address:
 * @value: (out)
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT
 */
gboolean
ek_cli_parse_address (const char *text, guint32 *value, GError **error)
{
  if (parse_number (text, 0, G_MAXUINT32 - 1, value))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT,
               "“%s” is no address: write 0x10000 or 65536", text);
  return FALSE;
}

/**
 * ek_cli_parse_size:
 * @value: (out): bytes, 1 or more
 *
 * Returns: %FALSE with %EK_ERROR_INVALID_ARGUMENT
 */
gboolean
ek_cli_parse_size (const char *text, guint32 *value, GError **error)
{
  if (parse_number (text, 1, G_MAXUINT32, value))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "“%s” is no size: write 0x1000 or 4096",
               text);
  return FALSE;
}

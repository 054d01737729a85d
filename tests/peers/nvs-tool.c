/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our reader and writer of settings for a test in another language: lines of "NAMESPACE KEY TYPE VALUE",
 * with texts and blobs in hex. usage: nvs-tool write FILE SIZE < LINES, nvs-tool read FILE */
#include "config.h"

#include <stdio.h>

#include "ek-nvs.h"

static const struct
{
  const char *name;
  EkNvsType type;
} types[] = {
  { "u8", EK_NVS_U8 },   { "i8", EK_NVS_I8 },   { "u16", EK_NVS_U16 }, { "i16", EK_NVS_I16 },
  { "u32", EK_NVS_U32 }, { "i32", EK_NVS_I32 }, { "u64", EK_NVS_U64 }, { "i64", EK_NVS_I64 },
};

static int
fail (const char *message)
{
  fprintf (stderr, "%s\n", message);
  return 1;
}

static GBytes *
from_hex (const char *hex)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2)
    {
      guint8 byte = (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));

      g_byte_array_append (bytes, &byte, 1);
    }

  return g_byte_array_free_to_bytes (g_steal_pointer (&bytes));
}

static gboolean
set_value (EkNvs *nvs, char **words, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (words[2], types[i].name))
      return ek_nvs_set_int (nvs, words[0], words[1], types[i].type,
                             words[3][0] == '-' ? g_ascii_strtoll (words[3], NULL, 10)
                                                : (gint64) g_ascii_strtoull (words[3], NULL, 10),
                             error);

  bytes = from_hex (words[3]);
  if (g_str_equal (words[2], "string"))
    {
      gsize size;
      const char *data = g_bytes_get_data (bytes, &size);
      g_autofree char *text = g_strndup (size > 0 ? data : "", size);

      return ek_nvs_set_string (nvs, words[0], words[1], text, error);
    }

  return ek_nvs_set_blob (nvs, words[0], words[1], bytes, error);
}

static int
write_file (const char *path, gsize size)
{
  g_autoptr (EkNvs) nvs = ek_nvs_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GIOChannel) input = g_io_channel_unix_new (0);
  g_autofree char *line = NULL;

  while (g_io_channel_read_line (input, &line, NULL, NULL, NULL) == G_IO_STATUS_NORMAL)
    {
      g_auto (GStrv) words = g_strsplit (g_strdelimit (line, "\n", '\0'), " ", 4);

      if (g_strv_length (words) != 4 || !set_value (nvs, words, &error))
        return fail (error != NULL ? error->message : line);
      g_clear_pointer (&line, g_free);
    }

  bytes = ek_nvs_to_bytes (nvs, size, &error);
  if (bytes == NULL ||
      !g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) size, &error))
    return fail (error->message);

  return 0;
}

static void
print_hex (const guint8 *data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    printf ("%02x", data[i]);
}

static void
print_value (EkNvs *nvs, const char *name_space, const char *key)
{
  gint64 number;
  EkNvsType type = 0;

  ek_nvs_get_value_type (nvs, name_space, key, &type);
  printf ("%s %s ", name_space, key);
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (type == types[i].type && ek_nvs_get_int (nvs, name_space, key, &number))
      printf (type == EK_NVS_U64 ? "%s %" G_GUINT64_FORMAT : "%s %" G_GINT64_FORMAT, types[i].name,
              number);

  if (type == EK_NVS_STRING)
    {
      const char *text = ek_nvs_get_string (nvs, name_space, key);

      printf ("string ");
      print_hex ((const guint8 *) text, strlen (text));
    }
  else if (type == EK_NVS_BLOB)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (ek_nvs_get_blob (nvs, name_space, key), &size);

      printf ("blob ");
      print_hex (data, size);
    }
  putchar ('\n');
}

static int
read_file (const char *path)
{
  g_autofree char *data = NULL;
  gsize size;
  g_autoptr (GError) error = NULL;
  g_autoptr (EkNvs) nvs = NULL;
  g_auto (GStrv) spaces = NULL;

  if (!g_file_get_contents (path, &data, &size, &error) ||
      !(nvs = ek_nvs_new_from_bytes ((const guint8 *) data, size, &error)))
    return fail (error->message);

  spaces = ek_nvs_list_namespaces (nvs);
  for (guint i = 0; spaces[i] != NULL; i++)
    {
      g_auto (GStrv) keys = ek_nvs_list_keys (nvs, spaces[i]);

      for (guint j = 0; keys[j] != NULL; j++)
        print_value (nvs, spaces[i], keys[j]);
    }

  return 0;
}

int
main (int argc, char **argv)
{
  if (argc == 4 && g_str_equal (argv[1], "write"))
    return write_file (argv[2], (gsize) g_ascii_strtoull (argv[3], NULL, 0));
  if (argc == 3 && g_str_equal (argv[1], "read"))
    return read_file (argv[2]);

  return fail ("usage: nvs-tool write FILE SIZE | read FILE");
}

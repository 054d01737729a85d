/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real firmware that tests read in place, writable copies of bytes, and seeded damage. */
#pragma once

#include <gio/gio.h>
#include <string.h>

static inline GBytes *
test_shared_file (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("EK_SHARED_DIR"), "firmware", name, NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (contents, size);
}

/* A copy of exactly that size, so that a read behind its end is seen by the sanitizer. */
static inline guint8 *
test_copy (GBytes *bytes, gsize offset, gsize size)
{
  const guint8 *data = g_bytes_get_data (bytes, NULL);

  g_assert_cmpuint (offset + size, <=, g_bytes_get_size (bytes));
  return g_memdup2 (data + offset, size);
}

static inline guint
test_mutations (void)
{
  const char *number = g_getenv ("EK_TEST_MUTATIONS");

  return number != NULL ? (guint) g_ascii_strtoull (number, NULL, 10) : 100;
}

/* Changes 1 to 8 places: any byte, an extreme byte, or a bit. */
static inline void
test_damage (GRand *rand, guint8 *data, gsize size)
{
  static const guint8 extremes[] = { 0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff };
  gint32 n = g_rand_int_range (rand, 1, 9);

  for (gint32 i = 0; i < n; i++)
    {
      guint8 *place = &data[g_rand_int_range (rand, 0, (gint32) size)];

      switch (g_rand_int_range (rand, 0, 3))
        {
        case 0:
          *place = (guint8) g_rand_int (rand);
          break;
        case 1:
          *place = extremes[g_rand_int_range (rand, 0, G_N_ELEMENTS (extremes))];
          break;
        default:
          *place ^= (guint8) (1u << g_rand_int_range (rand, 0, 8));
        }
    }
}

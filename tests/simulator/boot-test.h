/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A simulated device whose flash a test fills, and what it prints. */
#pragma once

#include "ek-simulator.h"

#include "ek-demo-firmware.h"
#include "ek-partition-table.h"

#define SECOND ((gint64) G_USEC_PER_SEC)
#define APP    0x210000

typedef struct
{
  EkSimulator *simulator;
  guint8 *flash;
} Fixture;

static inline GBytes *
shared_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("EK_SHARED_DIR"), folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *contents;
  gsize size;

  g_file_get_contents (path, &contents, &size, &error);
  g_assert_no_error (error);
  return g_bytes_new_take (contents, size);
}

static inline void
place (Fixture *fixture, guint32 offset, GBytes *part)
{
  g_autoptr (GBytes) owned = part;
  gsize size;
  const guint8 *bytes = g_bytes_get_data (owned, &size);
  gsize flash_size;

  ek_simulator_get_flash (fixture->simulator, &flash_size);
  g_assert_cmpuint (offset, <=, flash_size);
  memcpy (fixture->flash + offset, bytes, MIN (size, flash_size - offset));
}

static inline void
plug_in (Fixture *fixture, const char *options)
{
  g_autoptr (GError) error = NULL;

  fixture->simulator = ek_simulator_new (options, &error);
  g_assert_no_error (error);
  fixture->flash = ek_simulator_get_flash (fixture->simulator, NULL);
}

static inline void
plug_in_demo (Fixture *fixture, const char *options, gboolean with_settings)
{
  plug_in (fixture, options);
  place (fixture, 0, ek_demo_firmware_new ("0.1.0", with_settings));
}

static inline char *
listen_for (EkSimulator *simulator, gint64 time)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint8 buffer[4096];
  gsize size;

  ek_simulator_advance (simulator, ek_simulator_get_now (simulator) + time);
  while ((size = ek_simulator_read (simulator, buffer, sizeof buffer)) > 0)
    g_string_append_len (text, (const char *) buffer, (gssize) size);

  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Resets over USB-Serial/JTAG and takes the device away. */
static inline char *
restart_for (Fixture *fixture, gint64 time)
{
  char *text;

  ek_simulator_set_lines (fixture->simulator, FALSE, TRUE);
  ek_simulator_set_lines (fixture->simulator, FALSE, FALSE);
  text = listen_for (fixture->simulator, time);
  g_clear_object (&fixture->simulator);
  return text;
}

static inline void
assert_has (const char *text, const char *expected)
{
  if (strstr (text, expected) == NULL)
    g_error ("“%s” is missing in:\n%s", expected, text);
}

static inline void
assert_lacks (const char *text, const char *unexpected)
{
  if (strstr (text, unexpected) != NULL)
    g_error ("“%s” should not be in:\n%s", unexpected, text);
}

static inline void
assert_has_all (const char *text, const char *const *expected)
{
  const char *position = text;

  for (guint i = 0; expected[i] != NULL; i++)
    {
      const char *found = strstr (position, expected[i]);

      if (found == NULL)
        g_error ("“%s” is missing, or too early, in:\n%s", expected[i], text);
      position = found + strlen (expected[i]);
    }
}

static inline guint
count (const char *text, const char *what)
{
  guint n = 0;

  for (const char *p = strstr (text, what); p != NULL; p = strstr (p + 1, what))
    n++;
  return n;
}

static inline void
place_table (Fixture *fixture, const char *csv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EkPartitionTable) table = ek_partition_table_new_from_csv (csv, strlen (csv), &error);

  g_assert_no_error (error);
  place (fixture, EK_PARTITION_TABLE_OFFSET, ek_partition_table_to_binary (table));
}

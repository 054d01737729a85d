/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is left of a download when its process is killed. */
#include "config.h"

#include "store-test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "ek-partial.h"

#define URL "https://example.org/a.bin"
#define MIB (1024 * 1024)

/* Another process writes @size bytes and is gone, without any tidying up. */
static void
write_and_die (const char *folder, GBytes *content, gsize size)
{
  int status;
  pid_t child = fork ();

  if (child == 0)
    {
      EkPartial *partial = ek_partial_open (folder, URL, NULL);
      const guint8 *data = g_bytes_get_data (content, NULL);

      if (partial == NULL || !ek_partial_restart (partial, "\"v1\"", NULL, 8 * MIB, NULL))
        _exit (1);
      for (gsize done = 0; done < size; done += 4096)
        if (!ek_partial_append (partial, data + done, MIN (4096, size - done), NULL))
          _exit (1);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
}

/* Each full megabyte counts; what came after it may not have reached the disk. */
static void
test_killed (void)
{
  static const struct
  {
    gsize written, kept;
  } rows[] = {
    { 4096, 0 },
    { MIB - 4096, 0 },
    { MIB, MIB },
    { 2 * MIB + MIB / 2, 2 * MIB },
  };
  g_autoptr (GBytes) content = test_firmware (8 * MIB, 1);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (World) world = { NULL };
      g_autoptr (EkPartial) partial = NULL;
      g_autoptr (GError) error = NULL;

      world_init (&world);
      write_and_die (world.root, content, rows[i].written);
      partial = ek_partial_open (world.root, URL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (ek_partial_get_size (partial), ==, rows[i].kept);
      g_assert_cmpstr (ek_partial_get_if_range (partial), ==, rows[i].kept > 0 ? "\"v1\"" : NULL);
      g_assert_cmpuint (ek_partial_get_total (partial), ==, rows[i].kept > 0 ? 8 * MIB : 0);
    }
}

/* The hash of a whole that was taken up is that of the whole. */
static void
test_hash_goes_on (void)
{
  g_auto (World) world = { NULL };
  g_autoptr (GBytes) content = test_firmware (3 * MIB, 1);
  g_autoptr (EkPartial) partial = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *wanted = test_hash (content);
  g_autofree char *hash = NULL;
  const guint8 *data = g_bytes_get_data (content, NULL);

  world_init (&world);
  write_and_die (world.root, content, 2 * MIB);
  partial = ek_partial_open (world.root, URL, &error);
  g_assert_no_error (error);
  g_assert_true (ek_partial_append (partial, data + 2 * MIB, MIB, &error));
  g_assert_true (ek_partial_complete (partial, &hash, &error));
  g_assert_cmpstr (hash, ==, wanted);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/partial/killed-process-leaves-whole-megabytes", test_killed);
  g_test_add_func ("/partial/hash-goes-on", test_hash_goes_on);
  return g_test_run ();
}

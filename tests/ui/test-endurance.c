/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A workshop's day: device after device in one window, and nothing piles up. */
#include "config.h"

#include <malloc.h>

#include "ek-demo-firmware.h"
#include "ek-flash-job.h"
#include "ek-simulator-port.h"
#include "ek-test.h"
#include "ek-window-private.h"
#include "ui-test.h"

#define N_DEVICES       50
#define N_DEVICES_QUICK 8
/* Caches, pools and fonts are filled by then. */
#define WARM_UP 10
/* What the allocator's books differ by although nothing stays (heaptrack counts 212 devices and 12 as
 * the same) is 100 KB after 40 devices. */
#define HEAP_GROWTH (256 << 10)

/* Of the demo firmware: what is before the settings, and the app. */
#define SETTINGS_OFFSET 0x9000
#define APP_OFFSET      0x210000

/* Target, simulated device, operation and job. */
#define N_KEPT 4

typedef struct
{
  guint descriptors;
  guint threads;
  gint64 heap;
} Usage;

static guint
count_files (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
measure (Usage *usage)
{
  /* what is merely cached is given back first */
  malloc_trim (0);
  usage->descriptors = count_files ("/proc/self/fd");
  usage->threads = count_files ("/proc/self/task");
  usage->heap = (gint64) mallinfo2 ().uordblks + (gint64) mallinfo2 ().hblkhd;
}

static void
assert_verified (EkSimulator *simulator, EkFlashJob *job)
{
  g_autoptr (GBytes) demo = ek_demo_firmware_new ("0.2.0", FALSE);
  const guint8 *wanted;
  const guint8 *flash;
  gsize wanted_size, flash_size;

  g_assert_cmpint (ek_flash_job_get_outcome (job), ==, EK_FLASH_STARTED);
  wanted = g_bytes_get_data (demo, &wanted_size);
  flash = ek_simulator_get_flash (simulator, &flash_size);
  g_assert_cmpmem (flash, SETTINGS_OFFSET, wanted, SETTINGS_OFFSET);
  g_assert_cmpmem (flash + APP_OFFSET, wanted_size - APP_OFFSET, wanted + APP_OFFSET,
                   wanted_size - APP_OFFSET);
}

static gboolean
are_gone (gpointer data)
{
  gpointer *kept = data;

  for (guint i = 0; i < N_KEPT; i++)
    if (kept[i] != NULL)
      return FALSE;

  return TRUE;
}

static EkSimulator *
get_simulator (EkTarget *target)
{
  g_autoptr (EkPort) port = ek_target_new_port (target, NULL);

  return ek_simulator_port_get_simulator (port);
}

/* From plugging in to unplugging; nothing of it stays. */
static void
flash_one (UiTest *test, guint number)
{
  g_autofree char *options = g_strdup_printf ("esp32s3?mac=98:a3:16:00:00:%02x", number % 256);
  EkTarget *target = ui_test_plug_in (test, options);
  gpointer kept[N_KEPT];

  ek_target_set_board (target, "echokit-box");
  ui_wait_for_look (target);
  ui_click (test, "Update");
  kept[0] = target;
  kept[1] = get_simulator (target);
  kept[2] = test->window->operation;
  ui_wait_for_page (test, "done");
  kept[3] = ek_operation_get_job (test->window->operation);
  assert_verified (kept[1], kept[3]);

  for (guint i = 0; i < N_KEPT; i++)
    g_object_add_weak_pointer (kept[i], &kept[i]);
  ui_click (test, "Done");
  ek_target_list_remove_simulated (test->targets);
  ui_wait_for_page (test, "empty");
  ui_wait_for (are_gone, kept);
}

static void
test_fifty (UiTest *test, gconstpointer data)
{
  guint n = ek_test_is_quick () ? N_DEVICES_QUICK : N_DEVICES;
  Usage before = { 0 };
  Usage after;

  for (guint i = 0; i < n; i++)
    {
      if (i == MIN (WARM_UP, n / 2))
        measure (&before);
      flash_one (test, i);
    }
  measure (&after);
  g_test_message ("descriptors %u to %u, threads %u to %u, heap %+" G_GINT64_FORMAT " bytes",
                  before.descriptors, after.descriptors, before.threads, after.threads,
                  after.heap - before.heap);
  g_assert_cmpuint (after.descriptors, <=, before.descriptors);
  /* a pool may get one more */
  g_assert_cmpuint (after.threads, <=, before.threads + 2);
  g_assert_cmpint (after.heap - before.heap, <, HEAP_GROWTH);
}

int
main (int argc, char **argv)
{
  ui_test_init (&argc, &argv);

  g_test_add ("/endurance/fifty-devices-in-one-window", UiTest, NULL, ui_test_setup, test_fifty,
              ui_test_teardown);

  return g_test_run ();
}

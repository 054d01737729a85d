/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The live monitor: a real log in any chunks, pausing, saving, and nothing secret in any of it. */
#include "config.h"

#include "ek-monitor.h"
#include "fake-port.h"

#include <glib/gstdio.h>
#include <string.h>

#define SECRET "not-a-secret"

static const char secret_log[] = "ESP-ROM:esp32s3-20210327\r\n"
                                 "I (1) echokit: SSID: \"Garden\"\r\n"
                                 "I (2) echokit: PASS: \"" SECRET "\"\r\n"
                                 "I (3) bt: Wrote to pass characteristic: [] -> \"" SECRET "\"\r\n"
                                 "I (4) bt: New pass: " SECRET "\r\n"
                                 "last line\r\n";

typedef struct
{
  guint wanted;
  guint n_lines;
  guint n_crashes;
  guint n_verdicts;
  GString *signalled;
} Watcher;

static void
on_line (EkMonitor *monitor, EkLogLine *line, Watcher *watcher)
{
  watcher->n_lines++;
  g_string_append_printf (watcher->signalled, "%s\n", ek_log_line_get_text (line));
}

static void
on_crash (EkMonitor *monitor, EkCrash *crash, Watcher *watcher)
{
  watcher->n_crashes++;
}

static void
on_verdict (EkMonitor *monitor, Watcher *watcher)
{
  watcher->n_verdicts++;
}

static guint
count_lines (const char *text, gsize size)
{
  guint n = 0;

  for (gsize i = 0; i < size; i++)
    n += text[i] == '\n';
  return n;
}

static void
play (FakePort *port, const char *bytes, gsize size, GRand *rand, gsize chunk)
{
  gsize done = 0;

  while (done < size)
    {
      gsize n = rand != NULL ? (gsize) g_rand_int_range (rand, 1, (gint32) chunk + 1) : chunk;

      n = MIN (n, size - done);
      fake_port_play (port, (gint64) (done + 1) * 100, bytes + done, n);
      done += n;
    }
}

static void
run_until (EkMonitor *monitor, Watcher *watcher, guint n_lines)
{
  g_signal_connect (monitor, "line", G_CALLBACK (on_line), watcher);
  g_signal_connect (monitor, "crash", G_CALLBACK (on_crash), watcher);
  g_signal_connect (monitor, "verdict-changed", G_CALLBACK (on_verdict), watcher);
  ek_monitor_start (monitor);
  while (watcher->n_lines < n_lines)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (ek_monitor_get_state (monitor), ==, EK_MONITOR_LISTENING);
  ek_monitor_stop (monitor);
  g_assert_cmpint (ek_monitor_get_state (monitor), ==, EK_MONITOR_IDLE);
  g_signal_handlers_disconnect_by_data (monitor, watcher);
}

static void
test_judges_the_real_log_in_any_chunks (void)
{
  g_autofree char *path =
      g_build_filename (g_getenv ("EK_SHARED_DIR"), "traces", "echokit-box-v0.3.1-boot.log", NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  g_autofree char *bytes = NULL;
  gsize size;

  if (!g_file_get_contents (path, &bytes, &size, NULL))
    {
      g_test_skip ("the recording is not here");
      return;
    }

  for (guint i = 0; i < 6; i++)
    {
      g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
      g_autoptr (EkMonitor) monitor = ek_monitor_new (EK_PORT (port), NULL);
      g_autoptr (GString) signalled = g_string_new (NULL);
      Watcher watcher = { .signalled = signalled };
      EkBootVerdict *verdict = ek_monitor_get_verdict (monitor);
      guint n_lines = count_lines (bytes, size);
      g_autofree char *text = NULL;

      play (port, bytes, size, i > 0 ? rand : NULL, i > 0 ? i * i * 20 : 1);
      run_until (monitor, &watcher, n_lines);
      g_assert_cmpint (ek_boot_verdict_get_state (verdict), ==, EK_BOOT_APP_STARTED);
      g_assert_cmpstr (ek_boot_verdict_get_version (verdict), ==, "v0.3.1");
      g_assert_cmpstr (ek_boot_verdict_get_elf_prefix (verdict), ==, "3c2bbe8c2");
      g_assert_cmpuint (watcher.n_crashes, ==, 0);
      g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (ek_monitor_get_log (monitor))), ==,
                        n_lines);
      text = ek_log_to_text (ek_monitor_get_log (monitor), FALSE);
      g_assert_cmpstr (text, ==, signalled->str);
      g_assert_nonnull (strstr (text, "app_init: App version:      v0.3.1\n"));
    }
}

static void
test_shows_no_password_anywhere (void)
{
  g_autofree char *folder = g_dir_make_tmp ("ek-monitor-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "log", NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (guint i = 0; i < 8; i++)
    {
      g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
      g_autoptr (EkMonitor) monitor = ek_monitor_new (EK_PORT (port), NULL);
      g_autoptr (GString) signalled = g_string_new (NULL);
      Watcher watcher = { .signalled = signalled };
      g_autofree char *saved = NULL;
      g_autoptr (GError) error = NULL;

      play (port, secret_log, strlen (secret_log), rand, 1 + i * 7);
      run_until (monitor, &watcher, 6);
      g_assert_null (strstr (signalled->str, SECRET));
      g_assert_true (ek_log_save (ek_monitor_get_log (monitor), path, TRUE, &error));
      g_assert_true (g_file_get_contents (path, &saved, NULL, NULL));
      g_assert_null (strstr (saved, SECRET));
      g_assert_nonnull (strstr (saved, " last line\n"));
      g_assert_nonnull (strstr (saved, "Garden"));
    }
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_pauses (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  EkMonitorOptions options = { .capacity = 4 };
  g_autoptr (EkMonitor) monitor = ek_monitor_new (EK_PORT (port), &options);
  GListModel *log = G_LIST_MODEL (ek_monitor_get_log (monitor));
  g_autoptr (GString) signalled = g_string_new (NULL);
  Watcher watcher = { .signalled = signalled };

  play (port, secret_log, strlen (secret_log), NULL, 10);
  ek_monitor_set_paused (monitor, TRUE);
  run_until (monitor, &watcher, 6);
  g_assert_cmpuint (g_list_model_get_n_items (log), ==, 0);
  ek_monitor_set_paused (monitor, FALSE);
  g_assert_cmpuint (g_list_model_get_n_items (log), ==, 4);
}

static void
test_tells_of_a_crash (void)
{
  static const char bytes[] = "I (1) a: b\r\n"
                              "abort() was called at PC 0x420a60d4 on core 0\r\n"
                              "Backtrace: 0x420a60d4:0x3fca5c10\r\n"
                              "ELF file SHA256: 4cd45df24\r\n"
                              "Rebooting...\r\n";
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_autoptr (EkMonitor) monitor = ek_monitor_new (EK_PORT (port), NULL);
  g_autoptr (GString) signalled = g_string_new (NULL);
  Watcher watcher = { .signalled = signalled };
  EkError code;

  play (port, bytes, strlen (bytes), NULL, 7);
  run_until (monitor, &watcher, 5);
  g_assert_cmpuint (watcher.n_crashes, ==, 1);
  g_assert_cmpuint (watcher.n_verdicts, ==, 1);
  g_assert_true (ek_boot_verdict_get_problem (ek_monitor_get_verdict (monitor), &code, NULL));
  g_assert_cmpint (code, ==, EK_ERROR_BOOT_CRASH);
}

static void
test_fails_where_nothing_is (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  g_autoptr (EkMonitor) monitor = ek_monitor_new (EK_PORT (port), NULL);

  fake_port_unplug (port, 0, G_MAXINT64);
  ek_monitor_start (monitor);
  while (ek_monitor_get_state (monitor) != EK_MONITOR_FAILED)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (ek_monitor_get_error (monitor), EK_ERROR, EK_ERROR_PORT_NOT_FOUND);
}

static void
test_can_be_dropped_while_it_listens (void)
{
  g_autoptr (FakePort) port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  EkMonitor *monitor = ek_monitor_new (EK_PORT (port), NULL);

  play (port, secret_log, strlen (secret_log), NULL, 1);
  ek_monitor_start (monitor);
  g_assert_finalize_object (monitor);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_false (ek_port_is_open (EK_PORT (port)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/monitor/judges-the-real-log-in-any-chunks",
                   test_judges_the_real_log_in_any_chunks);
  g_test_add_func ("/monitor/shows-no-password-anywhere", test_shows_no_password_anywhere);
  g_test_add_func ("/monitor/pauses", test_pauses);
  g_test_add_func ("/monitor/tells-of-a-crash", test_tells_of_a_crash);
  g_test_add_func ("/monitor/fails-where-nothing-is", test_fails_where_nothing_is);
  g_test_add_func ("/monitor/can-be-dropped-while-it-listens",
                   test_can_be_dropped_while_it_listens);

  return g_test_run ();
}

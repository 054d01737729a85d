/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crashes as ESP-IDF 5.4 and Rust print them, taken out of a stream. */
#include "config.h"

#include "ek-crash-collector.h"

#include <string.h>

/* All crashes of a log. */
static GPtrArray *
collect (const char *log)
{
  g_autoptr (EkCrashCollector) collector = ek_crash_collector_new ();
  GPtrArray *crashes = g_ptr_array_new_with_free_func (g_object_unref);
  g_auto (GStrv) lines = g_strsplit (log, "\n", -1);
  EkCrash *crash;

  for (guint i = 0; lines[i] != NULL; i++)
    if ((crash = ek_crash_collector_feed (collector, lines[i])) != NULL)
      g_ptr_array_add (crashes, crash);
  if ((crash = ek_crash_collector_end (collector)) != NULL)
    g_ptr_array_add (crashes, crash);
  return crashes;
}

#define GURU                                                                                 \
  "I (500) echokit: fine\n"                                                                  \
  "Guru Meditation Error: Core  1 panic'ed (LoadProhibited). Exception was unhandled.\n"     \
  "\n"                                                                                       \
  "Core  1 register dump:\n"                                                                 \
  "PC      : 0x4200d1e2  PS      : 0x00060a30  A0      : 0x820d9e1a  A1      : 0x3fca5c10\n" \
  "EXCCAUSE: 0x0000001c  EXCVADDR: 0x00000004  LBEG    : 0x40056f08  LEND    : 0x40056f12\n" \
  "\n"                                                                                       \
  "Backtrace: 0x4200d1df:0x3fca5c10 0x42020e80:0x3fca5c30 0x40043ab5:0x3fca5c50 "            \
  "|<-CORRUPTED\n"                                                                           \
  "\n"                                                                                       \
  "ELF file SHA256: 4cd45df24\n"                                                             \
  "\n"                                                                                       \
  "Rebooting...\n"

static void
test_reads_a_guru_meditation (void)
{
  g_autoptr (GPtrArray) crashes = collect (GURU "ESP-ROM:esp32s3-20210327\n" GURU);
  EkCrash *crash;
  guint32 value;

  g_assert_cmpuint (crashes->len, ==, 2);
  crash = crashes->pdata[0];
  g_assert_cmpint (ek_crash_get_kind (crash), ==, EK_CRASH_EXCEPTION);
  g_assert_cmpstr (ek_crash_get_cause (crash), ==, "LoadProhibited");
  g_assert_cmpint (ek_crash_get_core (crash), ==, 1);
  g_assert_cmpuint (ek_crash_get_n_registers (crash), ==, 8);
  g_assert_true (ek_crash_find_register (crash, "EXCVADDR", &value));
  g_assert_cmphex (value, ==, 4);
  g_assert_true (ek_crash_find_register (crash, "A1", &value));
  g_assert_cmphex (value, ==, 0x3fca5c10);
  g_assert_false (ek_crash_find_register (crash, "A9", &value));
  g_assert_cmpuint (ek_crash_get_n_frames (crash), ==, 3);
  g_assert_cmphex (ek_crash_get_frame (crash, 0)->pc, ==, 0x4200d1df);
  g_assert_cmphex (ek_crash_get_frame (crash, 0)->sp, ==, 0x3fca5c10);
  g_assert_null (ek_crash_get_frame (crash, 0)->place);
  g_assert_nonnull (ek_crash_get_frame (crash, 2)->place);
  g_assert_true (ek_crash_is_corrupted (crash));
  g_assert_cmpstr (ek_crash_get_elf_prefix (crash), ==, "4cd45df24");
  g_assert_nonnull (strstr (ek_crash_get_explanation (crash), "memory that isn't there"));
}

static void
test_reads_a_rust_panic (void)
{
  g_autoptr (GPtrArray) crashes =
      collect ("thread '<unnamed>' panicked at src/main.rs:212:10:\n"
               "Could not parse the given SSID into WiFi config: ()\n"
               "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n"
               "\n"
               "abort() was called at PC 0x420a60d4 on core 0\n"
               "\n"
               "Backtrace: 0x420a60d4:0x3fca5c10 |<-CONTINUES\n"
               "ELF file SHA256: 4cd45df24\n"
               "Rebooting...\n");
  EkCrash *crash;

  g_assert_cmpuint (crashes->len, ==, 1);
  crash = crashes->pdata[0];
  g_assert_cmpint (ek_crash_get_kind (crash), ==, EK_CRASH_RUST_PANIC);
  g_assert_cmpstr (ek_crash_get_message (crash), ==,
                   "Could not parse the given SSID into WiFi config: ()");
  g_assert_cmpstr (ek_crash_get_location (crash), ==, "src/main.rs:212:10");
  g_assert_cmpint (ek_crash_get_core (crash), ==, 0);
  g_assert_cmpuint (ek_crash_get_n_frames (crash), ==, 1);
  g_assert_false (ek_crash_is_corrupted (crash));
  g_assert_nonnull (strstr (ek_crash_get_explanation (crash), "Wi-Fi name is too long"));
}

static void
test_reads_an_older_rust_panic (void)
{
  g_autoptr (GPtrArray) crashes =
      collect ("thread 'main' panicked at 'no, it's over', src/main.rs:1:2\nRebooting...\n");

  g_assert_cmpuint (crashes->len, ==, 1);
  g_assert_cmpstr (ek_crash_get_message (crashes->pdata[0]), ==, "no, it's over");
  g_assert_cmpstr (ek_crash_get_location (crashes->pdata[0]), ==, "src/main.rs:1:2");
}

static void
test_knows_every_kind (void)
{
  static const struct
  {
    const char *line;
    EkCrashKind kind;
    int core;
  } rows[] = {
    { "Guru Meditation Error: Core  0 panic'ed (Interrupt wdt timeout on CPU0). ",
      EK_CRASH_INTERRUPT_WATCHDOG, 0 },
    { "Guru Meditation Error: Core  1 panic'ed (Cache disabled but cached memory region "
      "accessed). ",
      EK_CRASH_CACHE, 1 },
    { "Guru Meditation Error: Core  0 panic'ed (Unhandled debug exception). ",
      EK_CRASH_STACK_OVERFLOW, 0 },
    { "Guru Meditation Error: Core  0 panic'ed (IllegalInstruction). ", EK_CRASH_EXCEPTION, 0 },
    { "***ERROR*** A stack overflow in task main has been detected.", EK_CRASH_STACK_OVERFLOW, -1 },
    { "CORRUPT HEAP: Bad head at 0x3fcb1234. Expected 0xabba1234 got 0x00000000", EK_CRASH_HEAP,
      -1 },
    { "assert failed: xQueueSemaphoreTake queue.c:1709 (( pxQueue ))", EK_CRASH_ASSERT, -1 },
    { "E (12345) task_wdt: Task watchdog got triggered. The following tasks/users did not reset "
      "the watchdog in time:",
      EK_CRASH_TASK_WATCHDOG, -1 },
    { "abort() was called at PC 0x420a60d4 on core 1", EK_CRASH_ABORT, 1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *log = g_strconcat (rows[i].line, "\nRebooting...\n", NULL);
      g_autoptr (GPtrArray) crashes = collect (log);
      g_autofree char *text = NULL;

      g_test_message ("%s", rows[i].line);
      g_assert_cmpuint (crashes->len, ==, 1);
      g_assert_cmpstr (ek_crash_kind_name (ek_crash_get_kind (crashes->pdata[0])), ==,
                       ek_crash_kind_name (rows[i].kind));
      g_assert_cmpint (ek_crash_get_core (crashes->pdata[0]), ==, rows[i].core);
      text = ek_crash_to_text (crashes->pdata[0]);
      g_assert_nonnull (strstr (text, ek_crash_get_explanation (crashes->pdata[0])));
    }
}

/* A warning of the task watchdog need not be the end. */
static void
test_lets_a_watchdog_pass (void)
{
  g_autoptr (GPtrArray) crashes =
      collect ("E (5000) task_wdt: Task watchdog got triggered. The following tasks\n"
               "E (5000) task_wdt:  - IDLE0 (CPU 0)\n"
               "E (5000) task_wdt: Print CPU 0 (current core) backtrace\n"
               "\n"
               "Backtrace: 0x42020e80:0x3fca5c30\n"
               "I (6000) echokit: still here\n"
               "I (7000) echokit: Backtrace: 0x1:0x2\n");

  g_assert_cmpuint (crashes->len, ==, 1);
  g_assert_cmpuint (ek_crash_get_n_frames (crashes->pdata[0]), ==, 1);
  g_assert_cmphex (ek_crash_get_frame (crashes->pdata[0], 0)->pc, ==, 0x42020e80);
}

static void
test_bears_nonsense (void)
{
  static const char *const logs[] = {
    "",
    "Backtrace: 0x1:0x2\nRebooting...\n",
    "Guru Meditation Error",
    "Guru Meditation Error: panic'ed (\nBacktrace:\n",
    "Guru Meditation Error\nBacktrace: 0x 0xzz 0x123456789:0x1 :::\n",
    "Guru Meditation Error\nPC : 0x\nA_very_long_name_of_nothing : 0x1\nPC:0x12:\n",
    "abort() was called at PC\nBacktrace: 0x42020e80:\n",
    "thread 'panicked at ",
    "thread 'x' panicked at ',\n",
    "Guru Meditation Error\nELF file SHA256: zz\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (logs); i++)
    {
      g_autoptr (GPtrArray) crashes = collect (logs[i]);

      for (guint j = 0; j < crashes->len; j++)
        {
          g_autofree char *text = ek_crash_to_text (crashes->pdata[j]);

          g_assert_cmpuint (ek_crash_get_n_frames (crashes->pdata[j]), <=, 1);
          g_assert_true (g_utf8_validate (text, -1, NULL));
        }
    }
}

/* One that never ends is told all the same, and takes no more room. */
static void
test_ends_a_crash_without_end (void)
{
  g_autoptr (EkCrashCollector) collector = ek_crash_collector_new ();
  g_autoptr (EkCrash) crash = NULL;
  guint n = 0;

  g_assert_null (ek_crash_collector_feed (collector, "Guru Meditation Error"));
  while (crash == NULL && n++ < 10000)
    crash = ek_crash_collector_feed (collector, "A0 : 0x1 A1 : 0x2 A2 : 0x3 A3 : 0x4");
  g_assert_nonnull (crash);
  g_assert_cmpuint (ek_crash_get_n_registers (crash), <=, 64);
}

static gboolean
name_it (guint32 address, EkSymbol *symbol, gpointer user_data)
{
  if (address != 0x42020e80)
    return FALSE;

  symbol->function = g_strdup ("echokit::main");
  symbol->offset = 0x14;
  symbol->file = g_strdup ("src/main.rs");
  symbol->line = 7;
  return TRUE;
}

static void
test_shows_names (void)
{
  g_autoptr (GPtrArray) crashes = collect (GURU);
  g_autofree char *text = NULL;

  ek_crash_resolve (crashes->pdata[0], EK_CRASH_NAMED, name_it, NULL);
  ek_crash_resolve (crashes->pdata[0], EK_CRASH_NAMED, name_it, NULL); /* again does no harm */
  text = ek_crash_to_text (crashes->pdata[0]);
  g_assert_nonnull (strstr (text, "0x4200d1df  ?\n"));
  g_assert_nonnull (strstr (text, "0x42020e80  echokit::main+0x14  (src/main.rs:7)\n"));
  g_assert_nonnull (strstr (text, "0x40043ab5  inside the chip's built-in code\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/crash/reads-a-guru-meditation", test_reads_a_guru_meditation);
  g_test_add_func ("/crash/reads-a-rust-panic", test_reads_a_rust_panic);
  g_test_add_func ("/crash/reads-an-older-rust-panic", test_reads_an_older_rust_panic);
  g_test_add_func ("/crash/knows-every-kind", test_knows_every_kind);
  g_test_add_func ("/crash/lets-a-watchdog-pass", test_lets_a_watchdog_pass);
  g_test_add_func ("/crash/bears-nonsense", test_bears_nonsense);
  g_test_add_func ("/crash/ends-a-crash-without-end", test_ends_a_crash_without_end);
  g_test_add_func ("/crash/shows-names", test_shows_names);

  return g_test_run ();
}

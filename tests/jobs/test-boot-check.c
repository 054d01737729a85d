/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listening to a device's start: the recorded log of a real one, silence, a device that goes away. */
#include "config.h"

#include "ek-boot-check.h"
#include "ek-test.h"

/* A port that plays a text, some bytes at a time, on a clock of its own. */
#define TEST_TYPE_PLAYER (test_player_get_type ())
G_DECLARE_FINAL_TYPE (TestPlayer, test_player, TEST, PLAYER, EkPort)

struct _TestPlayer
{
  EkPort parent_instance;

  GBytes *text;
  gsize position;
  gsize piece;
  gsize lost_at; /* 0: never */
  gint64 now;
};

G_DEFINE_FINAL_TYPE (TestPlayer, test_player, EK_TYPE_PORT)

static gboolean
test_player_open (EkPort *port, GCancellable *cancellable, GError **error)
{
  return TRUE;
}

static gssize
test_player_read (EkPort *port,
                  guint8 *buffer,
                  gsize size,
                  gint64 deadline,
                  GCancellable *cancellable,
                  GError **error)
{
  TestPlayer *self = TEST_PLAYER (port);
  gsize left = g_bytes_get_size (self->text) - self->position;
  gsize n = MIN (MIN (self->piece, size), left);

  if (self->lost_at != 0 && self->position >= self->lost_at)
    {
      self->lost_at = 0;
      g_set_error (error, EK_ERROR, EK_ERROR_LINK_LOST, "away");
      return -1;
    }
  if (n == 0)
    {
      self->now = deadline;
      return 0;
    }
  memcpy (buffer, (const guint8 *) g_bytes_get_data (self->text, NULL) + self->position, n);
  self->position += n;
  self->now += 1000;
  return (gssize) n;
}

static void
test_player_close (EkPort *port)
{
}

static gint64
test_player_now (EkPort *port)
{
  return TEST_PLAYER (port)->now;
}

static gboolean
test_player_sleep (EkPort *port, gint64 duration, GCancellable *cancellable, GError **error)
{
  TEST_PLAYER (port)->now += duration;
  return TRUE;
}

static void
test_player_finalize (GObject *object)
{
  g_bytes_unref (TEST_PLAYER (object)->text);
  G_OBJECT_CLASS (test_player_parent_class)->finalize (object);
}

static void
test_player_class_init (TestPlayerClass *klass)
{
  EkPortClass *port_class = EK_PORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = test_player_finalize;
  port_class->open = test_player_open;
  port_class->read = test_player_read;
  port_class->close = test_player_close;
  port_class->now = test_player_now;
  port_class->sleep = test_player_sleep;
}

static void
test_player_init (TestPlayer *self)
{
}

static EkPort *
player_new (GBytes *text, gsize piece, gsize lost_at)
{
  TestPlayer *self = g_object_new (TEST_TYPE_PLAYER, NULL);

  self->text = g_bytes_ref (text);
  self->piece = piece;
  self->lost_at = lost_at;
  g_assert_true (ek_port_open (EK_PORT (self), NULL, NULL));
  return EK_PORT (self);
}

static const guint8 box_hash[32] = { 0x3c, 0x2b, 0xbe, 0x8c, 0x2e };

static void
test_recorded_log (void)
{
  static const gsize pieces[] = { 1, 7, 64, 4096 };
  g_autofree char *path = ek_test_shared_path ("traces/echokit-box-v0.3.1-boot.log");
  g_autoptr (GBytes) text = NULL;

  ek_test_skip_without (path);
  text = ek_test_read_file (path);
  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_autoptr (EkPort) port = player_new (text, pieces[i], 0);
      EkBootCheck check = { .version = "v0.3.1",
                            .elf_sha256 = box_hash,
                            .timeout = 60 * G_USEC_PER_SEC };
      g_autoptr (GError) error = NULL;
      g_autoptr (EkBootVerdict) verdict = ek_boot_check_run (&check, port, NULL, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (ek_boot_verdict_get_version (verdict), ==, "v0.3.1");
      g_assert_cmpstr (ek_boot_verdict_get_elf_prefix (verdict), ==, "3c2bbe8c2");
    }
}

static void
check_text (const char *text, gsize lost_at, const char *version, int code)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (EkPort) port = player_new (bytes, 16, lost_at);
  EkBootCheck check = { .version = version, .timeout = 5 * G_USEC_PER_SEC };
  g_autoptr (GError) error = NULL;
  g_autoptr (EkBootVerdict) verdict = ek_boot_check_run (&check, port, NULL, &error);

  g_assert_nonnull (verdict);
  if (code < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, EK_ERROR, code);
}

#define START                                                                        \
  "ESP-ROM:esp32s3-20210327\r\nrst:0x1 (POWERON),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n" \
  "I (28) boot: ESP-IDF v5.4.1 2nd stage bootloader\r\n"
#define APP                                                        \
  "I (443) boot: Loaded app from partition at offset 0x210000\r\n" \
  "I (505) app_init: App version:      v1\r\n"                     \
  "I (505) app_init: ELF file SHA256:  3c2bbe8c2...\r\n"

static void
test_silence_and_half_logs (void)
{
  check_text ("", 0, "v1", EK_ERROR_TIMEOUT);
  check_text (START, 0, "v1", EK_ERROR_TIMEOUT);
  check_text (START APP, 0, "v1", -1);
}

static void
test_what_is_wrong (void)
{
  check_text (START APP, 0, "v2", EK_ERROR_BOOT_OTHER_VERSION);
  check_text ("ESP-ROM:esp32s3-20210327\r\nrst:0x1 (POWERON),boot:0x0 (DOWNLOAD(USB/UART0))\r\n"
              "waiting for download\r\n",
              0, "v1", EK_ERROR_BOOT_STILL_DOWNLOAD);
  check_text (START "E (60) boot: No bootable app partitions in the partition table\r\n", 0, "v1",
              EK_ERROR_BOOT_FAILED);
  check_text (START APP "Brownout detector was triggered\r\n", 0, "v1", EK_ERROR_POWER);
}

/* The device goes away in its reset and comes back: old and new bytes are not one line. */
static void
test_link_lost_in_between (void)
{
  check_text (START APP, strlen (START) + 10, "v1", -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/boot-check/recorded-log/started", test_recorded_log);
  g_test_add_func ("/boot-check/silence/is-no-start-and-no-failure", test_silence_and_half_logs);
  g_test_add_func ("/boot-check/problems/have-their-code", test_what_is_wrong);
  g_test_add_func ("/boot-check/link-lost/goes-on", test_link_lost_in_between);
  return g_test_run ();
}

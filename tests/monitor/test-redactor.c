/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No password gets through, whole or in part; what is no secret does. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-line-splitter.h"
#include "ek-redactor.h"

#include <string.h>

#define SECRET "swordfish99"

static const struct
{
  const char *line;
  const char *expected;
} secrets[] = {
  { "I (1234) echokit: PASS: \"" SECRET "\"", "I (1234) echokit: PASS: \"***\"" },
  { "I (1234) echokit: PASS: \"a\\\"b " SECRET "\" and", "I (1234) echokit: PASS: \"***\"" },
  { "PASS:" SECRET, "PASS: \"***\"" },
  { "I (9) echokit::bt: Wrote to pass characteristic: [1, 2] -> [115, 119]",
    "I (9) echokit::bt: Wrote to pass characteristic: \"***\"" },
  { "I (9) echokit::bt: New pass: " SECRET, "I (9) echokit::bt: New pass: \"***\"" },
  { "{\"wifi_list\":[{\"ssid\":\"Garden\",\"pass\":\"" SECRET "\"}]}",
    "{\"wifi_list\":[{\"ssid\":\"Garden\",\"pass\": \"***\"" },
  { "Password: " SECRET, "Password: \"***\"" },
  /* damaged on the wire: a letter changed, a letter lost, the start lost */
  { "I (1234) echokit: PQSS: \"" SECRET "\"", "I (1234) echokit: PQSS: \"***\"" },
  { "I (1234) echokit: PAS: \"" SECRET "\"", "I (1234) echokit: PAS: \"***\"" },
  { "I (1234) echokit: PSS: \"" SECRET "\"", "I (1234) echokit: PSS: \"***\"" },
  { "SS: \"" SECRET "\"", "SS: \"***\"" },
  { "S: \"" SECRET "\"", "S: \"***\"" },
  { ": \"" SECRET "\"", ": \"***\"" },
};

static void
test_hides_secrets (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_autofree char *redacted = ek_redact_line (secrets[i].line);

      g_assert_cmpstr (redacted, ==, secrets[i].expected);
    }
}

static const char *const harmless[] = {
  "",
  "I (1230) echokit: SSID: \"Garden-2G\"",
  "I (1236) echokit: Server URL: \"ws://edge.echokit.dev/ws\"",
  "I (1234) echokit: PASS: \"\"",
  "I (474) octal_psram: good-die     : 0x01 (Pass)",
  "I (505) app_init: App version:      v0.3.1",
  "rst:0x15 (USB_UART_CHIP_RESET),boot:0x8 (SPI_FAST_FLASH_BOOT)",
};

static void
test_leaves_the_rest (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (harmless); i++)
    {
      g_autofree char *redacted = ek_redact_line (harmless[i]);

      g_assert_cmpstr (redacted, ==, harmless[i]);
    }
}

static void
test_hides_whatever_is_cut_off (void)
{
  static const char line[] = "I (1234) echokit: PASS: \"" SECRET "\"";

  for (gsize length = 0; length < sizeof line; length++)
    {
      g_autofree char *half = g_strndup (line, length);
      g_autofree char *redacted = ek_redact_line (half);

      g_assert_null (strstr (redacted, "sw"));
    }
}

static void
test_knows_no_characters_beyond_ascii (void)
{
  g_autofree char *redacted = ek_redact_line ("\xc4\xb0 PASS: \"\xc3\xbc" SECRET "\"");

  g_assert_cmpstr (redacted, ==, "\xc4\xb0 PASS: \"***\"");
}

static void
collect (const char *line, gboolean complete, gpointer user_data)
{
  g_autofree char *redacted = ek_redact_line (line);

  g_string_append_printf (user_data, "%s\n", redacted);
}

/* The log of a device that has a Wi-Fi, in random chunks, with a flush after each: no three letters
 * of the password may come out. */
static void
test_hides_across_chunks (void)
{
  static const char log[] = "\x1b[0;32mI (1230) echokit: SSID: \"Garden-2G\"\x1b[0m\r\n"
                            "\x1b[0;32mI (1234) echokit: PASS: \"" SECRET "\"\x1b[0m\r\n"
                            "I (1236) echokit: Server URL: \"ws://edge.echokit.dev/ws\"\r\n"
                            "New pass: " SECRET "\r\n"
                            "PA\0SS\x1b[1m: \"" SECRET "\"";
  g_autoptr (GRand) rand = g_rand_new_with_seed (17);

  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (GString) seen = g_string_new (NULL);
      g_autoptr (EkLineSplitter) splitter = ek_line_splitter_new (collect, seen);
      gsize done = 0;

      while (done < sizeof log - 1)
        {
          gsize n = i == 0 ? 1 : (gsize) g_rand_int_range (rand, 1, 30);

          n = MIN (n, sizeof log - 1 - done);
          ek_line_splitter_feed (splitter, (const guint8 *) log + done, n);
          ek_line_splitter_flush (splitter);
          done += n;
        }
      ek_line_splitter_end (splitter);

      g_assert_nonnull (strstr (seen->str, "SSID: \"Garden-2G\""));
      g_assert_nonnull (strstr (seen->str, "PASS: \"***\""));
      for (gsize j = 0; j + 3 <= strlen (SECRET); j++)
        {
          const char part[] = { SECRET[j], SECRET[j + 1], SECRET[j + 2], '\0' };

          g_assert_null (strstr (seen->str, part));
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redactor/hides-secrets", test_hides_secrets);
  g_test_add_func ("/redactor/leaves-the-rest", test_leaves_the_rest);
  g_test_add_func ("/redactor/hides-whatever-is-cut-off", test_hides_whatever_is_cut_off);
  g_test_add_func ("/redactor/keeps-positions-beyond-ascii", test_knows_no_characters_beyond_ascii);
  g_test_add_func ("/redactor/hides-across-chunks", test_hides_across_chunks);
  return g_test_run ();
}

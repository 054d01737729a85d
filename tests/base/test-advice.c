/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every error has words for its owner, and they are words that an owner knows. */
#define G_LOG_DOMAIN "ek-test"
#include "config.h"

#include "ek-advice.h"

/* Words of the trade. The technical line below an advice may use them; the advice may not. */
static const char *const trade_words[] = {
  "flash",      "flashed", "flashing",   "flasher",  "bootloader", "boot",    "partition",
  "partitions", "port",    "ports",      "tty",      "serial",     "baud",    "stub",
  "rom",        "nvs",     "md5",        "sync",     "dtr",        "rts",     "gpio0",
  "strapping",  "sector",  "esptool",    "you must", "wrongly",    "illegal", "invalid",
  "fatal",      "abort",   "your fault",
};

typedef void (*TextFunc) (EkError code, const char *text);

static void
each_text (TextFunc func)
{
  for (guint code = 0; code < EK_N_ERRORS; code++)
    {
      const EkAdvice *advice = ek_advice_for_code (code);

      func (code, advice->title);
      func (code, advice->why);
      for (guint i = 0; advice->steps[i] != NULL; i++)
        func (code, advice->steps[i]);
    }
}

static void
test_complete (void)
{
  for (guint code = 0; code < EK_N_ERRORS; code++)
    {
      const EkAdvice *advice = ek_advice_for_code (code);

      g_test_message ("%s", ek_error_name (code));
      g_assert_nonnull (advice->title);
      g_assert_cmpuint (strlen (advice->title), >, 5);
      g_assert_nonnull (advice->why);
      g_assert_cmpuint (strlen (advice->why), >, 5);
      g_assert_nonnull (advice->steps[0]);
      g_assert_null (advice->steps[EK_ADVICE_MAX_STEPS]);
    }
}

static void
assert_no_trade_words (EkError code, const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (trade_words); i++)
    {
      g_autofree char *pattern = g_strdup_printf ("\\b%s\\b", trade_words[i]);

      if (g_regex_match_simple (pattern, text, G_REGEX_CASELESS, 0))
        {
          g_test_message ("%s: \"%s\" says \"%s\"", ek_error_name (code), text, trade_words[i]);
          g_test_fail ();
        }
    }
}

static void
test_owners_words (void)
{
  each_text (assert_no_trade_words);
}

static void
assert_readable (EkError code, const char *text)
{
  g_test_message ("%s: %s", ek_error_name (code), text);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_true (g_ascii_isupper (text[0]));
  /* Longer texts do not fit beside a picture. */
  g_assert_cmpint (g_utf8_strlen (text, -1), <=, 110);
  g_assert_null (strstr (text, "  "));
  g_assert_null (strchr (text, '!'));
}

static void
test_readable (void)
{
  each_text (assert_readable);
}

static void
test_punctuation (void)
{
  for (guint code = 0; code < EK_N_ERRORS; code++)
    {
      const EkAdvice *advice = ek_advice_for_code (code);

      g_test_message ("%s", ek_error_name (code));
      g_assert_false (g_str_has_suffix (advice->title, "."));
      g_assert_true (g_str_has_suffix (advice->why, "."));
      for (guint i = 0; advice->steps[i] != NULL; i++)
        g_assert_true (g_str_has_suffix (advice->steps[i], "."));
    }
}

static void
test_titles_differ (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint code = 0; code < EK_N_ERRORS; code++)
    g_assert_true (g_hash_table_add (seen, (gpointer) ek_advice_for_code (code)->title));
}

static gboolean
has_step (EkError code, const char *words)
{
  const EkAdvice *advice = ek_advice_for_code (code);

  for (guint i = 0; advice->steps[i] != NULL; i++)
    if (strstr (advice->steps[i], words) != NULL)
      return TRUE;

  return FALSE;
}

/* Most reports of a silent device end at the cable, the socket, or a button to hold. */
static void
test_silent_device (void)
{
  g_assert_true (has_step (EK_ERROR_NO_ANSWER, "cable"));
  g_assert_true (has_step (EK_ERROR_NO_ANSWER, "SLAVE"));
  g_assert_true (has_step (EK_ERROR_NO_ANSWER, "OTG"));
  g_assert_true (has_step (EK_ERROR_NO_ANSWER, "K0"));
}

/* The other order, K0 pressed and let go while RST is held, just restarts the firmware. */
static void
test_buttons_in_order (void)
{
  const EkAdvice *advice = ek_advice_for_code (EK_ERROR_WRONG_BOOT_MODE);

  g_assert_nonnull (strstr (advice->steps[0], "Hold K0"));
  g_assert_nonnull (strstr (advice->steps[1], "RST"));
  g_assert_nonnull (strstr (advice->steps[2], "Let go of K0"));
}

static void
test_for_error (void)
{
  g_autoptr (GError) ours = g_error_new (EK_ERROR, EK_ERROR_POWER, "x");
  g_autoptr (GError) foreign = g_error_new (G_IO_ERROR, EK_ERROR_POWER, "x");
  g_autoptr (GError) unknown = g_error_new (EK_ERROR, EK_N_ERRORS + 7, "x");
  const EkAdvice *internal = ek_advice_for_code (EK_ERROR_INTERNAL);

  g_assert_true (ek_advice_for_error (ours) == ek_advice_for_code (EK_ERROR_POWER));
  g_assert_true (ek_advice_for_error (ours) != internal);
  g_assert_true (ek_advice_for_error (foreign) == internal);
  g_assert_true (ek_advice_for_error (unknown) == internal);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/advice/every-code-has-title-why-and-a-step", test_complete);
  g_test_add_func ("/advice/no-words-of-the-trade", test_owners_words);
  g_test_add_func ("/advice/short-calm-sentences", test_readable);
  g_test_add_func ("/advice/titles-without-a-full-stop-sentences-with", test_punctuation);
  g_test_add_func ("/advice/no-two-codes-share-a-title", test_titles_differ);
  g_test_add_func ("/advice/a-silent-device-is-cable-socket-or-button", test_silent_device);
  g_test_add_func ("/advice/buttons-in-the-order-that-works", test_buttons_in_order);
  g_test_add_func ("/advice/foreign-errors-are-internal", test_for_error);

  return g_test_run ();
}

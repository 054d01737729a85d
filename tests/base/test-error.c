/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of the codes are for scripts: one each, and back. Foreign errors find their code. */
#define G_LOG_DOMAIN "ek-test"
#include "config.h"

#include "ek-error.h"

static void
test_round_trip (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint code = 0; code < EK_N_ERRORS; code++)
    {
      const char *name = ek_error_name (code);
      EkError back = EK_N_ERRORS;

      g_assert_nonnull (name);
      g_assert_true (g_regex_match_simple ("^[a-z]+(-[a-z]+)*$", name, 0, 0));
      g_assert_true (g_hash_table_add (seen, (gpointer) name));
      g_assert_true (ek_error_from_name (name, &back));
      g_assert_cmpint (back, ==, code);
    }
}

static void
test_unknown_name (void)
{
  EkError code = EK_ERROR_POWER;

  g_assert_false (ek_error_from_name ("no-such-thing", &code));
  g_assert_false (ek_error_from_name ("", &code));
  g_assert_false (ek_error_from_name ("Port-Busy", &code));
  g_assert_false (ek_error_from_name (NULL, &code));
  g_assert_cmpint (code, ==, EK_ERROR_POWER);
}

static void
test_convert (void)
{
  static const struct
  {
    GQuark (*domain) (void);
    int code;
    EkError expected;
  } rows[] = {
    { g_io_error_quark, G_IO_ERROR_CANCELLED, EK_ERROR_CANCELLED },
    { g_io_error_quark, G_IO_ERROR_NOT_FOUND, EK_ERROR_FILE_NOT_FOUND },
    { g_io_error_quark, G_IO_ERROR_PERMISSION_DENIED, EK_ERROR_FILE_UNREADABLE },
    { g_io_error_quark, G_IO_ERROR_IS_DIRECTORY, EK_ERROR_FILE_UNREADABLE },
    { g_io_error_quark, G_IO_ERROR_NO_SPACE, EK_ERROR_DISK_FULL },
    { g_io_error_quark, G_IO_ERROR_TIMED_OUT, EK_ERROR_TIMEOUT },
    { g_io_error_quark, G_IO_ERROR_CONNECTION_CLOSED, EK_ERROR_LINK_LOST },
    { g_io_error_quark, G_IO_ERROR_CLOSED, EK_ERROR_LINK_LOST },
    { g_io_error_quark, G_IO_ERROR_WOULD_RECURSE, EK_ERROR_INTERNAL },
    { g_file_error_quark, G_FILE_ERROR_NOENT, EK_ERROR_FILE_NOT_FOUND },
    { g_file_error_quark, G_FILE_ERROR_NOTDIR, EK_ERROR_FILE_NOT_FOUND },
    { g_file_error_quark, G_FILE_ERROR_NOSPC, EK_ERROR_DISK_FULL },
    { g_file_error_quark, G_FILE_ERROR_ACCES, EK_ERROR_FILE_UNREADABLE },
    { g_file_error_quark, G_FILE_ERROR_ISDIR, EK_ERROR_FILE_UNREADABLE },
    { g_option_error_quark, G_OPTION_ERROR_UNKNOWN_OPTION, EK_ERROR_INVALID_ARGUMENT },
    { g_markup_error_quark, G_MARKUP_ERROR_PARSE, EK_ERROR_INTERNAL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error =
          g_error_new_literal (rows[i].domain (), rows[i].code, "what happened");

      g_test_message ("%s %d", g_quark_to_string (rows[i].domain ()), rows[i].code);
      ek_error_convert (&error);
      g_assert_error (error, EK_ERROR, (int) rows[i].expected);
      g_assert_cmpstr (error->message, ==, "what happened");
    }
}

static void
test_convert_ours (void)
{
  g_autoptr (GError) error = g_error_new_literal (EK_ERROR, EK_ERROR_NOISE, "hiss");
  GError *none = NULL;

  ek_error_convert (&error);
  g_assert_error (error, EK_ERROR, EK_ERROR_NOISE);

  ek_error_convert (&none);
  g_assert_no_error (none);
  ek_error_convert (NULL);
}

static void
test_cancelled (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (ek_error_set_cancelled (NULL, &error));
  g_assert_false (ek_error_set_cancelled (cancellable, &error));
  g_assert_no_error (error);

  g_cancellable_cancel (cancellable);
  g_assert_true (ek_error_set_cancelled (cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/error/names/one-each-and-back", test_round_trip);
  g_test_add_func ("/error/names/refuses-others", test_unknown_name);
  g_test_add_func ("/error/convert/finds-the-code", test_convert);
  g_test_add_func ("/error/convert/leaves-ours-alone", test_convert_ours);
  g_test_add_func ("/error/cancelled/only-when-cancelled", test_cancelled);

  return g_test_run ();
}

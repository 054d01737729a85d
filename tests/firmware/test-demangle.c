/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names as rustc and g++ write them. Expected texts: rustfilt, c++filt. */
#include "config.h"

#include "ek-demangle.h"

static void
assert_names (const char *const (*rows)[2], guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = ek_demangle (rows[i][0]);

      g_assert_cmpstr (text, ==, rows[i][1]);
    }
}

static void
test_reads_rust (void)
{
  static const char *const rows[][2] = {
    { "_ZN7echokit4main17h600a95be01f5328bE", "echokit::main" },
    { "_ZN4core3ptr42drop_in_place$LT$alloc..string..String$GT$17h0123456789abcdefE",
      "core::ptr::drop_in_place<alloc::string::String>" },
    { "_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$3bar"
      "17h930b740aa94f1d3aE",
      "<Test + 'static as foo::Bar<Test>>::bar" },
  };

  assert_names (rows, G_N_ELEMENTS (rows));
}

static void
test_leaves_other_names_alone (void)
{
  static const char *const rows[][2] = {
    { "app_main", "app_main" },
    { "", "" },
    { "_", "_" },
    { "_start", "_start" },
    { "_ZN", "_ZN" },
    { "_ZN4mai", "_ZN4mai" },
    { "_ZN0E", "_ZN0E" },
    { "_ZN99999999999999999999main17h600a95be01f5328bE",
      "_ZN99999999999999999999main17h600a95be01f5328bE" },
  };

  assert_names (rows, G_N_ELEMENTS (rows));
}

/* It is going to be printed on a terminal. */
static void
test_lets_no_control_character_through (void)
{
  g_autofree char *text = ek_demangle ("_ZN6$u1b$x17h600a95be01f5328bE");

  for (const char *c = text; *c != '\0'; c++)
    g_assert_false (g_ascii_iscntrl (*c));
}

static void
test_reads_the_newer_rust_and_c_plus_plus (void)
{
  static const char *const rows[][2] = {
    { "_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar" },
    { "_ZN9wikipedia7article6formatEv", "wikipedia::article::format()" },
  };

  if (!EK_HAVE_IBERTY)
    {
      g_test_skip ("built without libiberty");
      return;
    }
  assert_names (rows, G_N_ELEMENTS (rows));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/demangle/reads-rust", test_reads_rust);
  g_test_add_func ("/demangle/leaves-other-names-alone", test_leaves_other_names_alone);
  g_test_add_func ("/demangle/lets-no-control-character-through",
                   test_lets_no_control_character_through);
  g_test_add_func ("/demangle/reads-the-newer-rust-and-c++",
                   test_reads_the_newer_rust_and_c_plus_plus);

  return g_test_run ();
}

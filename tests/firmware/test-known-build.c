/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds by hash. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-known-build.h"

static const guint8 boards_031[] = { 0x4c, 0xd4, 0x5d, 0xf2, 0x42, 0x40, 0x76, 0xd2, 0x58, 0x6f };
static const guint8 box_031[] = { 0x3c, 0x2b, 0xbe, 0x8c, 0x2e, 0x36, 0x57, 0xe0 };

static void
test_finds_builds (void)
{
  const EkKnownBuild *build = ek_known_build_find (boards_031, sizeof boards_031);

  g_assert_nonnull (build);
  g_assert_cmpstr (build->board, ==, "echokit-diy");
  g_assert_cmpstr (build->version, ==, "v0.3.1");

  build = ek_known_build_find (box_031, sizeof box_031);
  g_assert_nonnull (build);
  g_assert_cmpstr (build->board, ==, "echokit-box");
  g_assert_cmpstr (build->version, ==, "v0.3.1");
}

static void
test_finds_by_what_the_boot_log_says (void)
{
  g_assert_nonnull (ek_known_build_find (box_031, 4));
  g_assert_null (ek_known_build_find (box_031, 3));
  g_assert_null (ek_known_build_find (box_031, 0));
}

static void
test_knows_no_others (void)
{
  guint8 other[8];

  for (guint i = 0; i < 8; i++)
    {
      for (guint j = 0; j < 8; j++)
        other[j] = box_031[j] ^ (i == j);
      g_assert_null (ek_known_build_find (other, sizeof other));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/known-build/find/by-hash", test_finds_builds);
  g_test_add_func ("/known-build/find/by-what-the-boot-log-says",
                   test_finds_by_what_the_boot_log_says);
  g_test_add_func ("/known-build/find/knows-no-others", test_knows_no_others);
  return g_test_run ();
}

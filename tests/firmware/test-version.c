/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which version is newer, and when nobody can tell. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-version.h"

#define NEWER   EK_VERSION_NEWER
#define SAME    EK_VERSION_SAME
#define UNKNOWN EK_VERSION_UNKNOWN

/* What is offered, compared with what is installed. Each row is tried both ways. */
static const struct
{
  const char *installed;
  const char *offered;
  EkVersionOrder order;
} rows[] = {
  /* the tags of EchoKit, in the order of their days */
  { "v0.2.0", "v0.2.1", NEWER },
  { "v0.2.1", "v0.2.2", NEWER },
  { "v0.2.2", "v0.3.0", NEWER },
  { "v0.3.0", "v0.3.1", NEWER },
  { "v0.3.1", "v0.3.2", NEWER },
  { "v0.3.1", "v0.3.1", SAME },
  /* spellings */
  { "v0.3.1", "0.3.1", SAME },
  { "V0.3.1", " v0.3.1\n", SAME },
  { "v0.3", "v0.3.0", SAME },
  { "v3", "v3.0.0.0", SAME },
  { "v0.3.01", "v0.3.1", SAME },
  { "v0.3.1+build5", "v0.3.1+build6", SAME },
  { "v3.0.0.0", "v3.0.0.1", NEWER },
  /* numbers, not texts */
  { "v0.9.0", "v0.10.0", NEWER },
  { "v0.3.9", "v0.3.10", NEWER },
  { "1.0.0", "1.0.99999999999999999999999999", NEWER },
  { "1.0.99999999999999999999999998", "1.0.99999999999999999999999999", NEWER },
  { "2021.11.0", "2022.1.0", NEWER },
  /* semver.org, item 11, in its order */
  { "1.0.0-alpha", "1.0.0-alpha.1", NEWER },
  { "1.0.0-alpha.1", "1.0.0-alpha.beta", NEWER },
  { "1.0.0-alpha.beta", "1.0.0-beta", NEWER },
  { "1.0.0-beta", "1.0.0-beta.2", NEWER },
  { "1.0.0-beta.2", "1.0.0-beta.11", NEWER },
  { "1.0.0-beta.11", "1.0.0-rc.1", NEWER },
  { "1.0.0-rc.1", "1.0.0", NEWER },
  { "1.0.0-rc-1", "1.0.0-rc-1", SAME },
  { "v0.3.1", "v0.4.0-rc.1", NEWER },
  /* git describe */
  { "v0.3.1", "v0.3.1-5-gabc1234", NEWER },
  { "v0.3.1-5-gabc1234", "v0.3.2", NEWER },
  { "v0.3.1-5-gabc1234", "v0.3.1-12-gdef5678", NEWER },
  { "v0.3.1-5-gabc1234", "v0.3.1-5-gabc1234", SAME },
  { "v0.3.1-5-gabc1234", "v0.3.1-5-gabc12345", SAME },
  { "v0.3.1-5-gabc1234", "v0.3.1-5-gdef5678", UNKNOWN },
  { "v0.3.1", "v0.3.1-0-gabc1234", SAME },
  { "v1.0.0-rc1-5-gabc1234", "v1.0.0", NEWER },
  { "v1.0.0-rc1", "v1.0.0-rc1-5-gabc1234", NEWER },
  { "v0.2.0-19-g501e6b2", "v0.3.1", NEWER },
  { "v0.2.0-19-g501e6b2-dirty", "v0.3.1", NEWER },
  /* somebody's own build: what is in it, who knows */
  { "v0.3.1-dirty", "v0.3.1", UNKNOWN },
  { "v0.3.1-dirty", "v0.3.1-dirty", UNKNOWN },
  { "v0.3.1-dirty", "v0.3.2", NEWER },
  { "v0.2.0-19-g501e6b2-dirty", "v0.2.0-19-g501e6b2", UNKNOWN },
  /* bare hashes */
  { "2c9bf9f", "2c9bf9f", SAME },
  { "2c9bf9f", "2c9bf9fa", SAME },
  { "2c9bf9f", "5ae0f37", UNKNOWN },
  { "2c9bf9f", "v0.3.1", UNKNOWN },
  { "5ae0f37-dirty", "5ae0f37", UNKNOWN },
  { "5ae0f37-dirty", "5ae0f37-dirty", UNKNOWN },
  { "1234567", "1234568", UNKNOWN },
  { "v1234567", "v1234568", NEWER },
  /* nothing of the sort */
  { "", "", UNKNOWN },
  { NULL, NULL, UNKNOWN },
  { NULL, "v0.3.1", UNKNOWN },
  { "", "v0.3.1", UNKNOWN },
  { "v", "v0.3.1", UNKNOWN },
  { "latest", "latest", UNKNOWN },
  { "v0.3.1.", "v0.3.1", UNKNOWN },
  { "v0..1", "v0.0.1", UNKNOWN },
  { ".", "v0.3.1", UNKNOWN },
  { "v1.2.3.4.5", "v1.2.3.4.6", UNKNOWN },
  { "v-1.0", "v1.0", UNKNOWN },
  { "vv1.0", "v1.0", UNKNOWN },
  { "v1.0-", "v1.0", UNKNOWN },
  { "v1.0-rc..1", "v1.0", UNKNOWN },
  { "v1.0-rc 1", "v1.0", UNKNOWN },
  { "v1.0rc1", "v1.0", UNKNOWN },
  { "v0x10", "v1.0", UNKNOWN },
  { "\xff\xfe", "v1.0", UNKNOWN },
  { "-dirty", "-dirty", UNKNOWN },
  { "-5-gabc1234", "v1.0", UNKNOWN },
};

static EkVersionOrder
other_way (EkVersionOrder order)
{
  return order == EK_VERSION_NEWER ? EK_VERSION_OLDER : order;
}

static void
test_table (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s, %s", rows[i].installed, rows[i].offered);
      g_assert_cmpint (ek_version_compare (rows[i].installed, rows[i].offered), ==, rows[i].order);
      g_assert_cmpint (ek_version_compare (rows[i].offered, rows[i].installed), ==,
                       other_way (rows[i].order));
    }
}

static void
test_endless (void)
{
  g_autofree char *digits = g_strnfill (1000000, '1');
  g_autofree char *dots = g_strnfill (1000000, '.');

  g_assert_cmpint (ek_version_compare (digits, "v1.0"), ==, EK_VERSION_UNKNOWN);
  g_assert_cmpint (ek_version_compare (dots, "v1.0"), ==, EK_VERSION_UNKNOWN);
}

static void
test_releases (void)
{
  static const char *const others[] = { "v0.3.1-rc.1", "v0.3.1-5-gabc1234", "v0.3.1-dirty",
                                        "2c9bf9f",     "nightly",           "" };

  g_assert_true (ek_version_is_release ("v0.3.1"));
  g_assert_true (ek_version_is_release ("2021.11.0"));
  g_assert_false (ek_version_is_release (NULL));
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (ek_version_is_release (others[i]));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/version/compares", test_table);
  g_test_add_func ("/version/survives-endless-ones", test_endless);
  g_test_add_func ("/version/tells-releases", test_releases);
  return g_test_run ();
}

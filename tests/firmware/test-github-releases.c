/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GitHub's answers, as its documentation shows them, and answers that are none. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-error.h"
#include "ek-github-releases.h"

#include <string.h>

#define DIGEST "2151b604e3429bff440b9fbc03eb3617bc2603cda96c95b9bb05277f9ddba255"
#define FILES  "https://github.com/second-state/echokit_box/releases/download/"
#define LATEST                                                                           \
  "{ \"url\": \"https://api.github.com/repos/second-state/echokit_box/releases/1\","     \
  "  \"html_url\": \"https://github.com/second-state/echokit_box/releases/tag/v0.3.2\"," \
  "  \"tag_name\": \"v0.3.2\", \"name\": \"\", \"draft\": false, \"prerelease\": false," \
  "  \"published_at\": \"2026-05-05T08:09:10Z\", \"body\": \"# What is new\\n- all\","   \
  "  \"author\": { \"login\": \"x\" }, \"assets\": ["                                    \
  "    { \"name\": \"echokit_box.bin\", \"size\": 16777216, \"content_type\": null,"     \
  "      \"digest\": \"sha256:" DIGEST "\","                                             \
  "      \"browser_download_url\": \"" FILES "v0.3.2/echokit_box.bin\" },"               \
  "    { \"name\": \"echokit_box\", \"size\": 3935076, \"digest\": null,"                \
  "      \"browser_download_url\": \"" FILES "v0.3.2/echokit_box\" } ] }"

static GPtrArray *
parse (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return ek_github_releases_parse (bytes, error);
}

static GPtrArray *
releases_of (const char *text)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *releases = parse (text, &error);

  g_assert_no_error (error);
  return releases;
}

static void
test_latest (void)
{
  g_autoptr (GPtrArray) releases = releases_of (LATEST);
  const EkRelease *release = releases->pdata[0];
  const EkReleaseFile *bin = ek_release_find_file (release, "echokit_box.bin");
  const EkReleaseFile *elf = ek_release_find_file (release, "echokit_box");

  g_assert_cmpuint (releases->len, ==, 1);
  g_assert_cmpstr (release->version, ==, "v0.3.2");
  g_assert_null (release->title);
  g_assert_cmpstr (release->notes, ==, "# What is new\n- all");
  g_assert_cmpstr (release->page, ==,
                   "https://github.com/second-state/echokit_box/releases/tag/v0.3.2");
  g_assert_false (release->pre_release);
  g_assert_cmpint (g_date_time_to_unix (release->published), ==, 1777968550);
  g_assert_cmpint (bin->size, ==, 16777216);
  g_assert_cmpstr (bin->sha256, ==, DIGEST);
  g_assert_cmpstr (bin->url, ==, FILES "v0.3.2/echokit_box.bin");
  g_assert_null (elf->sha256);
  g_assert_null (ek_release_find_file (release, "echokit"));
}

static void
test_list (void)
{
  g_autoptr (GPtrArray) releases = releases_of (
      "[ { \"tag_name\": \"v9.0.0\", \"draft\": true },"
      "  { \"tag_name\": \"v0.2.3\", \"published_at\": \"2026-06-01T00:00:00Z\" }, " LATEST ","
      "  { \"tag_name\": \"v0.4.0\", \"prerelease\": true },"
      "  { \"tag_name\": \"v0.4.0-rc.1\" }, { \"tag_name\": \"nightly\" },"
      "  { \"tag_name\": \"v0.3.1\", \"assets\": null, \"published_at\": \"yesterday\" } ]");

  g_assert_cmpuint (releases->len, ==, 6);
  g_assert_cmpstr (ek_github_releases_find_newest (releases)->version, ==, "v0.3.2");
  g_assert_null (((EkRelease *) releases->pdata[5])->published);
}

static void
test_none_yet (void)
{
  g_autoptr (GPtrArray) releases = releases_of ("[]");

  g_assert_cmpuint (releases->len, ==, 0);
  g_assert_null (ek_github_releases_find_newest (releases));
}

static const char *const bad_files[] = {
  "7",
  "{}",
  "{ \"name\": \"x\" }",
  "{ \"browser_download_url\": \"https://h.org/x\" }",
  "{ \"name\": \"\", \"browser_download_url\": \"https://h.org/x\" }",
  "{ \"name\": \"../x\", \"browser_download_url\": \"https://h.org/x\" }",
  "{ \"name\": \"x\", \"browser_download_url\": \"file:///etc/passwd\" }",
  "{ \"name\": 7, \"browser_download_url\": \"https://h.org/x\" }",
};

static void
test_bad_files_are_left_out (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_files); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("{ \"tag_name\": \"v1.0\", \"assets\": [ %s ] }", bad_files[i]);
      g_autoptr (GPtrArray) releases = releases_of (text);

      g_assert_cmpuint (((EkRelease *) releases->pdata[0])->files->len, ==, 0);
    }
}

static const char *const bad_digests[] = {
  "null",
  "7",
  "\"\"",
  "\"sha256:\"",
  "\"sha256:abc\"",
  "\"md5:" DIGEST "\"",
  "\"sha256:" DIGEST "0\"",
  "\"" DIGEST "\"",
  "\"sha256:zz51b604e3429bff440b9fbc03eb3617bc2603cda96c95b9bb05277f9ddba255\"",
};

static void
test_bad_digests_are_none (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad_digests); i++)
    {
      g_autofree char *text =
          g_strdup_printf ("{ \"tag_name\": \"v1.0\", \"assets\": [ { \"name\": \"x\", \"size\": "
                           "-1, \"digest\": %s,"
                           " \"browser_download_url\": \"https://h.org/x\" } ] }",
                           bad_digests[i]);
      g_autoptr (GPtrArray) releases = releases_of (text);
      const EkReleaseFile *file = ek_release_find_file (releases->pdata[0], "x");

      g_assert_null (file->sha256);
      g_assert_cmpint (file->size, ==, 0);
    }
}

static const struct
{
  const char *text;
  const char *word;
} mistakes[] = {
  { "", "empty" },
  { "<html>", "no JSON" },
  { "[", "JSON" },
  { "7", "one object or list" },
  { "null", "one object or list" },
  { "{}", "no releases" },
  { "[7]", "no tag_name" },
  { "[{}]", "no tag_name" },
  { "[{ \"tag_name\": 7 }]", "no tag_name" },
  { "[{ \"tag_name\": \"\" }]", "no tag_name" },
  { "{ \"message\": \"API rate limit exceeded\", \"documentation_url\": \"x\" }",
    "API rate limit exceeded" },
  { "{ \"message\": \"Not Found\" }", "Not Found" },
};

static void
test_mistakes (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (parse (mistakes[i].text, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_CATALOG);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, mistakes[i].word));
    }
}

static void
test_every_truncation (void)
{
  for (gsize size = 0; size < strlen (LATEST); size++)
    {
      g_autofree char *copy = g_memdup2 (LATEST, size);
      g_autoptr (GBytes) bytes = g_bytes_new_take (g_steal_pointer (&copy), size);
      g_autoptr (GError) error = NULL;

      g_assert_null (ek_github_releases_parse (bytes, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_CATALOG);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/github-releases/latest", test_latest);
  g_test_add_func ("/github-releases/list", test_list);
  g_test_add_func ("/github-releases/none-yet", test_none_yet);
  g_test_add_func ("/github-releases/bad-files-are-left-out", test_bad_files_are_left_out);
  g_test_add_func ("/github-releases/bad-digests-are-none", test_bad_digests_are_none);
  g_test_add_func ("/github-releases/refuses-mistakes", test_mistakes);
  g_test_add_func ("/github-releases/survives-every-truncation", test_every_truncation);
  return g_test_run ();
}

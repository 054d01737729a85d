/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GitHub's list of releases, and the versions in it compared. */
#define G_LOG_DOMAIN "ek-fuzz"
#include "config.h"

#include "fuzz.h"

#include "ek-github-releases.h"
#include "ek-version.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (GPtrArray) releases = ek_github_releases_parse (bytes, NULL);
  const EkRelease *newest;

  if (releases == NULL)
    return 0;

  newest = ek_github_releases_find_newest (releases);
  fuzz_check (newest == NULL || releases->len > 0);
  for (guint i = 0; i < releases->len; i++)
    {
      const EkRelease *release = g_ptr_array_index (releases, i);

      ek_release_find_file (release, "echokit_boards.bin");
      ek_version_compare ("v0.3.1-2-g0123abc", release->version);
    }

  return 0;
}

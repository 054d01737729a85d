/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What GitHub says was released: versions, and the files of each. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define EK_GITHUB_RELEASES_MAX_SIZE (8 * 1024 * 1024)

/**
 * EkReleaseFile:
 * @name: of the file, without a folder
 * @size: bytes
 * @sha256: (nullable): 64 hexadecimal digits in lower case, where GitHub published it
 * @url: http or https
 */
typedef struct
{
  char *name;
  gint64 size;
  char *sha256;
  char *url;
} EkReleaseFile;

/**
 * EkRelease:
 * @version: the tag
 * @title: (nullable): what it is called, where that is not the tag
 * @notes: (nullable): Markdown
 * @page: (nullable): of the release, for a browser
 * @published: (nullable): when
 * @pre_release: not for everybody yet
 * @files: (element-type EkReleaseFile): in GitHub's order
 */
typedef struct
{
  char *version;
  char *title;
  char *notes;
  char *page;
  GDateTime *published;
  gboolean pre_release;
  GPtrArray *files;
} EkRelease;

GPtrArray *ek_github_releases_parse (GBytes *bytes, GError **error);
const EkRelease *ek_github_releases_find_newest (GPtrArray *releases);
const EkReleaseFile *ek_release_find_file (const EkRelease *self, const char *name);

G_END_DECLS

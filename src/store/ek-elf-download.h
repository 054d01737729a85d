/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program with its symbols that a firmware was made from. */
#pragma once

#include "ek-catalog-entry.h"
#include "ek-store.h"

G_BEGIN_DECLS

/* Where EchoKit's releases are told: GitHub's REST API, "List releases". */
#define EK_RELEASES_URL "https://api.github.com/repos/second-state/echokit_box/releases"

/**
 * EkElfRequest:
 * @entry: what the firmware is in a list
 * @release: (nullable): a version such as "v0.3.1", to be taken from the releases; %NULL for the
 *   program beside the list's firmware
 * @releases_url: (nullable): instead of %EK_RELEASES_URL
 * @policy: whether servers are asked
 */
typedef struct
{
  EkCatalogEntry *entry;
  const char *release;
  const char *releases_url;
  EkStorePolicy policy;
} EkElfRequest;

gboolean ek_releases_check (GBytes *bytes, const char *url, GError **error);
EkDownload *ek_elf_download_run (EkStore *store,
                                 const EkElfRequest *request,
                                 EkProgressFunc progress,
                                 gpointer progress_data,
                                 GCancellable *cancellable,
                                 GError **error);

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware lists on the command line: which ones, how fresh, and what is chosen from them. */
#pragma once

#include <json-glib/json-glib.h>

#include "ek-entry-download.h"
#include "ek-library.h"

G_BEGIN_DECLS

/**
 * EkCliLibrary:
 * @lists: (nullable): as the person named them; %NULL for EchoKit's own
 * @releases_url: (nullable): where EchoKit's releases are told; %NULL not to ask
 * @interrupted: whether the person pressed Ctrl-C meanwhile
 */
typedef struct
{
  char **lists;
  char *releases_url;
  gboolean offline;
  gboolean refresh;
  gboolean quiet;
  gboolean interrupted;
} EkCliLibrary;

#define EK_CLI_LIBRARY_ENTRIES(library)                                                \
  { "list",                                                                            \
    0,                                                                                 \
    0,                                                                                 \
    G_OPTION_ARG_STRING_ARRAY,                                                         \
    &library.lists,                                                                    \
    N_ ("a firmware list, by URL or file, instead of EchoKit's own; may be repeated"), \
    N_ ("LIST") },                                                                     \
      { "offline",                                                                     \
        0,                                                                             \
        0,                                                                             \
        G_OPTION_ARG_NONE,                                                             \
        &library.offline,                                                              \
        N_ ("ask no server: use what was downloaded before"),                          \
        NULL },                                                                        \
  {                                                                                    \
    "refresh", 0, 0, G_OPTION_ARG_NONE, &library.refresh,                              \
        N_ ("download anew, even what is there already"), NULL                         \
  }

const char *ek_cli_library_check (const EkCliLibrary *options);
EkStorePolicy ek_cli_library_policy (const EkCliLibrary *options);
EkLibrary *ek_cli_library_open (EkCliLibrary *options, GError **error);
EkLibrary *
ek_cli_library_open_here (const EkCliLibrary *options, GCancellable *cancellable, GError **error);
EkCatalogEntry *ek_cli_library_choose (EkLibrary *library,
                                       const char *word,
                                       const char *board,
                                       EkLibraryList **list,
                                       GError **error);
EkEntryDownload *ek_cli_library_fetch (EkCliLibrary *options,
                                       EkLibrary *library,
                                       EkCatalogEntry *entry,
                                       GError **error);

char *ek_cli_entry_id (EkCatalogEntry *entry);
char *ek_cli_entry_version (EkLibrary *library, EkCatalogEntry *entry, gboolean *saved);
char *ek_cli_entry_target (EkCatalogEntry *entry);
char *ek_cli_format_age (gint64 seconds);
void ek_cli_tell_origin (const GError *problem, gint64 age, gboolean plain);

G_END_DECLS

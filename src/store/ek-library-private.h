/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A library from inside, and how it fills its lists. Private to this folder. */
#pragma once

#include "ek-library.h"

G_BEGIN_DECLS

struct _EkLibrary
{
  GObject parent_instance;

  EkStore *store;
  GPtrArray *lists; /* of EkLibraryList */
  GListStore *entries;
  char *releases_url;
  char *newest_release;
};

EkLibraryList *ek_library_list_new (const char *address, GError **error);
EkLibraryList *ek_library_list_new_built_in (void);
gboolean ek_library_list_is_local (EkLibraryList *self);
void ek_library_list_load (EkLibraryList *self, EkStore *store);
void ek_library_list_take (EkLibraryList *self, EkDownload *download);
void ek_library_list_fail (EkLibraryList *self, const GError *problem);
void ek_library_list_read_file (EkLibraryList *self);

G_END_DECLS

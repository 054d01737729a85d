/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a firmware list is: a URL, a file, or the link of an ESP Launchpad page that names one. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EkCatalogAddress:
 * @location: the list itself, an absolute http, https or file URL
 * @app: (nullable): the link wants only apps whose names start with this
 * @exact: %TRUE if the whole name has to be @app
 */
typedef struct
{
  char *location;
  char *app;
  gboolean exact;
} EkCatalogAddress;

EkCatalogAddress *ek_catalog_address_new (const char *text, GError **error);
void ek_catalog_address_free (EkCatalogAddress *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkCatalogAddress, ek_catalog_address_free)

G_END_DECLS

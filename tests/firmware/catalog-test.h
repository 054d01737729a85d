/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware lists out of texts. */
#pragma once

#include "ek-catalog.h"
#include "ek-error.h"

#include <string.h>

#define LIST_URL "https://example.org/fw/list.toml"

static inline EkCatalog *
test_parse_at (const char *location, const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  return ek_catalog_new_from_bytes (bytes, location, error);
}

static inline EkCatalog *
test_catalog_at (const char *location, const char *text)
{
  g_autoptr (GError) error = NULL;
  EkCatalog *catalog = test_parse_at (location, text, &error);

  g_assert_no_error (error);
  return catalog;
}

static inline EkCatalog *
test_catalog (const char *text)
{
  return test_catalog_at (LIST_URL, text);
}

/* A list of the version that is read, with @text behind that line. */
static inline EkCatalog *
test_list (const char *text)
{
  g_autofree char *list = g_strconcat ("esp_toml_version = 1.0\n", text, NULL);

  return test_catalog (list);
}

static inline void
test_refused (const char *text, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (test_parse_at (LIST_URL, text, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CATALOG);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, word));
}

static inline void
test_assert_broken (EkCatalog *catalog, guint index, const char *word)
{
  EkCatalogEntry *entry = ek_catalog_get_entry (catalog, index);
  const char *problem = ek_catalog_entry_get_problem (entry);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (problem);
  g_test_message ("%s: %s", ek_catalog_entry_get_title (entry), problem);
  g_assert_nonnull (strstr (problem, word));
  g_assert_cmpuint (ek_catalog_entry_get_n_files (entry), ==, 0);
  g_assert_false (ek_catalog_entry_check (entry, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CATALOG_ENTRY);
  g_assert_nonnull (strstr (error->message, word));
}

static inline void
test_assert_works (EkCatalog *catalog, guint index)
{
  EkCatalogEntry *entry = ek_catalog_get_entry (catalog, index);

  g_assert_cmpstr (ek_catalog_entry_get_problem (entry), ==, NULL);
  g_assert_true (ek_catalog_entry_check (entry, NULL));
  g_assert_cmpuint (ek_catalog_entry_get_n_files (entry), >, 0);
}

/* All URLs of a file, one after the other. */
static inline void
test_assert_urls (EkCatalog *catalog, guint entry, guint file, const char *urls)
{
  const EkCatalogFile *found;
  g_autofree char *joined = NULL;

  test_assert_works (catalog, entry);
  found = ek_catalog_entry_get_file (ek_catalog_get_entry (catalog, entry), file);
  joined = g_strjoinv (" ", found->urls);
  g_assert_cmpstr (joined, ==, urls);
}

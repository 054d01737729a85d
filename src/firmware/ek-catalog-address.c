/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person types, pastes or picks, as the address of a firmware list. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-catalog-address.h"

#include "ek-catalog-private.h"
#include "ek-error.h"

#include <string.h>

#define MAX_ADDRESS   8192
#define LIST_PARAM    "flashConfigURL"
#define MINIMAL_PAGES "/minimal-launchpad"

static gboolean
set_error (GError **error, const char *text, const char *problem)
{
  g_set_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT, "%.200s: %s", text, problem);
  return FALSE;
}

/* The query, or what a page with a router of its own has behind the "#". */
static const char *
find_params (const char *url)
{
  const char *query = strchr (url, '?');

  return query != NULL && strstr (query, LIST_PARAM "=") != NULL ? query + 1 : NULL;
}

/* The minimal page takes everything behind the name as it is if there is a '&' in it. Source:
 * esp-launchpad, js/minimal_launchpad.js. */
static char *
minimal_list (const char *url, const char *params)
{
  const char *list = strstr (params, LIST_PARAM "=") + strlen (LIST_PARAM "=");

  if (strstr (url, MINIMAL_PAGES) == NULL || strchr (params, '&') == NULL ||
      strstr (list, "://") == NULL)
    return NULL;

  return g_strdup (list);
}

static gboolean
read_params (EkCatalogAddress *self, const char *text, const char *params, GError **error)
{
  g_autofree char *query = g_strndup (params, strcspn (params, "#"));
  g_autoptr (GHashTable) values =
      g_uri_parse_params (query, -1, "&", G_URI_PARAMS_WWW_FORM | G_URI_PARAMS_PARSE_RELAXED, NULL);
  const char *list = values != NULL ? g_hash_table_lookup (values, LIST_PARAM) : NULL;

  self->location = minimal_list (text, query);
  if (self->location == NULL)
    {
      const char *app = values != NULL ? g_hash_table_lookup (values, "app") : NULL;
      const char *exact = values != NULL ? g_hash_table_lookup (values, "exact") : NULL;

      self->location = g_strdup (list);
      self->app = app != NULL && *app != '\0' ? g_strdup (app) : NULL;
      self->exact = self->app != NULL && g_strcmp0 (exact, "true") == 0;
    }

  if (self->location != NULL && ek_catalog_url_is_web (self->location))
    return TRUE;
  return set_error (error, text, "the link names no firmware list on the web");
}

/* "echokit.dev/firmware/echokit.toml", as people copy it from a browser. */
static gboolean
looks_like_host (const char *text)
{
  const char *slash = strchr (text, '/');
  const char *dot = strchr (text, '.');

  return slash != NULL && dot != NULL && dot > text && dot < slash - 1 &&
         !g_file_test (text, G_FILE_TEST_EXISTS);
}

static char *
location_from_text (const char *text)
{
  g_autofree char *path = NULL;

  if (g_uri_peek_scheme (text) != NULL)
    return g_strdup (text);
  if (looks_like_host (text))
    return g_strconcat ("https://", text, NULL);

  path = g_canonicalize_filename (text, NULL);
  return g_filename_to_uri (path, NULL, NULL);
}

/* The same list has the same location, however it was typed. */
static char *
normalize (const char *location, const char *text, GError **error)
{
  g_autofree char *escaped = ek_catalog_url_escape (location, TRUE);
  g_autoptr (GUri) uri =
      g_uri_parse (escaped, G_URI_FLAGS_ENCODED | G_URI_FLAGS_SCHEME_NORMALIZE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (uri == NULL || !(ek_catalog_url_is_web (escaped) || ek_catalog_url_is_file (escaped)) ||
      (ek_catalog_url_is_web (escaped) && (host == NULL || *host == '\0')))
    {
      set_error (error, text, "this is no address of a file here or on the web");
      return NULL;
    }

  return g_uri_to_string_partial (uri, G_URI_HIDE_FRAGMENT);
}

/**
 * ek_catalog_address_new:
 * @text: an http, https or file URL, the path of a file, or an ESP Launchpad link
 *   ("…/esp-launchpad/?flashConfigURL=…", the minimal form too)
 *
 * Source of the link's parameters: esp-launchpad, js/index.js and js/minimal_launchpad.js.
 *
 * Returns: (transfer full): the address, or %NULL with %EK_ERROR_INVALID_ARGUMENT
 */
EkCatalogAddress *
ek_catalog_address_new (const char *text, GError **error)
{
  g_autoptr (EkCatalogAddress) self = g_new0 (EkCatalogAddress, 1);
  g_autofree char *stripped = NULL;
  g_autofree char *location = NULL;
  const char *params;

  g_return_val_if_fail (text != NULL, NULL);

  stripped = g_strstrip (g_strdup (text));
  if (*stripped == '\0' || strlen (stripped) > MAX_ADDRESS)
    {
      set_error (error, stripped, "an address has 1 to 8192 bytes");
      return NULL;
    }

  params = ek_catalog_url_is_web (stripped) ? find_params (stripped) : NULL;
  if (params == NULL)
    self->location = location_from_text (stripped);
  else if (!read_params (self, stripped, params, error))
    return NULL;

  location = g_steal_pointer (&self->location);
  self->location = normalize (location, stripped, error);
  return self->location != NULL ? g_steal_pointer (&self) : NULL;
}

/**
 * ek_catalog_address_free:
 */
void
ek_catalog_address_free (EkCatalogAddress *self)
{
  g_free (self->location);
  g_free (self->app);
  g_free (self);
}

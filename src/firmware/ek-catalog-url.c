/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what a firmware list says to the URLs it can mean. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-catalog-private.h"

#include <string.h>

/* RFC 3986: delimiters that keep their meaning, and what is escaped already. */
#define DELIMITERS ":/?[]@!$&'()*+,;=%"

/**
 * ek_catalog_url_is_web:
 */
gboolean
ek_catalog_url_is_web (const char *text)
{
  return g_ascii_strncasecmp (text, "http://", 7) == 0 ||
         g_ascii_strncasecmp (text, "https://", 8) == 0;
}

/**
 * ek_catalog_url_is_file:
 */
gboolean
ek_catalog_url_is_file (const char *text)
{
  return g_ascii_strncasecmp (text, "file:///", 8) == 0;
}

/**
 * ek_catalog_is_template:
 *
 * Returns: %TRUE if somebody was to fill in @text and did not: "<URL>", "$URL", "${URL}"
 */
gboolean
ek_catalog_is_template (const char *text)
{
  const char *open = strchr (text, '<');
  const char *dollar = strchr (text, '$');

  if (open != NULL && strchr (open, '>') != NULL)
    return TRUE;

  return dollar != NULL && (dollar[1] == '{' || dollar[1] == '_' || g_ascii_isalpha (dollar[1]));
}

/**
 * ek_catalog_url_escape:
 * @whole: %TRUE for a whole URL, where "#" starts a fragment; %FALSE for a part in front of that
 *
 * Returns: (transfer full): @text with escapes where a URL needs them; those it has stay
 */
char *
ek_catalog_url_escape (const char *text, gboolean whole)
{
  g_autofree char *escaped = g_uri_escape_string (text, whole ? DELIMITERS "#" : DELIMITERS, FALSE);
  GString *url = g_string_new (NULL);

  for (const char *c = escaped; *c != '\0'; c++)
    {
      g_string_append_c (url, *c);
      if (*c == '%' && !(g_ascii_isxdigit (c[1]) && g_ascii_isxdigit (c[2])))
        g_string_append (url, "25");
    }

  return g_string_free (url, FALSE);
}

/* A list on the web names only what is on the web. */
static gboolean
is_allowed (const char *location, const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (uri == NULL)
    return FALSE;
  if (ek_catalog_url_is_web (url))
    return host != NULL && *host != '\0';
  return ek_catalog_url_is_file (url) && ek_catalog_url_is_file (location);
}

static char *
resolve (const char *location, const char *text)
{
  g_autofree char *url = g_uri_resolve_relative (location, text, G_URI_FLAGS_ENCODED, NULL);

  return url != NULL && is_allowed (location, url) ? g_steal_pointer (&url) : NULL;
}

/**
 * ek_catalog_url_web:
 * @location: of the list
 * @text: (nullable): what the list says
 *
 * Returns: (nullable) (transfer full): the page or picture that a browser may open, or %NULL if @text
 *   is none: empty, a text instead of an address, another scheme, never filled in
 */
char *
ek_catalog_url_web (const char *location, const char *text)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text != NULL ? text : ""));
  g_autofree char *escaped = NULL;
  g_autofree char *url = NULL;

  if (*stripped == '\0' || ek_catalog_is_template (stripped) ||
      strpbrk (stripped, " \t\r\n") != NULL || *stripped == '#')
    return NULL;

  escaped = ek_catalog_url_escape (stripped, TRUE);
  url = resolve (location, escaped);
  return url != NULL && ek_catalog_url_is_web (url) ? g_steal_pointer (&url) : NULL;
}

static gboolean
has_scheme (const char *text)
{
  return strstr (text, "://") != NULL;
}

static void
add_candidate (GStrvBuilder *urls, const char *location, const char *text, guint *n)
{
  g_autofree char *escaped = ek_catalog_url_escape (text, FALSE);
  g_autofree char *url = resolve (location, escaped);

  if (url == NULL)
    return;

  g_strv_builder_add (urls, url);
  (*n)++;
}

/**
 * ek_catalog_url_candidates:
 * @location: of the list, a URL
 * @base: (nullable): firmware_images_url
 * @name: of a file, or its own URL
 * @problem: (out) (transfer none): why there is none
 *
 * ESP Launchpad puts @base and @name together as they are; some lists forgot the "/" between them.
 * What isn't absolute then is relative to the list.
 *
 * Returns: (nullable) (transfer full): URLs to try in order, the next if the server lacks the one
 *   before
 */
char **
ek_catalog_url_candidates (const char *location,
                           const char *base,
                           const char *name,
                           const char **problem)
{
  g_autoptr (GStrvBuilder) urls = g_strv_builder_new ();
  g_autofree char *file = g_strstrip (g_strdup (name));
  g_autofree char *folder = g_strstrip (g_strdup (base != NULL ? base : ""));
  guint n = 0;

  *problem = NULL;
  if (has_scheme (file))
    g_clear_pointer (&folder, g_free);

  if (*file == '\0')
    *problem = "names no file";
  else if (ek_catalog_is_template (file) || (folder != NULL && ek_catalog_is_template (folder)))
    *problem = "is a template that nobody filled in";
  if (*problem != NULL)
    return NULL;

  if (folder == NULL || *folder == '\0')
    {
      add_candidate (urls, location, file, &n);
    }
  else
    {
      g_autofree char *verbatim = g_strconcat (folder, file, NULL);
      g_autofree char *joined = g_strconcat (folder, "/", file, NULL);
      char last = folder[strlen (folder) - 1];

      add_candidate (urls, location, verbatim, &n);
      if (last != '/' && last != '=' && *file != '/')
        add_candidate (urls, location, joined, &n);
    }

  if (n > 0)
    return g_strv_builder_end (urls);
  *problem = "is at an address that is not http or https";
  return NULL;
}

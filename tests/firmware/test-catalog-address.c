/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people type, paste and pick as the address of a list. */
#define G_LOG_DOMAIN "ek-tests"
#include "config.h"

#include "ek-catalog-address.h"
#include "ek-error.h"

#include <string.h>

#define LIST      "https://echokit.dev/firmware/echokit.toml"
#define LAUNCHPAD "https://espressif.github.io/esp-launchpad/"

static const struct
{
  const char *text;
  const char *location;
  const char *app;
  gboolean exact;
} addresses[] = {
  { LIST, LIST, NULL, FALSE },
  { "  " LIST "\n", LIST, NULL, FALSE },
  { LIST "#top", LIST, NULL, FALSE },
  { LIST "?v=2", LIST "?v=2", NULL, FALSE },
  { "HTTPS://echokit.dev/a b.toml", "https://echokit.dev/a%20b.toml", NULL, FALSE },
  { "http://[::1]:8080/x.toml", "http://[::1]:8080/x.toml", NULL, FALSE },
  { "echokit.dev/firmware/echokit.toml", LIST, NULL, FALSE },
  { "file:///tmp/x.toml", "file:///tmp/x.toml", NULL, FALSE },
  { "/tmp/a b/../x.toml", "file:///tmp/x.toml", NULL, FALSE },
  { "/tmp/100% #1?.toml", "file:///tmp/100%25%20%231%3F.toml", NULL, FALSE },
  /* the link in EchoKit's own instructions */
  { LAUNCHPAD "?flashConfigURL=" LIST, LIST, NULL, FALSE },
  { LAUNCHPAD "?flashConfigURL=https%3A%2F%2Fechokit.dev%2Ffirmware%2Fechokit.toml", LIST, NULL,
    FALSE },
  { LAUNCHPAD "index.html?flashConfigURL=" LIST "#tab", LIST, NULL, FALSE },
  { LAUNCHPAD "#/quick?flashConfigURL=" LIST, LIST, NULL, FALSE },
  { LAUNCHPAD "?crossDomain=true&flashConfigURL=" LIST, LIST, NULL, FALSE },
  { LAUNCHPAD "?flashConfigURL=" LIST "&app=Echo", LIST, "Echo", FALSE },
  { LAUNCHPAD "?app=Echo%20Kit&exact=true&flashConfigURL=" LIST, LIST, "Echo Kit", TRUE },
  { LAUNCHPAD "?app=Echo+Kit&exact=false&flashConfigURL=" LIST, LIST, "Echo Kit", FALSE },
  { LAUNCHPAD "?app=&exact=true&flashConfigURL=" LIST, LIST, NULL, FALSE },
  { LAUNCHPAD "?flashConfigURL=https%3A%2F%2Fh.org%2Fx.toml%3Fa%3D1%26b%3D2",
    "https://h.org/x.toml?a=1&b=2", NULL, FALSE },
  /* the minimal page takes all that follows */
  { LAUNCHPAD "minimal-launchpad/?flashConfigURL=" LIST, LIST, NULL, FALSE },
  { LAUNCHPAD "minimal-launchpad/?flashConfigURL=https://h.org/x.toml?a=1&app=2",
    "https://h.org/x.toml?a=1&app=2", NULL, FALSE },
  { LAUNCHPAD "minimal-launchpad/?flashConfigURL=https%3A%2F%2Fh.org%2Fx.toml",
    "https://h.org/x.toml", NULL, FALSE },
  { "http://localhost:8000/?flashConfigURL=http://localhost:8000/x.toml",
    "http://localhost:8000/x.toml", NULL, FALSE },
};

static void
test_addresses (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (EkCatalogAddress) address = ek_catalog_address_new (addresses[i].text, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (address->location, ==, addresses[i].location);
      g_assert_cmpstr (address->app, ==, addresses[i].app);
      g_assert_cmpint (address->exact, ==, addresses[i].exact);
    }
}

static const char *const mistakes[] = {
  "",
  " \n",
  "https://",
  "https:///x.toml",
  "http://:80/x.toml",
  "https://[::1/x.toml",
  "ftp://h.org/x.toml",
  "javascript:alert(1)",
  "data:text/plain,x",
  "file://h.org/x.toml",
  LAUNCHPAD "?flashConfigURL=",
  LAUNCHPAD "?flashConfigURL=file:///etc/passwd",
  LAUNCHPAD "?flashConfigURL=/etc/passwd",
  LAUNCHPAD "?flashConfigURL=javascript:alert(1)",
  LAUNCHPAD "?flashConfigURL=https%3A%2F%2F",
};

static void
test_mistakes (void)
{
  g_autofree char *endless = g_strnfill (9000, 'a');

  for (gsize i = 0; i <= G_N_ELEMENTS (mistakes); i++)
    {
      const char *text = i < G_N_ELEMENTS (mistakes) ? mistakes[i] : endless;
      g_autoptr (GError) error = NULL;

      g_test_message ("%.80s", text);
      g_assert_null (ek_catalog_address_new (text, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_INVALID_ARGUMENT);
      g_assert_cmpuint (strlen (error->message), <, 400);
    }
}

static void
test_relative_path (void)
{
  g_autofree char *here = g_get_current_dir ();
  g_autofree char *path = g_build_filename (here, "x.toml", NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autoptr (EkCatalogAddress) address = ek_catalog_address_new ("x.toml", NULL);
  g_autoptr (EkCatalogAddress) dotted = ek_catalog_address_new ("./x.toml", NULL);

  g_assert_cmpstr (address->location, ==, uri);
  g_assert_cmpstr (dotted->location, ==, uri);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/catalog-address/addresses", test_addresses);
  g_test_add_func ("/catalog-address/refuses-what-is-none", test_mistakes);
  g_test_add_func ("/catalog-address/relative-path", test_relative_path);
  return g_test_run ();
}

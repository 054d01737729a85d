/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Versions as people tag them and as "git describe" says them. EchoKit's is the latter: "v0.3.1",
 * "v0.2.0-19-g501e6b2-dirty", "2c9bf9f". */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-version.h"

#include <string.h>

#define MAX_LENGTH  128
#define MAX_NUMBERS 4
#define MIN_HASH    7 /* git's shortest abbreviation, by default */
#define MAX_HASH    40
#define HEX         "0123456789abcdef"
#define DIGITS      "0123456789"
#define DIRTY       "-dirty"

typedef struct
{
  char *numbers[MAX_NUMBERS]; /* digits without leading zeros; NULL in the first for a bare hash */
  char *pre_release;          /* "rc.1" */
  char *commits;              /* since the tag, like a number */
  char *hash;
  gboolean dirty; /* built from source that nobody committed */
} Version;

static void
version_clear (Version *self)
{
  for (guint i = 0; i < MAX_NUMBERS; i++)
    g_free (self->numbers[i]);
  g_free (self->pre_release);
  g_free (self->commits);
  g_free (self->hash);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Version, version_clear)

static gboolean
consists_of (const char *text, const char *characters)
{
  return *text != '\0' && text[strspn (text, characters)] == '\0';
}

/* Without leading zeros, so that the longer one is the greater one. */
static char *
dup_number (const char *digits)
{
  while (*digits == '0' && digits[1] != '\0')
    digits++;

  return g_strdup (digits);
}

static int
compare_numbers (const char *a, const char *b)
{
  gsize a_length = strlen (a);
  gsize b_length = strlen (b);

  if (a_length != b_length)
    return a_length < b_length ? -1 : 1;
  return strcmp (a, b);
}

static gboolean
is_hash (const char *text)
{
  gsize length = strlen (text);

  return length >= MIN_HASH && length <= MAX_HASH && consists_of (text, HEX);
}

/* Cuts "-19-g501e6b2" off the end, where it is. */
static void
take_commits (Version *self, char *text)
{
  char *hash = g_strrstr (text, "-g");
  char *commits;

  if (hash == NULL || strlen (hash + 2) < 4 || !consists_of (hash + 2, HEX))
    return;

  *hash = '\0';
  commits = strrchr (text, '-');
  if (commits != NULL && consists_of (commits + 1, DIGITS))
    {
      self->hash = g_strdup (hash + 2);
      self->commits = dup_number (commits + 1);
      *commits = '\0';
      if (g_str_equal (self->commits, "0"))
        g_clear_pointer (&self->commits, g_free);
    }
  else
    {
      *hash = '-'; /* no such ending */
    }
}

static gboolean
take_numbers (Version *self, const char *text)
{
  g_auto (GStrv) numbers = g_strsplit (text, ".", -1);
  guint n = g_strv_length (numbers);

  if (n == 0 || n > MAX_NUMBERS)
    return FALSE;

  for (guint i = 0; i < n; i++)
    {
      if (!consists_of (numbers[i], DIGITS))
        return FALSE;
      self->numbers[i] = dup_number (numbers[i]);
    }
  for (guint i = n; i < MAX_NUMBERS; i++)
    self->numbers[i] = g_strdup ("0");

  return TRUE;
}

/* Semantic Versioning 2.0.0, item 9: parts of letters, digits and "-", none of them empty. */
static gboolean
is_pre_release (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, ".", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      if (parts[i][0] == '\0')
        return FALSE;
      for (const char *c = parts[i]; *c != '\0'; c++)
        if (!g_ascii_isalnum (*c) && *c != '-')
          return FALSE;
    }

  return parts[0] != NULL;
}

static gboolean
version_parse (Version *self, const char *version)
{
  g_autofree char *text = NULL;
  char *end;

  if (version == NULL || strlen (version) > MAX_LENGTH)
    return FALSE;

  text = g_strstrip (g_strdup (version));
  if (g_str_has_suffix (text, DIRTY))
    {
      self->dirty = TRUE;
      text[strlen (text) - strlen (DIRTY)] = '\0';
    }

  if (is_hash (text))
    {
      self->hash = g_strdup (text);
      return TRUE;
    }

  take_commits (self, text);
  if ((end = strchr (text, '+')) != NULL)
    *end = '\0'; /* build metadata has no rank */
  if ((end = strchr (text, '-')) != NULL)
    {
      *end = '\0';
      if (!is_pre_release (end + 1))
        return FALSE;
      self->pre_release = g_strdup (end + 1);
    }

  return take_numbers (self, *text == 'v' || *text == 'V' ? text + 1 : text);
}

/* Item 11: numbers as numbers, and below texts; texts by their bytes; fewer parts below more. */
static int
compare_parts (const char *a, const char *b)
{
  gboolean a_is_number = consists_of (a, DIGITS);
  gboolean b_is_number = consists_of (b, DIGITS);
  g_autofree char *a_number = dup_number (a);
  g_autofree char *b_number = dup_number (b);

  if (a_is_number && b_is_number)
    return compare_numbers (a_number, b_number);
  if (a_is_number != b_is_number)
    return a_is_number ? -1 : 1;
  return strcmp (a, b);
}

static int
compare_pre_releases (const char *a, const char *b)
{
  g_auto (GStrv) a_parts = NULL;
  g_auto (GStrv) b_parts = NULL;

  if (a == NULL || b == NULL)
    return (a == NULL) - (b == NULL); /* the release itself comes last */

  a_parts = g_strsplit (a, ".", -1);
  b_parts = g_strsplit (b, ".", -1);
  for (guint i = 0;; i++)
    {
      int order;

      if (a_parts[i] == NULL || b_parts[i] == NULL)
        return (a_parts[i] != NULL) - (b_parts[i] != NULL);
      if ((order = compare_parts (a_parts[i], b_parts[i])) != 0)
        return order;
    }
}

static int
compare_tags (const Version *a, const Version *b)
{
  for (guint i = 0; i < MAX_NUMBERS; i++)
    {
      int order = compare_numbers (a->numbers[i], b->numbers[i]);

      if (order != 0)
        return order;
    }

  return compare_pre_releases (a->pre_release, b->pre_release);
}

static int
compare_commits (const Version *a, const Version *b)
{
  return compare_numbers (a->commits != NULL ? a->commits : "0",
                          b->commits != NULL ? b->commits : "0");
}

/* Of the same commit, as far as both tell; one hash may be abbreviated more than the other. */
static gboolean
same_hash (const char *a, const char *b)
{
  return a == NULL || b == NULL || g_str_has_prefix (a, b) || g_str_has_prefix (b, a);
}

static EkVersionOrder
compare_hashes (const Version *a, const Version *b)
{
  gboolean both = a->hash != NULL && b->hash != NULL;

  return both && same_hash (a->hash, b->hash) && !a->dirty && !b->dirty ? EK_VERSION_SAME
                                                                        : EK_VERSION_UNKNOWN;
}

/**
 * ek_version_compare:
 * @installed: (nullable): the version on the device
 * @offered: (nullable): the version that could be installed
 *
 * Takes semantic versions, with 1 to 4 numbers and with or without "v"; what "git describe" makes of
 * them ("v0.3.1-5-gabc1234": 5 commits after v0.3.1); and bare hashes. Nothing says which of two
 * hashes came first, nor what is in a "-dirty" build besides the commit it names. A number of 7 digits
 * or more, without a "v" and a dot, is taken for a hash.
 *
 * Source: Semantic Versioning 2.0.0, item 11; git-describe(1).
 *
 * Returns: what @offered is, compared with @installed
 */
EkVersionOrder
ek_version_compare (const char *installed, const char *offered)
{
  g_auto (Version) a = { 0 };
  g_auto (Version) b = { 0 };
  int order;

  if (!version_parse (&a, installed) || !version_parse (&b, offered))
    return EK_VERSION_UNKNOWN;
  if (a.numbers[0] == NULL || b.numbers[0] == NULL)
    return compare_hashes (&a, &b);

  order = compare_tags (&a, &b);
  if (order == 0)
    order = compare_commits (&a, &b);
  if (order != 0)
    return order < 0 ? EK_VERSION_NEWER : EK_VERSION_OLDER;

  if (a.dirty || b.dirty || !same_hash (a.hash, b.hash))
    return EK_VERSION_UNKNOWN;
  return EK_VERSION_SAME;
}

/**
 * ek_version_is_release:
 * @version: (nullable):
 *
 * Returns: %TRUE if it is a tag and nothing else: no pre-release, no commits after it, not dirty
 */
gboolean
ek_version_is_release (const char *version)
{
  g_auto (Version) self = { 0 };

  return version_parse (&self, version) && self.numbers[0] != NULL && self.pre_release == NULL &&
         self.commits == NULL && !self.dirty;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EchoKit's firmware prints the Wi-Fi password at every start. From where a line announces one, it
 * is cut: what comes after cannot be told from the password. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-redactor.h"

#include <string.h>

#define HIDDEN " \"***\""

/* Lower case. Source: strings of EchoKit 0.2 to 0.3.2 (src/main.rs, src/bt.rs), VibeKeys' JSON, and
 * what other firmware calls it. */
static const char *const markers[] = {
  "pass:",     "pass characteristic:", "\"pass\":",   "pass=", "password:", "\"password\":",
  "password=", "passphrase:",          "passphrase=", "psk:",  "psk=",
};

/* `PASS: "…"` with a letter lost or changed on the wire. */
#define QUOTED_LABEL      "pass"
#define QUOTED_LABEL_SIZE 4
static const char quoted_start[] = ": \"";

/* The same, with the line's start missing. */
static const char *const beginnings[] = { "ass: \"", "ss: \"", "s: \"", ": \"" };

static gboolean
differ_by_one (const char *text, gsize size)
{
  static const char label[] = QUOTED_LABEL;
  gsize same_front = 0;
  gsize same_back = 0;

  while (same_front < MIN (size, QUOTED_LABEL_SIZE) && text[same_front] == label[same_front])
    same_front++;
  while (same_back < MIN (size, QUOTED_LABEL_SIZE) &&
         text[size - 1 - same_back] == label[QUOTED_LABEL_SIZE - 1 - same_back])
    same_back++;

  return same_front + same_back >= QUOTED_LABEL_SIZE - 1;
}

/* Position behind the earliest of the markers, or G_MAXSIZE. */
static gsize
find_marker (const char *lower)
{
  gsize earliest = G_MAXSIZE;

  for (gsize i = 0; i < G_N_ELEMENTS (markers); i++)
    {
      const char *found = strstr (lower, markers[i]);

      if (found != NULL)
        earliest = MIN (earliest, (gsize) (found - lower) + strlen (markers[i]));
    }

  return earliest;
}

static gsize
find_damaged_label (const char *lower)
{
  const char *found = lower;

  while ((found = strstr (found, quoted_start)) != NULL)
    {
      gsize before = (gsize) (found - lower);

      /* one letter changed, or one missing */
      if ((before >= 4 && differ_by_one (found - 4, 4)) ||
          (before >= 3 && differ_by_one (found - 3, 3)))
        return before + 1;

      found++;
    }

  return G_MAXSIZE;
}

static gsize
find_cut_beginning (const char *lower)
{
  for (gsize i = 0; i < G_N_ELEMENTS (beginnings); i++)
    if (g_str_has_prefix (lower, beginnings[i]))
      return strlen (beginnings[i]) - strlen (" \"");

  return G_MAXSIZE;
}

/* Says that there is no password: worth knowing, and no secret. */
static gboolean
is_empty_value (const char *value)
{
  g_autofree char *stripped = g_strstrip (g_strdup (value));

  return *stripped == '\0' || strcmp (stripped, "\"\"") == 0;
}

/**
 * ek_redact_line:
 * @line: a line, or the start of one; UTF-8
 *
 * Replaces what follows the announcement of a password, up to the end of the line. Half a line is
 * as safe as a whole one, provided that it is the first half: see ek_line_splitter_flush().
 *
 * Returns: (transfer full): the line that may be shown
 */
char *
ek_redact_line (const char *line)
{
  g_autofree char *lower = NULL;
  gsize position;

  g_return_val_if_fail (line != NULL, NULL);

  /* ASCII only, so that positions stay the same */
  lower = g_ascii_strdown (line, -1);
  position = find_marker (lower);
  position = MIN (position, find_damaged_label (lower));
  position = MIN (position, find_cut_beginning (lower));

  if (position == G_MAXSIZE || is_empty_value (line + position))
    return g_strdup (line);

  return g_strdup_printf ("%.*s%s", (int) position, line, HIDDEN);
}

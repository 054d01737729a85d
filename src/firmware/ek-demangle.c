/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rust's older names, which EchoKit has, are read here; the newer ones and those of C++ by GNU
 * libiberty, where it is there. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-demangle.h"

#include <stdlib.h>
#include <string.h>

#if EK_HAVE_IBERTY
#include <libiberty/demangle.h>
#endif

#define HASH_SIZE 17 /* "h" and 16 hexadecimal digits */

/* Source: rustc_symbol_mangling, legacy.rs. */
static const struct
{
  const char *escape;
  const char *text;
} escapes[] = {
  { "$SP$", "@" }, { "$BP$", "*" }, { "$RF$", "&" }, { "$LT$", "<" },
  { "$GT$", ">" }, { "$LP$", "(" }, { "$RP$", ")" }, { "$C$", "," },
};

static gboolean
is_hash (const char *part, gsize size)
{
  if (size != HASH_SIZE || part[0] != 'h')
    return FALSE;

  for (gsize i = 1; i < size; i++)
    if (!g_ascii_isdigit (part[i]) && (part[i] < 'a' || part[i] > 'f'))
      return FALSE;

  return TRUE;
}

/* "$u7b$" stands for the character U+007B. */
static gsize
append_code_point (GString *text, const char *part, gsize size)
{
  const char *end = memchr (part + 1, '$', size - 1);
  char *stop;
  guint64 code;

  if (size < 4 || part[1] != 'u' || end == NULL || !g_ascii_isxdigit (part[2]))
    return 0;

  code = g_ascii_strtoull (part + 2, &stop, 16);
  if (stop != end || code < 0x20 || code == 0x7f || code > 0x10ffff ||
      !g_unichar_validate ((gunichar) code))
    return 0;

  g_string_append_unichar (text, (gunichar) code);
  return (gsize) (end - part) + 1;
}

static gsize
append_escape (GString *text, const char *part, gsize size)
{
  for (guint i = 0; i < G_N_ELEMENTS (escapes); i++)
    {
      gsize length = strlen (escapes[i].escape);

      if (size >= length && strncmp (part, escapes[i].escape, length) == 0)
        {
          g_string_append (text, escapes[i].text);
          return length;
        }
    }

  return append_code_point (text, part, size);
}

/* One part of a path; FALSE if it is not as Rust writes it. */
static gboolean
append_part (GString *text, const char *part, gsize size)
{
  gsize i = 0;

  /* An underscore before an escape only keeps the name from beginning with "$". */
  if (size >= 2 && part[0] == '_' && part[1] == '$')
    i = 1;
  while (i < size)
    {
      gsize used = 1;

      if (part[i] == '$')
        {
          used = append_escape (text, part + i, size - i);
          if (used == 0)
            return FALSE;
        }
      else if (part[i] == '.' && i + 1 < size && part[i + 1] == '.')
        {
          g_string_append (text, "::");
          used = 2;
        }
      else
        g_string_append_c (text, part[i]);
      i += used;
    }

  return TRUE;
}

/* _ZN 4core 9panicking 5panic 17h0123456789abcdefE */
static char *
demangle_rust (const char *name)
{
  g_autoptr (GString) text = g_string_new (NULL);
  const char *at = name + strlen ("_ZN");

  if (!g_str_has_prefix (name, "_ZN"))
    return NULL;

  while (g_ascii_isdigit (*at))
    {
      char *part;
      guint64 size = g_ascii_strtoull (at, &part, 10);

      if (size == 0 || size > strlen (part))
        return NULL;
      at = part + size;
      if (*at == 'E' && is_hash (part, size))
        return g_string_free (g_steal_pointer (&text), FALSE);
      if (text->len > 0)
        g_string_append (text, "::");
      if (!append_part (text, part, size))
        return NULL;
    }

  return NULL;
}

static char *
demangle_others (const char *name)
{
#if EK_HAVE_IBERTY
  char *text = cplus_demangle (name, DMGL_AUTO | DMGL_ANSI | DMGL_PARAMS);
  char *copy = text != NULL ? g_utf8_make_valid (text, -1) : NULL;

  free (text);
  return copy;
#else
  return NULL;
#endif
}

/**
 * ek_demangle:
 * @name: a symbol's name
 *
 * Source: Rust's legacy mangling; with libiberty also Rust v0 and the Itanium C++ ABI.
 *
 * Returns: (transfer full): what the programmer called it; a copy of @name if it is not mangled, or in
 *   a way that is not known
 */
char *
ek_demangle (const char *name)
{
  char *text = NULL;

  if (strlen (name) <= EK_DEMANGLE_MAX && name[0] == '_')
    {
      text = demangle_rust (name);
      if (text == NULL)
        text = demangle_others (name);
    }

  return text != NULL ? text : g_strdup (name);
}

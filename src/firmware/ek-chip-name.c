/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "ESP32C3", "esp32-c3" and "ESP32-C3-4MB" are one chip. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-chip-name.h"

#include <string.h>

#define SEPARATORS "-_ \t"

/* The first column is the second one normalized. */
static const struct
{
  const char *normalized;
  const char *name;
  gboolean supported;
} chips[] = {
  { "esp8266", "ESP8266", FALSE },   { "esp32", "ESP32", TRUE },
  { "esp32s2", "ESP32-S2", TRUE },   { "esp32s3", "ESP32-S3", TRUE },
  { "esp32c2", "ESP32-C2", TRUE },   { "esp32c3", "ESP32-C3", TRUE },
  { "esp32c5", "ESP32-C5", TRUE },   { "esp32c6", "ESP32-C6", TRUE },
  { "esp32c61", "ESP32-C61", TRUE }, { "esp32h2", "ESP32-H2", TRUE },
  { "esp32h4", "ESP32-H4", FALSE },  { "esp32p4", "ESP32-P4", TRUE },
};

static gboolean
is_separator (char c)
{
  return c != '\0' && strchr (SEPARATORS, c) != NULL;
}

/**
 * ek_chip_name_normalize:
 *
 * Returns: (transfer full): @label in lower case, without "-", "_" and blanks
 */
char *
ek_chip_name_normalize (const char *label)
{
  GString *normalized = g_string_new (NULL);

  for (const char *c = label; *c != '\0'; c++)
    if (!is_separator (*c))
      g_string_append_c (normalized, g_ascii_tolower (*c));

  return g_string_free (normalized, FALSE);
}

/* What follows the chip's name in the label, or NULL if that is not how it starts. */
static const char *
skip_name (const char *label, const char *normalized)
{
  for (; *normalized != '\0'; label++)
    {
      if (is_separator (*label))
        continue;
      if (g_ascii_tolower (*label) != *normalized++)
        return NULL;
    }

  return label;
}

/* "ESP32-S31" and "ESP32-X5" are chips of their own, not variants of one that we know; "ESP32-C2-2MB",
 * "ESP32-S3R8" and "ESP32-PICO-D4" are variants. */
static gboolean
is_another_chip (const char *name, const char *rest)
{
  if (g_ascii_isdigit (*rest))
    return TRUE;

  while (is_separator (*rest))
    rest++;
  if (!g_str_equal (name, "ESP32") || !g_ascii_isalpha (*rest) || !g_ascii_isdigit (rest[1]))
    return FALSE;

  for (rest++; g_ascii_isdigit (*rest); rest++)
    ;
  return *rest == '\0' || is_separator (*rest);
}

/**
 * ek_chip_name_from_label:
 * @label: as a list spells it, perhaps with more behind the name
 *
 * Returns: (nullable) (transfer none): the name that EkChip has, such as "ESP32-S3", by the longest
 *   one that @label starts with
 */
const char *
ek_chip_name_from_label (const char *label)
{
  const char *name = NULL;
  const char *rest = NULL;
  gsize longest = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (chips); i++)
    {
      const char *end = skip_name (label, chips[i].normalized);

      if (end != NULL && strlen (chips[i].normalized) > longest)
        {
          longest = strlen (chips[i].normalized);
          name = chips[i].name;
          rest = end;
        }
    }

  return name != NULL && !is_another_chip (name, rest) ? name : NULL;
}

/**
 * ek_chip_name_from_exact:
 * @label: a chip's name and nothing else, however spelled
 *
 * Returns: (nullable) (transfer none): the name that EkChip has
 */
const char *
ek_chip_name_from_exact (const char *label)
{
  g_autofree char *normalized = ek_chip_name_normalize (label);

  for (gsize i = 0; i < G_N_ELEMENTS (chips); i++)
    if (g_str_equal (normalized, chips[i].normalized))
      return chips[i].name;

  return NULL;
}

/**
 * ek_chip_name_is_supported:
 * @name: (nullable): as of ek_chip_name_from_label()
 *
 * Returns: %TRUE if we have a way to talk with that chip
 */
gboolean
ek_chip_name_is_supported (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (chips); i++)
    if (g_strcmp0 (name, chips[i].name) == 0)
      return chips[i].supported;

  return FALSE;
}

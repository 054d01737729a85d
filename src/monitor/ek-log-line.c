/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "I (505) app_init: App version: v0.3.1": a letter, milliseconds since the start, who says it. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-log-line.h"

#include <string.h>

struct _EkLogLine
{
  GObject parent_instance;

  EkLogLevel level;
  gint64 real_time;
  gint64 port_time;
  char *text;
  char *coloured; /* (nullable) */
};

typedef enum
{
  PROP_TEXT = 1,
  PROP_LEVEL,
  PROP_TIME,
} EkLogLineProperty;

static GParamSpec *properties[PROP_TIME + 1];

G_DEFINE_FINAL_TYPE (EkLogLine, ek_log_line, G_TYPE_OBJECT)

/* In the order of EkLogLevel. Source: ESP-IDF, esp_log_level.h. */
static const char letters[] = "EWIDV";

/* How a line of the ROM, the boot loader or ESP-IDF's panic handler begins, beside those with a
 * letter. Source: shared recordings; facts/echokit.md 3.7, 5.1. */
static const char *const beginnings[] = { "ESP-ROM:",
                                          "Build:",
                                          "rst:0x",
                                          "ets ",
                                          "Guru Meditation",
                                          "Core  ",
                                          "Backtrace:",
                                          "abort() was called",
                                          "Rebooting...",
                                          "ELF file SHA256:",
                                          "waiting for download" };

static void
ek_log_line_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  EkLogLine *self = EK_LOG_LINE (object);

  switch ((EkLogLineProperty) property_id)
    {
    case PROP_TEXT:
      g_value_set_string (value, self->text);
      break;
    case PROP_LEVEL:
      g_value_set_int (value, (int) self->level);
      break;
    case PROP_TIME:
      g_value_set_int64 (value, self->real_time);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
ek_log_line_finalize (GObject *object)
{
  g_free (EK_LOG_LINE (object)->text);
  g_free (EK_LOG_LINE (object)->coloured);

  G_OBJECT_CLASS (ek_log_line_parent_class)->finalize (object);
}

static void
ek_log_line_class_init (EkLogLineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ek_log_line_get_property;
  object_class->finalize = ek_log_line_finalize;

  properties[PROP_TEXT] = g_param_spec_string ("text", NULL, NULL, NULL, flags);
  properties[PROP_LEVEL] =
      g_param_spec_int ("level", NULL, NULL, EK_LOG_ERROR, EK_LOG_PLAIN, EK_LOG_PLAIN, flags);
  properties[PROP_TIME] = g_param_spec_int64 ("time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  g_object_class_install_properties (object_class, G_N_ELEMENTS (properties), properties);
}

static void
ek_log_line_init (EkLogLine *self)
{
}

/**
 * ek_log_line_new:
 * @text: redacted
 * @real_time: when it came, microseconds since 1970
 * @port_time: the same by the port's clock, which does not go back
 *
 * Returns: (transfer full)
 */
EkLogLine *
ek_log_line_new (const char *text, EkLogLevel level, gint64 real_time, gint64 port_time)
{
  EkLogLine *self = g_object_new (EK_TYPE_LOG_LINE, NULL);

  self->text = g_strdup (text);
  self->level = level;
  self->real_time = real_time;
  self->port_time = port_time;
  return self;
}

const char *
ek_log_line_get_text (EkLogLine *self)
{
  return self->text;
}

/* Up to where a redacted line is what it was. */
static gsize
common_size (const char *a, const char *b)
{
  gsize n = 0;

  while (a[n] != '\0' && a[n] == b[n])
    n++;
  return n;
}

/**
 * ek_log_line_set_styles:
 * @original: what the styles' positions are of; nothing of it is kept
 * @styles: (array length=n_styles): in their order
 *
 * Gives the line the colours that the device wants it in. What stands where something was taken out
 * goes too: not even its shape is told.
 */
void
ek_log_line_set_styles (EkLogLine *self,
                        const char *original,
                        const EkLineStyle *styles,
                        guint n_styles)
{
  g_autoptr (GString) coloured = g_string_new (NULL);
  gsize same = common_size (self->text, original);
  gsize done = 0;

  g_clear_pointer (&self->coloured, g_free);
  for (guint i = 0; i < n_styles && styles[i].position <= same; i++)
    {
      g_string_append_len (coloured, self->text + done, (gssize) (styles[i].position - done));
      g_string_append_printf (coloured, "\033[%sm", styles[i].sgr);
      done = styles[i].position;
    }
  if (coloured->len == 0)
    return;

  g_string_append_printf (coloured, "%s\033[0m", self->text + done);
  self->coloured = g_string_free (g_steal_pointer (&coloured), FALSE);
}

/**
 * ek_log_line_get_coloured_text:
 *
 * Returns: (nullable): the text with the device's own colours, for a terminal; they end with the line.
 *   %NULL if it has none
 */
const char *
ek_log_line_get_coloured_text (EkLogLine *self)
{
  return self->coloured;
}

EkLogLevel
ek_log_line_get_level (EkLogLine *self)
{
  return self->level;
}

/**
 * ek_log_line_get_time:
 *
 * Returns: when it came, microseconds since 1970
 */
gint64
ek_log_line_get_time (EkLogLine *self)
{
  return self->real_time;
}

/**
 * ek_log_line_get_port_time:
 *
 * Returns: when it came, microseconds of ek_port_now()
 */
gint64
ek_log_line_get_port_time (EkLogLine *self)
{
  return self->port_time;
}

/**
 * ek_log_line_format_time:
 *
 * Returns: (transfer full): local time of day to the millisecond, such as "14:05:09.123"
 */
char *
ek_log_line_format_time (EkLogLine *self)
{
  g_autoptr (GDateTime) seconds =
      g_date_time_new_from_unix_local (self->real_time / G_USEC_PER_SEC);
  g_autofree char *clock = g_date_time_format (seconds, "%H:%M:%S");

  return g_strdup_printf ("%s.%03d", clock, (int) (self->real_time / 1000 % 1000));
}

/**
 * ek_log_line_matches:
 * @filter: (nullable): text that has to be in it, upper and lower case alike
 * @least: the least bad level to let through; %EK_LOG_PLAIN for all
 *
 * Returns: whether a view with this filter shows the line
 */
gboolean
ek_log_line_matches (EkLogLine *self, const char *filter, EkLogLevel least)
{
  g_autofree char *text = NULL;
  g_autofree char *wanted = NULL;

  if (self->level > least)
    return FALSE;
  if (filter == NULL || *filter == '\0')
    return TRUE;

  text = g_utf8_casefold (self->text, -1);
  wanted = g_utf8_casefold (filter, -1);
  return strstr (text, wanted) != NULL;
}

/**
 * ek_log_level_of_text:
 *
 * Returns: what the beginning of @text says: ESP-IDF's letter and time
 */
EkLogLevel
ek_log_level_of_text (const char *text)
{
  const char *letter = *text != '\0' ? strchr (letters, *text) : NULL;
  const char *rest = text + 3;

  if (letter == NULL || strncmp (text + 1, " (", 2) != 0 || !g_ascii_isdigit (*rest))
    return EK_LOG_PLAIN;

  /* Some builds print the time of day: "I (14:05:09.123) tag: ". */
  rest += strspn (rest, "0123456789:.");
  return strncmp (rest, ") ", 2) == 0 ? (EkLogLevel) (letter - letters) : EK_LOG_PLAIN;
}

/**
 * ek_log_text_is_beginning:
 *
 * Returns: whether @text is known to be the beginning of a line, and not the rest of one
 */
gboolean
ek_log_text_is_beginning (const char *text)
{
  if (ek_log_level_of_text (text) != EK_LOG_PLAIN)
    return TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (beginnings); i++)
    if (g_str_has_prefix (text, beginnings[i]))
      return TRUE;

  return FALSE;
}

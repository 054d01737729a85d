/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A state machine over single bytes, so that it cannot matter where the chunks end. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-line-splitter.h"

#include <string.h>

#define BELL   0x07
#define ESCAPE 0x1b

#define MAX_NUMBER 255 /* of a control sequence */

#define REPLACEMENT "\357\277\275" /* U+FFFD, which g_utf8_make_valid() puts for each wrong byte */

typedef enum
{
  STATE_TEXT,
  STATE_ESCAPE,        /* after ESC */
  STATE_INTERMEDIATE,  /* ESC and bytes 0x20 to 0x2f */
  STATE_CONTROL,       /* ESC [ */
  STATE_STRING,        /* ESC ] and its like: text up to BEL or ESC \ */
  STATE_STRING_ESCAPE, /* ESC inside of that */
} State;

struct _EkLineSplitter
{
  EkLineFunc func;
  gpointer user_data;

  GString *line;
  State state;
  gboolean after_return; /* a line feed would belong to the line that is out already */
  gboolean skipping;     /* up to the end of the line */
  guint number;          /* of a control sequence, under way */
  guint next_colour;     /* what the sequence has said so far */
  guint colour;          /* of the line's beginning; 0 for none */
  char sgr[EK_SGR_MAX];  /* the control sequence under way */
  guint sgr_length;      /* EK_SGR_MAX: it is too long, or not of this kind */
  GArray *styles;        /* of EkLineStyle; in the bytes as they came */
  GArray *shown_styles;  /* in the line as it was told */
};

/**
 * ek_line_splitter_new:
 * @func: called for each line, from within the calls below
 * @user_data: for @func
 *
 * Returns: (transfer full): a splitter at the start of a line
 */
EkLineSplitter *
ek_line_splitter_new (EkLineFunc func, gpointer user_data)
{
  EkLineSplitter *self;

  g_return_val_if_fail (func != NULL, NULL);

  self = g_new0 (EkLineSplitter, 1);
  self->func = func;
  self->user_data = user_data;
  self->line = g_string_new (NULL);
  self->styles = g_array_new (FALSE, FALSE, sizeof (EkLineStyle));
  self->shown_styles = g_array_new (FALSE, FALSE, sizeof (EkLineStyle));
  return self;
}

/**
 * ek_line_splitter_free:
 * @self: (nullable) (transfer full): what is left of a line is dropped; see ek_line_splitter_end()
 */
void
ek_line_splitter_free (EkLineSplitter *self)
{
  if (self == NULL)
    return;

  g_array_unref (self->styles);
  g_array_unref (self->shown_styles);
  g_string_free (self->line, TRUE);
  g_free (self);
}

/* Control characters from 0x80 on act on terminals too, and come out of bytes that are valid. */
static void
replace_control_characters (char *text)
{
  for (char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c >= 0x80 && c < 0xa0)
        memset (p, '?', 2); /* they take two bytes */
    }
}

/* Where a byte of the raw line is once each one that is not UTF-8 has become U+FFFD. */
static gsize
valid_position (const GString *line, gsize position)
{
  gsize shown = 0;

  for (gsize i = 0; i < position;)
    {
      gunichar c = g_utf8_get_char_validated (line->str + i, (gssize) (line->len - i));
      gboolean valid = c != (gunichar) -1 && c != (gunichar) -2;
      gsize size = valid ? (gsize) g_utf8_skip[(guint8) line->str[i]] : 1;

      shown += valid ? size : strlen (REPLACEMENT);
      i += size;
    }

  return shown;
}

static void
place_styles (EkLineSplitter *self)
{
  g_array_set_size (self->shown_styles, 0);
  g_array_append_vals (self->shown_styles, self->styles->data, self->styles->len);
  for (guint i = 0; i < self->shown_styles->len; i++)
    {
      EkLineStyle *style = &g_array_index (self->shown_styles, EkLineStyle, i);

      style->position = valid_position (self->line, style->position);
    }
}

static void
emit (EkLineSplitter *self, gboolean complete)
{
  g_autofree char *text = g_utf8_make_valid (self->line->str, (gssize) self->line->len);

  replace_control_characters (text);
  place_styles (self);
  self->func (text, complete, self->user_data);
}

static void
end_line (EkLineSplitter *self)
{
  if (!self->skipping)
    emit (self, TRUE);

  g_string_truncate (self->line, 0);
  g_array_set_size (self->styles, 0);
  self->state = STATE_TEXT;
  self->skipping = FALSE;
  self->colour = 0;
}

static void
append (EkLineSplitter *self, guint8 byte)
{
  gboolean printable = byte == '\t' || (byte >= 0x20 && byte != 0x7f);

  if (printable && !self->skipping && self->line->len < EK_LINE_MAX)
    g_string_append_c (self->line, (char) byte);
}

/* What is neither parameter nor end of a control sequence ends it too: noise must not swallow what
 * comes after it. */
static State
after_control (guint8 byte)
{
  return byte >= 0x20 && byte <= 0x3f ? STATE_CONTROL : STATE_TEXT;
}

static State
after_escape (guint8 byte)
{
  if (byte == '[')
    return STATE_CONTROL;
  if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_')
    return STATE_STRING;
  if (byte >= 0x20 && byte <= 0x2f)
    return STATE_INTERMEDIATE;

  return STATE_TEXT;
}

static void
end_number (EkLineSplitter *self)
{
  if (self->number == 0)
    self->next_colour = 0;
  else if (self->number >= 30 && self->number <= 37)
    self->next_colour = self->number;
  self->number = 0;
}

static void
keep_style (EkLineSplitter *self)
{
  EkLineStyle style = { .position = self->line->len };

  if (self->sgr_length >= EK_SGR_MAX || self->skipping || self->styles->len >= EK_LINE_MAX_STYLES)
    return;

  memcpy (style.sgr, self->sgr, self->sgr_length);
  g_array_append_val (self->styles, style);
}

/* Anything but digits and separators makes it another kind of sequence. */
static void
feed_style (EkLineSplitter *self, guint8 byte)
{
  if (byte == 'm')
    keep_style (self);
  else if (byte >= '0' && byte <= ';' && self->sgr_length < EK_SGR_MAX - 1)
    self->sgr[self->sgr_length++] = (char) byte;
  else
    self->sgr_length = EK_SGR_MAX;
}

/* ESC [ 0 ; 31 m; only what stands before the text is the line's colour. */
static void
feed_control (EkLineSplitter *self, guint8 byte)
{
  if (g_ascii_isdigit (byte))
    self->number = MIN (self->number * 10 + (guint) (byte - '0'), MAX_NUMBER);
  else if (byte == ';' || byte == 'm')
    end_number (self);
  if (byte == 'm' && self->line->len == 0)
    self->colour = self->next_colour;
}

static void
feed_text (EkLineSplitter *self, guint8 byte)
{
  if (byte == ESCAPE)
    self->state = STATE_ESCAPE;
  else
    append (self, byte);
}

static void
feed_escape (EkLineSplitter *self, guint8 byte)
{
  switch (self->state)
    {
    case STATE_ESCAPE:
      self->state = byte == ESCAPE ? STATE_ESCAPE : after_escape (byte);
      self->number = 0;
      self->sgr_length = 0;
      self->next_colour = self->colour;
      break;

    case STATE_INTERMEDIATE:
      self->state = byte >= 0x20 && byte <= 0x2f ? STATE_INTERMEDIATE : STATE_TEXT;
      break;

    case STATE_CONTROL:
      feed_control (self, byte);
      feed_style (self, byte);
      self->state = byte == ESCAPE ? STATE_ESCAPE : after_control (byte);
      break;

    case STATE_STRING:
      if (byte == BELL)
        self->state = STATE_TEXT;
      else if (byte == ESCAPE)
        self->state = STATE_STRING_ESCAPE;
      break;

    case STATE_STRING_ESCAPE:
      self->state = byte == '\\' ? STATE_TEXT : STATE_STRING;
      break;

    case STATE_TEXT:
    default:
      g_assert_not_reached ();
    }
}

static void
feed_byte (EkLineSplitter *self, guint8 byte)
{
  gboolean after_return = self->after_return;

  self->after_return = byte == '\r';
  if (byte == '\r' || (byte == '\n' && !after_return))
    end_line (self);
  else if (byte == '\n')
    return;
  else if (self->state == STATE_TEXT)
    feed_text (self, byte);
  else
    feed_escape (self, byte);
}

/**
 * ek_line_splitter_feed:
 * @data: (array length=size): bytes as they came
 *
 * Cuts at CR LF, CR and LF. Drops terminal sequences (colours are kept beside the line), NULs and other control characters, and what is
 * behind %EK_LINE_MAX bytes in a line; replaces what is not UTF-8. The lines do not depend on how
 * the bytes are spread over calls.
 */
void
ek_line_splitter_feed (EkLineSplitter *self, const guint8 *data, gsize size)
{
  g_return_if_fail (self != NULL);
  g_return_if_fail (data != NULL || size == 0);

  for (gsize i = 0; i < size; i++)
    feed_byte (self, data[i]);
}

/**
 * ek_line_splitter_flush:
 *
 * Shows what there is of the current line, if anything. It stays, and comes again as a whole: so a
 * secret that is cut in two is never seen in two harmless parts.
 */
void
ek_line_splitter_flush (EkLineSplitter *self)
{
  g_return_if_fail (self != NULL);

  if (self->line->len > 0 && !self->skipping)
    emit (self, FALSE);
}

/**
 * ek_line_splitter_end:
 *
 * Ends the current line, if there is anything in it: no more bytes will come.
 */
void
ek_line_splitter_end (EkLineSplitter *self)
{
  g_return_if_fail (self != NULL);

  if (self->line->len > 0)
    end_line (self);
}

/**
 * ek_line_splitter_skip_line:
 *
 * Drops everything up to the next end of a line; for joining in where a line may have begun already,
 * whose start would tell that there is a secret in it.
 */
void
ek_line_splitter_skip_line (EkLineSplitter *self)
{
  g_return_if_fail (self != NULL);

  g_string_truncate (self->line, 0);
  g_array_set_size (self->styles, 0);
  self->skipping = TRUE;
}

/**
 * ek_line_splitter_drop:
 *
 * Forgets what there is of the current line; the next byte begins a new one.
 */
void
ek_line_splitter_drop (EkLineSplitter *self)
{
  g_return_if_fail (self != NULL);

  self->skipping = TRUE;
  end_line (self);
}

/**
 * ek_line_splitter_get_colour:
 *
 * Returns: the terminal colour that the current line begins in, 30 to 37 as in ESC [ 31 m, or 0
 */
guint
ek_line_splitter_get_colour (EkLineSplitter *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->colour;
}

/**
 * ek_line_splitter_get_styles:
 * @n: (out): how many
 *
 * Returns: (transfer none) (array length=n): the colours of the line that was last told, in their
 *   order; valid within the call that tells it
 */
const EkLineStyle *
ek_line_splitter_get_styles (EkLineSplitter *self, guint *n)
{
  g_return_val_if_fail (self != NULL, NULL);

  *n = self->shown_styles->len;
  return (const EkLineStyle *) (void *) self->shown_styles->data;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The test's own port. */
#include "config.h"

#include "fake-port.h"

#include "ek-port-private.h"

struct _FakePort
{
  EkPort parent_instance;

  gint64 now;
  GQueue played; /* of Chunk, in the order they come */
  GByteArray *written;
  GString *log; /* "0 1; +100; 1 0;": lines DTR RTS, and pauses in milliseconds */
  FakePortFunc func;
  gpointer user_data;
  int write_error;
  int lines_error;
  GCancellable *cancellable;
  gint64 cancel_at;
  gint64 away_from;
  gint64 away_until;
};

typedef struct
{
  gint64 time;
  GBytes *bytes;
} Chunk;

G_DEFINE_FINAL_TYPE (FakePort, fake_port, EK_TYPE_PORT)

static void
chunk_free (Chunk *chunk)
{
  g_bytes_unref (chunk->bytes);
  g_free (chunk);
}

static void
wait_until (FakePort *self, gint64 time)
{
  self->now = MAX (self->now, time);
  if (self->cancellable != NULL && self->now >= self->cancel_at)
    {
      self->now = MIN (self->now, self->cancel_at);
      g_cancellable_cancel (self->cancellable);
    }
}

static gboolean
is_away (FakePort *self)
{
  return self->now >= self->away_from && self->now < self->away_until;
}

static gboolean
fake_port_open (EkPort *port, GCancellable *cancellable, GError **error)
{
  if (!is_away (FAKE_PORT (port)))
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_PORT_NOT_FOUND, "unplugged");
  return FALSE;
}

static gssize
fake_port_read (EkPort *port,
                guint8 *buffer,
                gsize size,
                gint64 deadline,
                GCancellable *cancellable,
                GError **error)
{
  FakePort *self = FAKE_PORT (port);
  Chunk *chunk = g_queue_peek_head (&self->played);
  gsize length;
  const guint8 *bytes;

  if (self->now < self->away_from && deadline >= self->away_from &&
      (chunk == NULL || chunk->time >= self->away_from))
    wait_until (self, self->away_from);
  if (is_away (self))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_LINK_LOST, "unplugged");
      return -1;
    }
  if (chunk == NULL || chunk->time > deadline)
    {
      wait_until (self, deadline);
      return ek_error_set_cancelled (cancellable, error) ? -1 : 0;
    }

  wait_until (self, chunk->time);
  if (ek_error_set_cancelled (cancellable, error))
    return -1;
  bytes = g_bytes_get_data (chunk->bytes, &length);
  size = MIN (size, length);
  memcpy (buffer, bytes, size);
  g_queue_pop_head (&self->played);
  if (size < length)
    {
      Chunk *rest = g_new0 (Chunk, 1);

      rest->time = chunk->time;
      rest->bytes = g_bytes_new (bytes + size, length - size);
      g_queue_push_head (&self->played, rest);
    }
  chunk_free (chunk);

  return (gssize) size;
}

static gboolean
fake_port_write (EkPort *port,
                 const guint8 *data,
                 gsize size,
                 gint64 deadline,
                 GCancellable *cancellable,
                 GError **error)
{
  FakePort *self = FAKE_PORT (port);

  if (self->write_error >= 0)
    {
      g_set_error (error, EK_ERROR, self->write_error, "the test's error");
      return FALSE;
    }

  g_byte_array_append (self->written, data, (guint) size);
  if (self->func != NULL)
    self->func (self, data, size, self->user_data);
  return TRUE;
}

static gboolean
fake_port_set_baud (EkPort *port, guint baud, GError **error)
{
  g_string_append_printf (FAKE_PORT (port)->log, "baud %u;", baud);
  return TRUE;
}

static gboolean
fake_port_set_lines (EkPort *port, gboolean dtr, gboolean rts, GError **error)
{
  FakePort *self = FAKE_PORT (port);

  if (self->lines_error >= 0)
    {
      g_set_error (error, EK_ERROR, self->lines_error, "the test's error");
      return FALSE;
    }

  g_string_append_printf (self->log, "%d %d;", dtr, rts);
  return TRUE;
}

static void
fake_port_discard_input (EkPort *port)
{
  FakePort *self = FAKE_PORT (port);
  Chunk *chunk;

  while ((chunk = g_queue_peek_head (&self->played)) != NULL && chunk->time <= self->now)
    chunk_free (g_queue_pop_head (&self->played));
}

static void
fake_port_close (EkPort *port)
{
}

static gint64
fake_port_now (EkPort *port)
{
  return FAKE_PORT (port)->now;
}

static gboolean
fake_port_sleep (EkPort *port, gint64 duration, GCancellable *cancellable, GError **error)
{
  FakePort *self = FAKE_PORT (port);

  if (duration > 0)
    g_string_append_printf (self->log, "+%" G_GINT64_FORMAT ";", duration / 1000);
  wait_until (self, self->now + duration);
  return !ek_error_set_cancelled (cancellable, error);
}

static void
fake_port_finalize (GObject *object)
{
  FakePort *self = FAKE_PORT (object);

  g_queue_clear_full (&self->played, (GDestroyNotify) chunk_free);
  g_byte_array_unref (self->written);
  g_string_free (self->log, TRUE);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (fake_port_parent_class)->finalize (object);
}

static void
fake_port_class_init (FakePortClass *klass)
{
  EkPortClass *port_class = EK_PORT_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = fake_port_finalize;

  port_class->open = fake_port_open;
  port_class->read = fake_port_read;
  port_class->write = fake_port_write;
  port_class->set_baud = fake_port_set_baud;
  port_class->set_lines = fake_port_set_lines;
  port_class->discard_input = fake_port_discard_input;
  port_class->close = fake_port_close;
  port_class->now = fake_port_now;
  port_class->sleep = fake_port_sleep;
}

static void
fake_port_init (FakePort *self)
{
  g_queue_init (&self->played);
  self->written = g_byte_array_new ();
  self->log = g_string_new (NULL);
  self->write_error = self->lines_error = -1;
}

/**
 * fake_port_new:
 *
 * Returns: (transfer full): an open port
 */
FakePort *
fake_port_new (EkPortKind kind, guint max_baud, gboolean has_lines)
{
  FakePort *self = g_object_new (FAKE_TYPE_PORT, NULL);
  EkPortTraits traits = {
    .path = "fake", .kind = kind, .max_baud = max_baud, .has_lines = has_lines
  };

  ek_port_set_traits (EK_PORT (self), &traits);
  g_assert_true (ek_port_open (EK_PORT (self), NULL, NULL));
  return self;
}

void
fake_port_set_func (FakePort *self, FakePortFunc func, gpointer user_data)
{
  self->func = func;
  self->user_data = user_data;
}

/**
 * fake_port_play:
 * @delay: microseconds from now to when the bytes have come
 */
void
fake_port_play (FakePort *self, gint64 delay, const void *data, gsize size)
{
  Chunk *chunk;

  if (size == 0)
    return;

  chunk = g_new0 (Chunk, 1);
  chunk->time = self->now + delay;
  chunk->bytes = g_bytes_new (data, size);
  g_queue_push_tail (&self->played, chunk);
}

void
fake_port_play_hex (FakePort *self, gint64 delay, const char *hex)
{
  gsize size;
  g_autofree guint8 *bytes = fake_bytes_from_hex (hex, &size);

  fake_port_play (self, delay, bytes, size);
}

void
fake_port_fail_writes (FakePort *self, EkError code)
{
  self->write_error = (int) code;
}

void
fake_port_fail_lines (FakePort *self, EkError code)
{
  self->lines_error = (int) code;
}

/* The device is gone from one time to another. */
void
fake_port_unplug (FakePort *self, gint64 from, gint64 until)
{
  self->away_from = from;
  self->away_until = until;
}

/**
 * fake_port_cancel_at:
 * @time: of the port's clock; a wait beyond it ends there
 */
void
fake_port_cancel_at (FakePort *self, GCancellable *cancellable, gint64 time)
{
  g_set_object (&self->cancellable, cancellable);
  self->cancel_at = time;
}

GByteArray *
fake_port_get_written (FakePort *self)
{
  return self->written;
}

const char *
fake_port_get_log (FakePort *self)
{
  return self->log->str;
}

/**
 * fake_bytes_from_hex:
 * @hex: digits, with blanks wherever they help
 *
 * Returns: (transfer full)
 */
guint8 *
fake_bytes_from_hex (const char *hex, gsize *size)
{
  guint8 *bytes = g_malloc (strlen (hex) / 2 + 1);

  *size = 0;
  while (*hex != '\0')
    {
      if (*hex == ' ')
        {
          hex++;
          continue;
        }
      g_assert_true (g_ascii_isxdigit (hex[0]) && g_ascii_isxdigit (hex[1]));
      bytes[(*size)++] =
          (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));
      hex += 2;
    }

  return bytes;
}

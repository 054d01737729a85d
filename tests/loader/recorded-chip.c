/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plays the recordings in ../shared/traces to whoever asks as esptool did. */
#include "config.h"

#include "recorded-chip.h"

#include "ek-bytes.h"
#include "ek-slip.h"

#include <json-glib/json-glib.h>

#define GREETING "c04f484149c0"

typedef struct
{
  char *request;      /* hexadecimal, as on the wire */
  GPtrArray *answers; /* of hexadecimal frames */
  gboolean stub;      /* the stub ran when it was sent */
} Exchange;

typedef struct
{
  GPtrArray *exchanges;
  guint next; /* where to look first: the talk goes on from here */
} Recording;

/* Requests that esptool had no reason to send in the same words: why ours differ, and which command's
 * recorded answer stands for theirs. */
static const struct
{
  guint8 command;
  const char *reason;
} own_words[] = {
  { 0x11, "FLASH_DEFL_DATA: libdeflate makes another, smaller stream of the same bytes than zlib" },
  { 0x03, "FLASH_DATA: to the stub the last block is not padded to its size" },
};

static void
exchange_free (Exchange *self)
{
  g_free (self->request);
  g_ptr_array_unref (self->answers);
  g_free (self);
}

static void
recording_free (Recording *self)
{
  g_ptr_array_unref (self->exchanges);
  g_free (self);
}

static void
add_step (Recording *self, const char *line, gboolean *stub)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  JsonObject *object;
  const char *frame;

  json_parser_load_from_data (parser, line, -1, &error);
  g_assert_no_error (error);
  object = json_node_get_object (json_parser_get_root (parser));
  if (!json_object_has_member (object, "frame"))
    return;

  frame = json_object_get_string_member (object, "frame");
  if (g_str_equal (json_object_get_string_member (object, "dir"), "to_chip"))
    {
      Exchange *exchange = g_new0 (Exchange, 1);

      exchange->request = g_strdup (frame);
      exchange->answers = g_ptr_array_new_with_free_func (g_free);
      exchange->stub = *stub;
      g_ptr_array_add (self->exchanges, exchange);
      return;
    }

  {
    Exchange *last = self->exchanges->pdata[self->exchanges->len - 1];

    g_ptr_array_add (last->answers, g_strdup (frame));
    *stub = *stub || g_str_equal (frame, GREETING);
  }
}

static Recording *
load_recording (const char *name)
{
  g_autofree char *file = g_strdup_printf ("%s.jsonl", name);
  g_autofree char *path = g_build_filename (g_getenv ("EK_SHARED_DIR"), "traces", file, NULL);
  Recording *self = g_new0 (Recording, 1);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  gboolean stub = FALSE;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  self->exchanges = g_ptr_array_new_with_free_func ((GDestroyNotify) exchange_free);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] != '\0')
      add_step (self, lines[i], &stub);
  g_assert_cmpuint (self->exchanges->len, >, 10);

  return self;
}

/**
 * recorded_frame_unpack:
 * @hex: a frame as on the wire
 *
 * Returns: (transfer full): the frame without delimiters and escapes
 */
GByteArray *
recorded_frame_unpack (const char *hex)
{
  gsize size;
  g_autofree guint8 *wire = fake_bytes_from_hex (hex, &size);
  GByteArray *frame = g_byte_array_new ();

  for (gsize i = 1; i + 1 < size; i++)
    {
      guint8 byte = wire[i];

      if (byte == EK_SLIP_ESC)
        byte = wire[++i] == EK_SLIP_ESC_END ? EK_SLIP_END : EK_SLIP_ESC;
      g_byte_array_append (frame, &byte, 1);
    }

  return frame;
}

static gboolean
is_command (const char *hex, guint8 command)
{
  g_autoptr (GByteArray) frame = recorded_frame_unpack (hex);

  return frame->len >= HEADER_SIZE && frame->data[0] == 0 && frame->data[1] == command;
}

typedef gboolean (*Match) (const Exchange *exchange, gconstpointer wanted);

static gboolean
is_same (const Exchange *exchange, gconstpointer wanted)
{
  return g_str_equal (exchange->request, wanted);
}

static gboolean
has_same_command (const Exchange *exchange, gconstpointer wanted)
{
  return is_command (exchange->request, *(const guint8 *) wanted);
}

/* From where the talk is on, then from the beginning */
static Exchange *
find_in (Recording *recording, gboolean stub, Match match, gconstpointer wanted)
{
  guint n = recording->exchanges->len;

  for (guint i = 0; i < n; i++)
    {
      guint index = (recording->next + i) % n;
      Exchange *exchange = recording->exchanges->pdata[index];

      if (exchange->stub == stub && match (exchange, wanted))
        {
          recording->next = index + 1;
          return exchange;
        }
    }

  return NULL;
}

static Exchange *
find_exchange (RecordedChip *chip, Match match, gconstpointer wanted)
{
  for (guint i = 0; i < chip->recordings->len; i++)
    {
      Exchange *exchange = find_in (chip->recordings->pdata[i], chip->stub, match, wanted);

      if (exchange != NULL)
        return exchange;
    }

  return NULL;
}

static Exchange *
find_for_own_words (RecordedChip *chip, const char *request)
{
  for (guint i = 0; i < G_N_ELEMENTS (own_words); i++)
    if (is_command (request, own_words[i].command))
      {
        g_test_message ("%s", own_words[i].reason);
        g_ptr_array_add (chip->own_requests, g_strdup (request));
        chip->n_own_words++;
        return find_exchange (chip, has_same_command, &own_words[i].command);
      }

  return NULL;
}

static void
answer (FakePort *port, const guint8 *data, gsize size, gpointer user_data)
{
  RecordedChip *chip = user_data;
  g_autofree char *request = ek_bytes_hex (data, size);
  Exchange *exchange = find_exchange (chip, is_same, request);

  if (exchange != NULL)
    chip->n_exact++;
  else
    exchange = find_for_own_words (chip, request);
  if (exchange == NULL)
    g_error ("%s: no recording has the request %.80s", chip->stub ? "stub" : "ROM", request);

  for (guint i = 0; i < exchange->answers->len; i++)
    {
      const char *frame = exchange->answers->pdata[i];

      fake_port_play_hex (port, 1000, frame);
      chip->stub = chip->stub || g_str_equal (frame, GREETING);
    }
}

/**
 * recorded_chip_init:
 * @name: the recording at hand
 *
 * The others have what esptool had no need of there: the strapping register, the block version's second
 * word, SPI_SET_PARAMS before a read or an erase.
 */
void
recorded_chip_init (RecordedChip *chip, const char *name)
{
  chip->port = fake_port_new (EK_PORT_KIND_UNKNOWN, 0, FALSE);
  chip->recordings = g_ptr_array_new_with_free_func ((GDestroyNotify) recording_free);
  g_ptr_array_add (chip->recordings, load_recording (name));
  g_ptr_array_add (chip->recordings, load_recording ("esp32s3-rom-flash-id"));
  g_ptr_array_add (chip->recordings, load_recording ("esp32s3-rom-odd-commands"));
  g_ptr_array_add (chip->recordings, load_recording ("esp32s3-stub-write-64k"));
  chip->own_requests = g_ptr_array_new_with_free_func (g_free);
  fake_port_set_func (chip->port, answer, chip);
}

void
recorded_chip_clear (RecordedChip *chip)
{
  g_clear_object (&chip->port);
  g_clear_pointer (&chip->recordings, g_ptr_array_unref);
  g_clear_pointer (&chip->own_requests, g_ptr_array_unref);
}

/**
 * recorded_chip_get_blocks:
 * @command: of the data blocks
 *
 * Returns: (transfer full): the bytes that the recorded blocks carry
 */
GBytes *
recorded_chip_get_blocks (RecordedChip *chip, guint8 command)
{
  Recording *recording = chip->recordings->pdata[0];
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < recording->exchanges->len; i++)
    {
      Exchange *exchange = recording->exchanges->pdata[i];

      if (is_command (exchange->request, command))
        {
          g_autoptr (GByteArray) frame = recorded_frame_unpack (exchange->request);

          g_byte_array_append (bytes, frame->data + BLOCK_START, frame->len - BLOCK_START);
        }
    }
  g_assert_cmpuint (bytes->len, >, 0);

  return g_byte_array_free_to_bytes (bytes);
}

/**
 * recorded_chip_get_words:
 * @words: (out caller-allocates) (array length=n_words)
 *
 * The words of the first recorded request of a kind.
 */
void
recorded_chip_get_words (RecordedChip *chip, guint8 command, guint32 *words, guint n_words)
{
  Recording *recording = chip->recordings->pdata[0];

  for (guint i = 0; i < recording->exchanges->len; i++)
    {
      Exchange *exchange = recording->exchanges->pdata[i];

      if (is_command (exchange->request, command))
        {
          g_autoptr (GByteArray) frame = recorded_frame_unpack (exchange->request);

          g_assert_cmpuint (frame->len, >=, HEADER_SIZE + 4 * n_words);
          for (guint j = 0; j < n_words; j++)
            words[j] = ek_get_u32 (frame->data + HEADER_SIZE + 4 * j);
          return;
        }
    }
  g_assert_not_reached ();
}

/**
 * recorded_chip_get_packets:
 *
 * Returns: (transfer full): what the recorded packets of a read carry; the acknowledgements between
 *   them are frames of ours
 */
GByteArray *
recorded_chip_get_packets (RecordedChip *chip)
{
  Recording *recording = chip->recordings->pdata[0];
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < recording->exchanges->len; i++)
    {
      Exchange *exchange = recording->exchanges->pdata[i];

      for (guint j = 0; j < exchange->answers->len; j++)
        {
          g_autoptr (GByteArray) frame = recorded_frame_unpack (exchange->answers->pdata[j]);

          if (frame->len == 0x1000)
            g_byte_array_append (bytes, frame->data, frame->len);
        }
    }

  return bytes;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our loader's frames against the recorded answers of a real ESP32-S3's ROM and stub: each request
 * gets the answer that the very same request got in the recording. */
#include "config.h"

#include "ek-bytes.h"
#include "ek-loader-private.h"

#include "fake-port.h"

#include <json-glib/json-glib.h>

#define HEADER_SIZE 8
#define BLOCK_START (HEADER_SIZE + 16) /* of the bytes in a data block's frame */
#define GREETING    "c04f484149c0"

/* The recorded chip (traces/README.md, and the figures of its answers) */
#define RECORDED_FLASH_ID 0x18609du

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

/* The fake chip: its recordings, the one at hand first. */
typedef struct
{
  FakePort *port;
  GPtrArray *recordings;
  gboolean stub;
  guint n_exact;
  guint n_own_words;
  GPtrArray *own_requests; /* hexadecimal */
} Chip;

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

/* The frame without delimiters and escapes */
static GByteArray *
unpack (const char *hex)
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
  g_autoptr (GByteArray) frame = unpack (hex);

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
find_exchange (Chip *chip, Match match, gconstpointer wanted)
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
find_for_own_words (Chip *chip, const char *request)
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
  Chip *chip = user_data;
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

/* @name: the recording at hand. The others have what esptool had no need of there: the strapping
 * register, the block version's second word, SPI_SET_PARAMS before a read or an erase. */
static void
chip_init (Chip *chip, const char *name)
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

static void
chip_clear (Chip *chip)
{
  g_clear_object (&chip->port);
  g_clear_pointer (&chip->recordings, g_ptr_array_unref);
  g_clear_pointer (&chip->own_requests, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Chip, chip_clear)

static EkLoader *
connect_to (Chip *chip, gboolean no_stub)
{
  EkLoaderOptions options = { .no_stub = no_stub };
  EkLoader *loader = ek_loader_new (EK_PORT (chip->port), &options);
  g_autoptr (GError) error = NULL;

  ek_loader_connect (loader, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ek_loader_is_stub (loader), ==, !no_stub);
  return loader;
}

/* The bytes that the recorded data blocks carry */
static GBytes *
recorded_blocks (Chip *chip, guint8 command)
{
  Recording *recording = chip->recordings->pdata[0];
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < recording->exchanges->len; i++)
    {
      Exchange *exchange = recording->exchanges->pdata[i];

      if (is_command (exchange->request, command))
        {
          g_autoptr (GByteArray) frame = unpack (exchange->request);

          g_byte_array_append (bytes, frame->data + BLOCK_START, frame->len - BLOCK_START);
        }
    }
  g_assert_cmpuint (bytes->len, >, 0);

  return g_byte_array_free_to_bytes (bytes);
}

/* The words of the first recorded request of a kind */
static void
recorded_words (Chip *chip, guint8 command, guint32 *words, guint n_words)
{
  Recording *recording = chip->recordings->pdata[0];

  for (guint i = 0; i < recording->exchanges->len; i++)
    {
      Exchange *exchange = recording->exchanges->pdata[i];

      if (is_command (exchange->request, command))
        {
          g_autoptr (GByteArray) frame = unpack (exchange->request);

          g_assert_cmpuint (frame->len, >=, HEADER_SIZE + 4 * n_words);
          for (guint j = 0; j < n_words; j++)
            words[j] = ek_get_u32 (frame->data + HEADER_SIZE + 4 * j);
          return;
        }
    }
  g_assert_not_reached ();
}

static void
assert_md5 (EkLoader *loader, guint32 offset, const guint8 *data, gsize size)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_MD5);
  guint8 expected[16], digest[16];
  gsize length = sizeof expected;
  g_autoptr (GError) error = NULL;

  g_checksum_update (checksum, data, (gssize) size);
  g_checksum_get_digest (checksum, expected, &length);
  ek_loader_md5 (loader, offset, (guint32) size, digest, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (digest, sizeof digest, expected, sizeof expected);
}

static void
test_identifies_the_chip (void)
{
  static const guint8 blank[6] = { 0 };
  g_auto (Chip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  const EkChipInfo *info;

  chip_init (&chip, "esp32s3-rom-flash-id");
  loader = connect_to (&chip, TRUE);
  info = ek_loader_get_chip_info (loader);
  g_assert_cmpstr (info->chip->id, ==, "esp32s3");
  g_assert_cmpuint (info->revision, ==, 0);
  g_assert_cmpmem (info->mac, 6, blank, 6);
  g_assert_cmphex (info->flash_id, ==, RECORDED_FLASH_ID);
  g_assert_cmpuint (info->flash_size, ==, 16u << 20);
  g_assert_cmpstr (info->package, ==, "ESP32-S3 (QFN56)");
  g_assert_false (ek_chip_info_is_locked (info, NULL));
  /* GPIO_STRAP was 0x07: bit 3 clear */
  g_assert_true (info->entered_by_hand);
  g_assert_cmpuint (chip.n_own_words, ==, 0);
  g_assert_cmpuint (chip.n_exact, >, 20);
}

/* SFDP: an address, dummy cycles and 32 bits of answer, through the same registers as esptool's. */
static void
test_asks_the_flash_with_an_address (void)
{
  static const guint32 addresses[] = { 0x00, 0x10 };
  static const guint8 bits[] = { 32, 8 };

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    {
      g_auto (Chip) chip = { 0 };
      g_autoptr (EkLoader) loader = NULL;
      g_autoptr (GError) error = NULL;
      EkSpiCommand sfdp = { .opcode = 0x5a,
                            .address = addresses[i],
                            .address_bits = 24,
                            .dummy_bits = 8,
                            .read_bits = bits[i] };
      guint32 result;

      chip_init (&chip, "esp32s3-rom-flash-id");
      loader = connect_to (&chip, TRUE);
      ek_loader_run_spi_command (loader, &sfdp, &result, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmphex (result, ==, 0); /* the recorded flash has no SFDP */
      g_assert_cmpuint (chip.n_own_words, ==, 0);
    }
}

static void
test_writes_with_the_rom (void)
{
  g_auto (Chip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (EkFlashStream) stream = NULL;
  g_autoptr (GBytes) data = NULL;
  g_autoptr (GError) error = NULL;
  guint32 words[4];

  chip_init (&chip, "esp32s3-rom-write-8k");
  recorded_words (&chip, 0x02, words, 4);
  data = recorded_blocks (&chip, 0x03);
  g_assert_cmphex (words[0], ==, 0x2000);
  g_assert_cmpuint (g_bytes_get_size (data), ==, 0x2000);

  loader = connect_to (&chip, TRUE);
  stream = ek_flash_stream_new (words[3], data, FALSE);
  ek_loader_write (loader, stream, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_md5 (loader, words[3], g_bytes_get_data (data, NULL), 0x2000);
  /* every single frame of ours is one of theirs */
  g_assert_cmpuint (chip.n_own_words, ==, 0);
}

static void
test_reads_with_the_rom (void)
{
  g_auto (Chip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (GError) error = NULL;
  guint8 bytes[64], blank[64];

  chip_init (&chip, "esp32s3-rom-odd-commands");
  memset (blank, 0xff, sizeof blank);
  loader = connect_to (&chip, TRUE);
  ek_loader_read (loader, 0x3f0000, sizeof bytes, bytes, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (bytes, sizeof bytes, blank, sizeof blank);
}

#if EK_HAVE_STUB
static GBytes *
inflate_bytes (GBytes *data)
{
  g_autoptr (GConverter) inflater =
      G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
  g_autoptr (GInputStream) memory = g_memory_input_stream_new_from_bytes (data);
  g_autoptr (GInputStream) stream = g_converter_input_stream_new (memory, inflater);
  g_autoptr (GOutputStream) out = g_memory_output_stream_new_resizable ();
  g_autoptr (GError) error = NULL;

  g_output_stream_splice (out, stream,
                          G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE | G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
                          NULL, &error);
  g_assert_no_error (error);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (out));
}

static void
test_starts_the_stub (void)
{
  g_auto (Chip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;

  chip_init (&chip, "esp32s3-stub-write-64k");
  loader = connect_to (&chip, FALSE);
  g_assert_true (chip.stub);
  g_assert_cmphex (ek_loader_get_chip_info (loader)->flash_id, ==, RECORDED_FLASH_ID);
  g_assert_cmpuint (chip.n_own_words, ==, 0);
}

static void
test_writes_with_the_stub (void)
{
  g_auto (Chip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (EkFlashStream) stream = NULL;
  g_autoptr (GBytes) theirs = NULL;
  g_autoptr (GBytes) data = NULL;
  g_autoptr (GBytes) ours = NULL;
  g_autoptr (GBytes) ours_inflated = NULL;
  g_autoptr (GByteArray) frame = NULL;
  g_autoptr (GError) error = NULL;
  guint32 words[4];

  chip_init (&chip, "esp32s3-stub-write-64k");
  recorded_words (&chip, 0x10, words, 4);
  theirs = recorded_blocks (&chip, 0x11);
  data = inflate_bytes (theirs);
  g_assert_cmpuint (g_bytes_get_size (data), ==, words[0]);

  loader = connect_to (&chip, FALSE);
  stream = ek_flash_stream_new (words[3], data, TRUE);
  ek_loader_write (loader, stream, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_md5 (loader, words[3], g_bytes_get_data (data, NULL), g_bytes_get_size (data));

  /* FLASH_DEFL_BEGIN, FLASH_DEFL_END and MD5 are theirs; the stream is ours and no larger */
  g_assert_cmpuint (chip.n_own_words, ==, 1);
  frame = unpack (chip.own_requests->pdata[0]);
  ours = g_bytes_new (frame->data + BLOCK_START, frame->len - BLOCK_START);
  ours_inflated = inflate_bytes (ours);
  g_assert_true (g_bytes_equal (ours_inflated, data));
  g_assert_cmpuint (g_bytes_get_size (ours), <=, g_bytes_get_size (theirs));
}

static void
test_writes_uncompressed_with_the_stub (void)
{
  g_auto (Chip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (EkFlashStream) stream = NULL;
  g_autoptr (GBytes) padded = NULL;
  g_autoptr (GBytes) data = NULL;
  g_autoptr (GByteArray) frame = NULL;
  g_autoptr (GError) error = NULL;
  guint32 words[4];

  chip_init (&chip, "esp32s3-stub-write-uncompressed-8k");
  recorded_words (&chip, 0x02, words, 4);
  g_assert_cmphex (words[0], ==, 0x2000);
  padded = recorded_blocks (&chip, 0x03);
  data = g_bytes_new_from_bytes (padded, 0, words[0]);

  loader = connect_to (&chip, FALSE);
  stream = ek_flash_stream_new (words[3], data, FALSE);
  ek_loader_write (loader, stream, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_md5 (loader, words[3], g_bytes_get_data (data, NULL), words[0]);

  g_assert_cmpuint (chip.n_own_words, ==, 1);
  frame = unpack (chip.own_requests->pdata[0]);
  g_assert_cmpuint (ek_get_u32 (frame->data + HEADER_SIZE), ==, words[0]);
  g_assert_cmpmem (frame->data + BLOCK_START, frame->len - BLOCK_START,
                   g_bytes_get_data (data, NULL), words[0]);
}

/* What the recorded packets carry: the acknowledgements between them are frames of ours. */
static GByteArray *
recorded_packets (Chip *chip)
{
  Recording *recording = chip->recordings->pdata[0];
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < recording->exchanges->len; i++)
    {
      Exchange *exchange = recording->exchanges->pdata[i];

      for (guint j = 0; j < exchange->answers->len; j++)
        {
          g_autoptr (GByteArray) frame = unpack (exchange->answers->pdata[j]);

          if (frame->len == 0x1000)
            g_byte_array_append (bytes, frame->data, frame->len);
        }
    }

  return bytes;
}

static void
test_reads_with_the_stub (void)
{
  g_auto (Chip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (GByteArray) expected = NULL;
  g_autofree guint8 *bytes = NULL;
  g_autoptr (GError) error = NULL;
  guint32 words[4];

  chip_init (&chip, "esp32s3-stub-read-8k");
  recorded_words (&chip, 0xd2, words, 4);
  expected = recorded_packets (&chip);
  g_assert_cmphex (words[1], ==, expected->len);

  loader = connect_to (&chip, FALSE);
  bytes = g_malloc (words[1]);
  ek_loader_read (loader, words[0], words[1], bytes, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (bytes, words[1], expected->data, expected->len);
  g_assert_cmpuint (chip.n_own_words, ==, 0);
}

static void
test_erases_with_the_stub (void)
{
  g_auto (Chip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (GError) error = NULL;
  guint32 words[2];

  chip_init (&chip, "esp32s3-stub-erase-region");
  recorded_words (&chip, 0xd1, words, 2);
  loader = connect_to (&chip, FALSE);
  ek_loader_erase_region (loader, words[0], words[1], NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (chip.n_own_words, ==, 0);
}
#endif

/* The ROM does not know the stub's commands, and says so with the number of the command before. */
static void
test_is_told_what_the_rom_does_not_know (void)
{
  g_auto (Chip) chip = { 0 };
  g_autoptr (EkLink) link = NULL;
  g_autoptr (GError) error = NULL;
  EkReply reply;

  chip_init (&chip, "esp32s3-rom-odd-commands");
  link = ek_link_new (EK_PORT (chip.port));
  g_assert_false (ek_link_request (link, EK_COMMAND_ERASE_FLASH, NULL, 0, 0, EK_DEFAULT_TIMEOUT,
                                   &reply, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CHIP_REFUSED);
  g_assert_cmphex (reply.reason, ==, EK_REASON_ROM_UNSUPPORTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recordings/rom/identifies-the-chip", test_identifies_the_chip);
  g_test_add_func ("/recordings/rom/asks-the-flash-with-an-address",
                   test_asks_the_flash_with_an_address);
  g_test_add_func ("/recordings/rom/writes", test_writes_with_the_rom);
  g_test_add_func ("/recordings/rom/reads", test_reads_with_the_rom);
  g_test_add_func ("/recordings/rom/is-told-what-it-does-not-know",
                   test_is_told_what_the_rom_does_not_know);
#if EK_HAVE_STUB
  g_test_add_func ("/recordings/stub/starts", test_starts_the_stub);
  g_test_add_func ("/recordings/stub/writes-compressed", test_writes_with_the_stub);
  g_test_add_func ("/recordings/stub/writes-uncompressed", test_writes_uncompressed_with_the_stub);
  g_test_add_func ("/recordings/stub/reads", test_reads_with_the_stub);
  g_test_add_func ("/recordings/stub/erases", test_erases_with_the_stub);
#endif

  return g_test_run ();
}

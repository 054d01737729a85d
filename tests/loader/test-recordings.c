/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our loader's frames against the recorded answers of a real ESP32-S3's ROM and stub: each request
 * gets the answer that the very same request got in the recording. */
#include "config.h"

#include "ek-bytes.h"
#include "ek-loader-private.h"

#include "recorded-chip.h"

/* The recorded chip (traces/README.md, and the figures of its answers) */
#define RECORDED_FLASH_ID 0x18609du

static EkLoader *
connect_to (RecordedChip *chip, gboolean no_stub)
{
  EkLoaderOptions options = { .no_stub = no_stub };
  EkLoader *loader = ek_loader_new (EK_PORT (chip->port), &options);
  g_autoptr (GError) error = NULL;

  ek_loader_connect (loader, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ek_loader_is_stub (loader), ==, !no_stub);
  return loader;
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
  g_auto (RecordedChip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  const EkChipInfo *info;

  recorded_chip_init (&chip, "esp32s3-rom-flash-id");
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
      g_auto (RecordedChip) chip = { 0 };
      g_autoptr (EkLoader) loader = NULL;
      g_autoptr (GError) error = NULL;
      EkSpiCommand sfdp = { .opcode = 0x5a,
                            .address = addresses[i],
                            .address_bits = 24,
                            .dummy_bits = 8,
                            .read_bits = bits[i] };
      guint32 result;

      recorded_chip_init (&chip, "esp32s3-rom-flash-id");
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
  g_auto (RecordedChip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (EkFlashStream) stream = NULL;
  g_autoptr (GBytes) data = NULL;
  g_autoptr (GError) error = NULL;
  guint32 words[4];

  recorded_chip_init (&chip, "esp32s3-rom-write-8k");
  recorded_chip_get_words (&chip, 0x02, words, 4);
  data = recorded_chip_get_blocks (&chip, 0x03);
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
  g_auto (RecordedChip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (GError) error = NULL;
  guint8 bytes[64], blank[64];

  recorded_chip_init (&chip, "esp32s3-rom-odd-commands");
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
  g_auto (RecordedChip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;

  recorded_chip_init (&chip, "esp32s3-stub-write-64k");
  loader = connect_to (&chip, FALSE);
  g_assert_true (chip.stub);
  g_assert_cmphex (ek_loader_get_chip_info (loader)->flash_id, ==, RECORDED_FLASH_ID);
  g_assert_cmpuint (chip.n_own_words, ==, 0);
}

static void
test_writes_with_the_stub (void)
{
  g_auto (RecordedChip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (EkFlashStream) stream = NULL;
  g_autoptr (GBytes) theirs = NULL;
  g_autoptr (GBytes) data = NULL;
  g_autoptr (GBytes) ours = NULL;
  g_autoptr (GBytes) ours_inflated = NULL;
  g_autoptr (GByteArray) frame = NULL;
  g_autoptr (GError) error = NULL;
  guint32 words[4];

  recorded_chip_init (&chip, "esp32s3-stub-write-64k");
  recorded_chip_get_words (&chip, 0x10, words, 4);
  theirs = recorded_chip_get_blocks (&chip, 0x11);
  data = inflate_bytes (theirs);
  g_assert_cmpuint (g_bytes_get_size (data), ==, words[0]);

  loader = connect_to (&chip, FALSE);
  stream = ek_flash_stream_new (words[3], data, TRUE);
  ek_loader_write (loader, stream, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_md5 (loader, words[3], g_bytes_get_data (data, NULL), g_bytes_get_size (data));

  /* FLASH_DEFL_BEGIN, FLASH_DEFL_END and MD5 are theirs; the stream is ours and no larger */
  g_assert_cmpuint (chip.n_own_words, ==, 1);
  frame = recorded_frame_unpack (chip.own_requests->pdata[0]);
  ours = g_bytes_new (frame->data + BLOCK_START, frame->len - BLOCK_START);
  ours_inflated = inflate_bytes (ours);
  g_assert_true (g_bytes_equal (ours_inflated, data));
  g_assert_cmpuint (g_bytes_get_size (ours), <=, g_bytes_get_size (theirs));
}

static void
test_writes_uncompressed_with_the_stub (void)
{
  g_auto (RecordedChip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (EkFlashStream) stream = NULL;
  g_autoptr (GBytes) padded = NULL;
  g_autoptr (GBytes) data = NULL;
  g_autoptr (GByteArray) frame = NULL;
  g_autoptr (GError) error = NULL;
  guint32 words[4];

  recorded_chip_init (&chip, "esp32s3-stub-write-uncompressed-8k");
  recorded_chip_get_words (&chip, 0x02, words, 4);
  g_assert_cmphex (words[0], ==, 0x2000);
  padded = recorded_chip_get_blocks (&chip, 0x03);
  data = g_bytes_new_from_bytes (padded, 0, words[0]);

  loader = connect_to (&chip, FALSE);
  stream = ek_flash_stream_new (words[3], data, FALSE);
  ek_loader_write (loader, stream, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_md5 (loader, words[3], g_bytes_get_data (data, NULL), words[0]);

  g_assert_cmpuint (chip.n_own_words, ==, 1);
  frame = recorded_frame_unpack (chip.own_requests->pdata[0]);
  g_assert_cmpuint (ek_get_u32 (frame->data + HEADER_SIZE), ==, words[0]);
  g_assert_cmpmem (frame->data + BLOCK_START, frame->len - BLOCK_START,
                   g_bytes_get_data (data, NULL), words[0]);
}

static void
test_reads_with_the_stub (void)
{
  g_auto (RecordedChip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (GByteArray) expected = NULL;
  g_autofree guint8 *bytes = NULL;
  g_autoptr (GError) error = NULL;
  guint32 words[4];

  recorded_chip_init (&chip, "esp32s3-stub-read-8k");
  recorded_chip_get_words (&chip, 0xd2, words, 4);
  expected = recorded_chip_get_packets (&chip);
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
  g_auto (RecordedChip) chip = { 0 };
  g_autoptr (EkLoader) loader = NULL;
  g_autoptr (GError) error = NULL;
  guint32 words[2];

  recorded_chip_init (&chip, "esp32s3-stub-erase-region");
  recorded_chip_get_words (&chip, 0xd1, words, 2);
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
  g_auto (RecordedChip) chip = { 0 };
  g_autoptr (EkLink) link = NULL;
  g_autoptr (GError) error = NULL;
  EkReply reply;

  recorded_chip_init (&chip, "esp32s3-rom-odd-commands");
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

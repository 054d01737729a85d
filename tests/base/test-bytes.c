/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader never leaves its bytes, whatever is asked of it. */
#define G_LOG_DOMAIN "ek-test"
#include "config.h"

#include "ek-bytes.h"

/* On the heap and exactly as long as said, so that the sanitizers see a step too far. */
static guint8 *
counting_bytes (gsize size)
{
  guint8 *bytes = g_malloc (size);

  for (gsize i = 0; i < size; i++)
    bytes[i] = i + 1;

  return bytes;
}

static void
test_little_endian (void)
{
  g_autofree guint8 *bytes = counting_bytes (7);
  EkByteReader reader;

  ek_byte_reader_init (&reader, bytes, 7);
  g_assert_cmphex (ek_byte_reader_u8 (&reader), ==, 0x01);
  g_assert_cmphex (ek_byte_reader_u16 (&reader), ==, 0x0302);
  g_assert_cmphex (ek_byte_reader_u32 (&reader), ==, 0x07060504);
  g_assert_cmpuint (ek_byte_reader_left (&reader), ==, 0);
  g_assert_false (reader.failed);
}

static void
test_high_bits (void)
{
  const guint8 bytes[] = { 0xff, 0xfe, 0xfd, 0xfc };
  guint8 written[4];

  g_assert_cmphex (ek_get_u16 (bytes), ==, 0xfeff);
  g_assert_cmphex (ek_get_u32 (bytes), ==, 0xfcfdfeff);
  ek_put_u32 (written, 0xfcfdfeff);
  g_assert_cmpmem (written, 4, bytes, 4);
  ek_put_u16 (written, 0xfeff);
  g_assert_cmpmem (written, 2, bytes, 2);
}

static void
test_past_the_end (void)
{
  g_autofree guint8 *bytes = counting_bytes (3);
  EkByteReader reader;

  ek_byte_reader_init (&reader, bytes, 3);
  g_assert_cmphex (ek_byte_reader_u32 (&reader), ==, 0);
  g_assert_true (reader.failed);
}

static void
test_failure_stays (void)
{
  g_autofree guint8 *bytes = counting_bytes (3);
  EkByteReader reader;

  ek_byte_reader_init (&reader, bytes, 3);
  ek_byte_reader_u32 (&reader);
  g_assert_cmphex (ek_byte_reader_u8 (&reader), ==, 0);
  g_assert_null (ek_byte_reader_take (&reader, 0));
  g_assert_false (ek_byte_reader_seek (&reader, 0));
  g_assert_true (reader.failed);
}

static void
test_take (void)
{
  g_autofree guint8 *bytes = counting_bytes (4);
  EkByteReader reader;

  ek_byte_reader_init (&reader, bytes, 4);
  g_assert_true (ek_byte_reader_take (&reader, 3) == bytes);
  g_assert_true (ek_byte_reader_take (&reader, 1) == bytes + 3);
  g_assert_nonnull (ek_byte_reader_take (&reader, 0));
  g_assert_null (ek_byte_reader_take (&reader, 1));
}

/* A size that makes position + size wrap around must not look small. */
static void
test_take_everything_there_is (void)
{
  g_autofree guint8 *bytes = counting_bytes (4);
  EkByteReader reader;

  ek_byte_reader_init (&reader, bytes, 4);
  ek_byte_reader_u8 (&reader);
  g_assert_null (ek_byte_reader_take (&reader, G_MAXSIZE));
  g_assert_true (reader.failed);
  g_assert_cmpuint (reader.position, ==, 1);
}

static void
test_seek (void)
{
  g_autofree guint8 *bytes = counting_bytes (4);
  EkByteReader reader;

  ek_byte_reader_init (&reader, bytes, 4);
  g_assert_true (ek_byte_reader_seek (&reader, 3));
  g_assert_cmphex (ek_byte_reader_u8 (&reader), ==, 4);
  g_assert_true (ek_byte_reader_seek (&reader, 0));
  g_assert_cmphex (ek_byte_reader_u8 (&reader), ==, 1);
  g_assert_true (ek_byte_reader_seek (&reader, 4));
  g_assert_cmpuint (ek_byte_reader_left (&reader), ==, 0);
  g_assert_false (ek_byte_reader_seek (&reader, 5));
  g_assert_true (reader.failed);
}

static void
test_nothing (void)
{
  EkByteReader reader;

  ek_byte_reader_init (&reader, NULL, 0);
  g_assert_cmpuint (ek_byte_reader_left (&reader), ==, 0);
  g_assert_false (reader.failed);
  g_assert_cmphex (ek_byte_reader_u16 (&reader), ==, 0);
  g_assert_true (reader.failed);
}

static void
test_all (void)
{
  g_autofree guint8 *bytes = g_malloc (4096);

  memset (bytes, 0xff, 4096);
  g_assert_true (ek_bytes_all (bytes, 4096, 0xff));
  g_assert_false (ek_bytes_all (bytes, 4096, 0x00));
  g_assert_true (ek_bytes_all (bytes, 1, 0xff));
  g_assert_true (ek_bytes_all (NULL, 0, 0xff));

  bytes[4095] = 0xfe;
  g_assert_false (ek_bytes_all (bytes, 4096, 0xff));
  g_assert_true (ek_bytes_all (bytes, 4095, 0xff));

  bytes[4095] = 0xff;
  bytes[0] = 0xfe;
  g_assert_false (ek_bytes_all (bytes, 4096, 0xff));
}

/* Source: RFC 1321, A.5 */
static void
test_md5 (void)
{
  guint8 digest[EK_MD5_SIZE];
  g_autofree char *nothing = NULL;
  g_autofree char *abc = NULL;

  ek_bytes_md5 (NULL, 0, digest);
  nothing = ek_bytes_hex (digest, sizeof digest);
  g_assert_cmpstr (nothing, ==, "d41d8cd98f00b204e9800998ecf8427e");
  ek_bytes_md5 ((const guint8 *) "abc", 3, digest);
  abc = ek_bytes_hex (digest, sizeof digest);
  g_assert_cmpstr (abc, ==, "900150983cd24fb0d6963f7d28e17f72");
}

static void
test_hex (void)
{
  const guint8 bytes[] = { 0x00, 0x0a, 0xf0, 0xff };
  g_autofree char *text = ek_bytes_hex (bytes, sizeof bytes);
  g_autofree char *nothing = ek_bytes_hex (bytes, 0);

  g_assert_cmpstr (text, ==, "000af0ff");
  g_assert_cmpstr (nothing, ==, "");
}

static void
test_align (void)
{
  g_assert_cmphex (EK_ALIGN_UP (0x0u, 0x1000u), ==, 0x0);
  g_assert_cmphex (EK_ALIGN_UP (0x1u, 0x1000u), ==, 0x1000);
  g_assert_cmphex (EK_ALIGN_UP (0x1000u, 0x1000u), ==, 0x1000);
  g_assert_cmphex (EK_ALIGN_DOWN (0xfffu, 0x1000u), ==, 0x0);
  g_assert_cmphex (EK_ALIGN_DOWN (0x1fffu, 0x1000u), ==, 0x1000);
}

static void
test_alloc (void)
{
  const gsize sizes[] = { 1, 4096, 1024 * 1024 - 1, 1024 * 1024, 2 * 1024 * 1024 + 1, 16 << 20 };

  /* under the sanitizers a byte too few ends the test */
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree guint8 *data = ek_bytes_alloc (sizes[i]);

      memset (data, 0xa5, sizes[i]);
      g_assert_true (ek_bytes_all (data, sizes[i], 0xa5));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/bytes/reader/little-endian", test_little_endian);
  g_test_add_func ("/bytes/reader/zero-past-the-end", test_past_the_end);
  g_test_add_func ("/bytes/reader/failure-stays", test_failure_stays);
  g_test_add_func ("/bytes/reader/takes-inside-the-data", test_take);
  g_test_add_func ("/bytes/reader/refuses-a-size-that-wraps", test_take_everything_there_is);
  g_test_add_func ("/bytes/reader/seeks-to-the-end-and-no-further", test_seek);
  g_test_add_func ("/bytes/reader/reads-nothing-of-nothing", test_nothing);
  g_test_add_func ("/bytes/words/keep-high-bits", test_high_bits);
  g_test_add_func ("/bytes/all/sees-the-first-and-the-last", test_all);
  g_test_add_func ("/bytes/md5/as-in-the-rfc", test_md5);
  g_test_add_func ("/bytes/hex/two-digits-a-byte", test_hex);
  g_test_add_func ("/bytes/align/rounds-to-the-unit", test_align);
  g_test_add_func ("/bytes/alloc/gives-all-of-it-and-g-free-takes-it", test_alloc);

  return g_test_run ();
}

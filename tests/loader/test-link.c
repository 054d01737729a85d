/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests and answers against a port that plays what the test says. */
#include "config.h"

#include "ek-link.h"

#include "fake-port.h"

#define SECOND G_USEC_PER_SEC

/* An answer: 01, command, size, value, data. */
#define READ_REG_OK "c0 01 0a 0400 09000000 00000000 c0"

typedef struct
{
  FakePort *port;
  EkLink *link;
  EkReply reply;
} Talk;

static void
talk_init (Talk *talk)
{
  talk->port = fake_port_new (EK_PORT_KIND_UART, 921600, TRUE);
  talk->link = ek_link_new (EK_PORT (talk->port));
  memset (&talk->reply, 0xc1, sizeof talk->reply);
}

static void
talk_clear (Talk *talk)
{
  g_clear_pointer (&talk->link, ek_link_free);
  g_clear_object (&talk->port);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Talk, talk_clear)

static gboolean
request (Talk *talk, EkCommand command, gsize reply_size, GError **error)
{
  return ek_link_request (talk->link, command, NULL, 0, reply_size, SECOND, &talk->reply, NULL,
                          error);
}

static void
assert_written (Talk *talk, const char *hex)
{
  GByteArray *written = fake_port_get_written (talk->port);
  gsize size;
  g_autofree guint8 *expected = fake_bytes_from_hex (hex, &size);

  g_assert_cmpmem (written->data, written->len, expected, size);
  g_byte_array_set_size (written, 0);
}

/* Vectors of esp-protocol facts 1.12 */
static void
test_packs_requests (void)
{
  static const guint8 address[] = { 0x00, 0x10, 0x00, 0x40 };
  static const guint8 speeds[] = { 0x00, 0x10, 0x0e, 0x00, 0x00, 0xc2, 0x01, 0x00 };
  static const guint8 nasty[] = { 0xc0, 0xdb };
  g_auto (Talk) talk = { 0 };

  talk_init (&talk);
  ek_link_send (talk.link, EK_COMMAND_READ_REG, address, sizeof address, 0, NULL, NULL);
  assert_written (&talk, "c0 00 0a 04 00 00 00 00 00 00 10 00 40 c0");
  ek_link_send (talk.link, EK_COMMAND_GET_SECURITY_INFO, NULL, 0, 0, NULL, NULL);
  assert_written (&talk, "c0 00 14 00 00 00 00 00 00 c0");
  ek_link_send (talk.link, EK_COMMAND_CHANGE_BAUDRATE, speeds, sizeof speeds, 0, NULL, NULL);
  assert_written (&talk, "c0 00 0f 08 00 00 00 00 00 00 10 0e 00 00 c2 01 00 c0");
  /* checksum 0xEF ^ 0xC0 ^ 0xDB = 0xF4, over the bytes before they are escaped */
  ek_link_request_block (talk.link, EK_COMMAND_MEM_DATA, 0, nasty, sizeof nasty, 0, &talk.reply,
                         NULL, NULL);
  assert_written (&talk, "c0 00 07 12 00 f4 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
                         " 00 db dc db dd c0");
}

static void
test_takes_the_answer_of_rom_and_stub (void)
{
  static const struct
  {
    const char *hex;
    guint32 value;
  } rows[] = {
    { "c0 01 0a 0400 09000000 00000000 c0", 9 },           /* ROM: four status bytes */
    { "c0 01 0a 0200 78563412 0000 c0", 0x12345678 },      /* stub: two */
    { "c0 01 0a 0400 dbdcdbdd 0000 00000000 c0", 0xdbc0 }, /* escaped */
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Talk) talk = { 0 };
      g_autoptr (GError) error = NULL;

      talk_init (&talk);
      fake_port_play_hex (talk.port, 100, rows[i].hex);
      g_assert_true (request (&talk, EK_COMMAND_READ_REG, 0, &error));
      g_assert_no_error (error);
      g_assert_cmphex (talk.reply.value, ==, rows[i].value);
      g_assert_cmpuint (talk.reply.size, ==, 0);
      g_assert_cmpuint (talk.reply.reason, ==, 0);
    }
}

static void
test_hands_over_the_payload (void)
{
  /* recorded: security info of the ROM, MD5 of the stub */
  static const char info[] = "c0 01 14 1800 07071220 00000000 00 00000000000000 09000000 00000000"
                             " 00000000 c0";
  static const char digest[] = "c0 01 13 1200 00000000 f304cebc8ac8d98f0039223457b404b8 0000 c0";
  g_auto (Talk) talk = { 0 };
  g_autoptr (GError) error = NULL;

  talk_init (&talk);
  fake_port_play_hex (talk.port, 0, info);
  fake_port_play_hex (talk.port, 0, digest);
  g_assert_true (request (&talk, EK_COMMAND_GET_SECURITY_INFO, 20, &error));
  g_assert_cmpuint (talk.reply.size, ==, 20);
  g_assert_cmpuint (talk.reply.data[12], ==, 9);
  g_assert_true (request (&talk, EK_COMMAND_SPI_FLASH_MD5, 16, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (talk.reply.size, ==, 16);
  g_assert_cmphex (talk.reply.data[0], ==, 0xf3);
  g_assert_cmphex (talk.reply.data[15], ==, 0xb8);
}

static void
test_skips_answers_to_other_commands (void)
{
  g_auto (Talk) talk = { 0 };
  g_autoptr (GError) error = NULL;

  talk_init (&talk);
  for (guint i = 0; i < 7; i++)
    fake_port_play_hex (talk.port, 10, "c0 01 08 0400 07071220 00000000 c0");
  fake_port_play_hex (talk.port, 10, "c0 4f484149 c0");                     /* no answer at all */
  fake_port_play_hex (talk.port, 10, "c0 00 0a 0400 00000000 00100040 c0"); /* our own, echoed */
  fake_port_play_hex (talk.port, 10, READ_REG_OK);
  g_assert_true (request (&talk, EK_COMMAND_READ_REG, 0, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (talk.reply.value, ==, 9);
}

static void
test_gives_up_on_endless_other_answers (void)
{
  g_auto (Talk) talk = { 0 };
  g_autoptr (GError) error = NULL;

  talk_init (&talk);
  for (guint i = 0; i < 200; i++)
    fake_port_play_hex (talk.port, 10, "c0 01 08 0400 07071220 00000000 c0");
  g_assert_false (request (&talk, EK_COMMAND_READ_REG, 0, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_NOISE);
}

/* Reasons and their words: facts 1.2 */
static void
test_tells_why_the_chip_refused (void)
{
  static const struct
  {
    const char *status;
    guint8 reason;
    EkError code;
    const char *words;
  } rows[] = {
    { "01050000", 0x05, EK_ERROR_CHIP_REFUSED, "not known" },
    { "01060000", 0x06, EK_ERROR_WRITE_FAILED, "failed to act" },
    { "01070000", 0x07, EK_ERROR_CHIP_REFUSED, "checksum" },
    { "01080000", 0x08, EK_ERROR_WRITE_FAILED, "flash write" },
    { "01090000", 0x09, EK_ERROR_WRITE_FAILED, "flash read" },
    { "010b0000", 0x0b, EK_ERROR_CHIP_REFUSED, "deflate" },
    { "01690000", 0x69, EK_ERROR_CHIP_REFUSED, "storage" },
    { "01420000", 0x42, EK_ERROR_CHIP_REFUSED, "01 42" },
    { "dbdc00", 0xc0, EK_ERROR_CHIP_REFUSED, "length" },
    { "c100", 0xc1, EK_ERROR_CHIP_REFUSED, "checksum" },
    { "c400", 0xc4, EK_ERROR_WRITE_FAILED, "flash operation" },
    { "c500", 0xc5, EK_ERROR_WRITE_PROTECTED, "unlock" },
    { "c700", 0xc7, EK_ERROR_CHIP_REFUSED, "inflate" },
    { "c900", 0xc9, EK_ERROR_CHIP_REFUSED, "too much" },
    { "ff00", 0xff, EK_ERROR_CHIP_REFUSED, "not implemented" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Talk) talk = { 0 };
      /* An escape is two bytes on the wire and one in the frame. */
      guint size = (guint) strlen (rows[i].status) / 2 - g_str_has_prefix (rows[i].status, "db");
      g_autofree char *frame =
          g_strdup_printf ("c0 01 03 %02x00 09000000 %s c0", size, rows[i].status);
      g_autoptr (GError) error = NULL;

      talk_init (&talk);
      fake_port_play_hex (talk.port, 10, frame);
      g_assert_false (request (&talk, EK_COMMAND_FLASH_DATA, 0, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
      g_assert_cmphex (talk.reply.reason, ==, rows[i].reason);
      g_assert_nonnull (strstr (error->message, rows[i].words));
      g_assert_nonnull (strstr (error->message, "FLASH_DATA"));
    }
}

/* A refusal comes without the payload that was hoped for. */
static void
test_understands_a_refusal_without_a_payload (void)
{
  static const char *const frames[] = { "c0 01 13 0400 00000000 01060000 c0",
                                        "c0 01 13 0200 00000000 c400 c0" };

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      g_auto (Talk) talk = { 0 };
      g_autoptr (GError) error = NULL;

      talk_init (&talk);
      fake_port_play_hex (talk.port, 10, frames[i]);
      g_assert_false (request (&talk, EK_COMMAND_SPI_FLASH_MD5, 16, &error));
      g_assert_error (error, EK_ERROR, EK_ERROR_WRITE_FAILED);
      g_assert_cmpuint (talk.reply.size, ==, 0);
    }
}

/* The ROM answers 0xD0, which it does not know, with the number of the command before: recorded in
 * esp32s3-rom-odd-commands. The status of an address of 0 is ff ff. */
static void
test_understands_odd_refusals (void)
{
  g_auto (Talk) talk = { 0 };
  g_autoptr (GError) error = NULL;

  talk_init (&talk);
  fake_port_play_hex (talk.port, 10, "c0 01 14 0400 09000000 01050000 c0");
  g_assert_false (request (&talk, EK_COMMAND_ERASE_FLASH, 0, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CHIP_REFUSED);
  g_assert_cmphex (talk.reply.reason, ==, EK_REASON_ROM_UNSUPPORTED);
  g_clear_error (&error);

  fake_port_play_hex (talk.port, 10, "c0 01 0a 0400 09000000 00000000 c0");
  fake_port_play_hex (talk.port, 20, "c0 01 05 0400 09000000 0000ffff c0");
  g_assert_true (request (&talk, EK_COMMAND_MEM_BEGIN, 0, &error));
  g_assert_no_error (error);
}

static void
test_refuses_short_answers (void)
{
  static const char *const frames[] = {
    "c0 01 13 0000 00000000 c0",
    "c0 01 13 0100 00000000 00 c0",
    "c0 01 13 0400 00000000 00000000 c0",
    "c0 01 13 1100 00000000 f304cebc8ac8d98f0039223457b404b8 00 c0",
  };

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      g_auto (Talk) talk = { 0 };
      g_autoptr (GError) error = NULL;

      talk_init (&talk);
      fake_port_play_hex (talk.port, 10, frames[i]);
      g_assert_false (request (&talk, EK_COMMAND_SPI_FLASH_MD5, 16, &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, EK_ERROR, EK_ERROR_CHIP_REFUSED);
      g_assert_cmpuint (talk.reply.size, ==, 0);
    }
  /* not even a header: nothing to answer to */
  {
    g_auto (Talk) talk = { 0 };
    g_autoptr (GError) error = NULL;

    talk_init (&talk);
    fake_port_play_hex (talk.port, 10, "c0 01 0a c0 c0 01 c0");
    fake_port_play_hex (talk.port, 10, READ_REG_OK);
    g_assert_true (request (&talk, EK_COMMAND_READ_REG, 0, &error));
  }
}

static void
test_waits_on_the_clock_of_the_port (void)
{
  g_auto (Talk) talk = { 0 };
  g_autoptr (GError) error = NULL;

  talk_init (&talk);
  g_assert_false (ek_link_request (talk.link, EK_COMMAND_READ_REG, NULL, 0, 0, 7 * SECOND,
                                   &talk.reply, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_TIMEOUT);
  g_assert_nonnull (strstr (error->message, "READ_REG"));
  g_assert_cmpint (ek_port_now (EK_PORT (talk.port)), ==, 7 * SECOND);
  g_clear_error (&error);

  /* answers to others do not make it longer */
  for (guint i = 1; i < 20; i++)
    fake_port_play_hex (talk.port, i * SECOND, "c0 01 08 0400 07071220 00000000 c0");
  g_assert_false (ek_link_request (talk.link, EK_COMMAND_READ_REG, NULL, 0, 0, 7 * SECOND,
                                   &talk.reply, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_TIMEOUT);
  g_assert_cmpint (ek_port_now (EK_PORT (talk.port)), ==, 14 * SECOND);
}

static void
test_takes_an_answer_in_pieces (void)
{
  static const guint8 frame[] = { 0xc0, 0x01, 0x0a, 0x04, 0x00, 0x09, 0, 0, 0, 0, 0, 0, 0, 0xc0 };
  g_auto (Talk) talk = { 0 };
  g_autoptr (GError) error = NULL;

  talk_init (&talk);
  for (guint i = 0; i < sizeof frame; i++)
    fake_port_play (talk.port, 100 * i, frame + i, 1);
  g_assert_true (request (&talk, EK_COMMAND_READ_REG, 0, &error));
  g_assert_cmpuint (talk.reply.value, ==, 9);
  g_assert_cmpuint (ek_link_get_n_received (talk.link), ==, sizeof frame);
}

static void
test_is_cancelled_while_it_waits (void)
{
  g_auto (Talk) talk = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  talk_init (&talk);
  fake_port_cancel_at (talk.port, cancellable, 5000);
  g_assert_false (ek_link_request (talk.link, EK_COMMAND_READ_REG, NULL, 0, 0, 7 * SECOND,
                                   &talk.reply, cancellable, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_CANCELLED);
  g_assert_cmpint (ek_port_now (EK_PORT (talk.port)), ==, 5000);
}

/* What a chip prints when it goes down: its ROM, ESP-IDF's panic handler, its brown-out detector. */
static void
test_reads_what_happened_from_the_text (void)
{
  static const struct
  {
    const char *text;
    EkError code;
    const char *words;
  } rows[] = {
    { "Guru Meditation Error: Core 0 panic'ed (LoadProhibited)\r\nCore 0 register dump:\r\n",
      EK_ERROR_LINK_LOST, "crashed" },
    { "Fatal exception (28): LoadProhibited\r\n", EK_ERROR_LINK_LOST, "crashed" },
    { "\r\nBrownout detector was triggered\r\n\r\nESP-ROM:esp32s3-20210327\r\nrst:0xc (RTC_SW)",
      EK_ERROR_POWER, "voltage" },
    { "ESP-ROM:esp32s3-20210327\r\nrst:0xf (BROWN_OUT_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n",
      EK_ERROR_POWER, "voltage" },
    { "ESP-ROM:esp32s3-20210327\r\nrst:0x10 (RTCWDT_RTC_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)\r\n",
      EK_ERROR_LINK_LOST, "restarted" },
    { "hello\r\n", EK_ERROR_TIMEOUT, "no answer" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_auto (Talk) talk = { 0 };
      g_autoptr (GError) error = NULL;

      talk_init (&talk);
      ek_link_set_watching (talk.link, TRUE);
      fake_port_play (talk.port, 100, rows[i].text, strlen (rows[i].text));
      g_assert_false (request (&talk, EK_COMMAND_FLASH_DATA, 0, &error));
      g_assert_error (error, EK_ERROR, (int) rows[i].code);
      g_assert_nonnull (strstr (error->message, rows[i].words));
      g_assert_cmpstr (ek_link_get_text (talk.link), ==, rows[i].text);
    }
}

/* While connecting, a boot log is what comes after every reset. */
static void
test_minds_no_text_before_it_watches (void)
{
  static const char log[] = "rst:0x1 (POWERON),boot:0x0 (DOWNLOAD(USB/UART0))\r\n";
  g_auto (Talk) talk = { 0 };
  g_autoptr (GError) error = NULL;

  talk_init (&talk);
  fake_port_play (talk.port, 100, log, strlen (log));
  g_assert_false (request (&talk, EK_COMMAND_SYNC, 0, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_TIMEOUT);
  g_clear_error (&error);

  fake_port_play (talk.port, 100, log, strlen (log));
  fake_port_play_hex (talk.port, 200, READ_REG_OK);
  g_assert_true (request (&talk, EK_COMMAND_READ_REG, 0, &error));
  g_assert_no_error (error);
}

static void
test_forgets_when_reset (void)
{
  g_auto (Talk) talk = { 0 };
  g_autoptr (GError) error = NULL;

  talk_init (&talk);
  fake_port_play (talk.port, 0, "text", 4);
  fake_port_play_hex (talk.port, 0, READ_REG_OK READ_REG_OK "c0 01 0a");
  g_assert_true (request (&talk, EK_COMMAND_READ_REG, 0, &error));
  ek_link_reset (talk.link);
  g_assert_cmpstr (ek_link_get_text (talk.link), ==, "");
  g_assert_cmpuint (ek_link_get_n_received (talk.link), ==, 0);
  g_assert_false (request (&talk, EK_COMMAND_READ_REG, 0, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_TIMEOUT);
}

static void
test_drains_until_it_is_quiet (void)
{
  g_auto (Talk) talk = { 0 };
  g_autoptr (GError) error = NULL;

  talk_init (&talk);
  for (guint i = 0; i < 8; i++)
    fake_port_play_hex (talk.port, i * 1000, "c0 01 14 0400 00000000 01050000 c0");
  g_assert_true (ek_link_drain (talk.link, 50000, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpint (ek_port_now (EK_PORT (talk.port)), ==, 7000 + 50000);

  /* a chip that never stops printing does not hold us for ever */
  for (guint i = 0; i < 10000; i++)
    fake_port_play_hex (talk.port, i * 10000, "c0 01 14 0400 00000000 01050000 c0");
  g_assert_true (ek_link_drain (talk.link, 50000, NULL, &error));
  g_assert_cmpint (ek_port_now (EK_PORT (talk.port)), <=, 57000 + 101 * 50000);
}

/* The reply of a request that could not even be sent holds no reason to act upon. */
static void
test_leaves_no_reason_when_nothing_was_sent (void)
{
  static const guint8 block[] = { 1, 2, 3 };
  g_auto (Talk) talk = { 0 };
  g_autoptr (GError) error = NULL;

  talk_init (&talk);
  fake_port_fail_writes (talk.port, EK_ERROR_LINK_LOST);
  g_assert_false (ek_link_request_block (talk.link, EK_COMMAND_FLASH_DATA, 0, block, sizeof block,
                                         SECOND, &talk.reply, NULL, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_assert_cmphex (talk.reply.reason, ==, EK_REASON_NONE);
  g_clear_error (&error);

  talk.reply.reason = EK_REASON_STUB_CHECKSUM;
  g_assert_false (request (&talk, EK_COMMAND_SYNC, 0, &error));
  g_assert_error (error, EK_ERROR, EK_ERROR_LINK_LOST);
  g_assert_cmphex (talk.reply.reason, ==, EK_REASON_NONE);
}

static void
test_names_commands (void)
{
  g_assert_cmpstr (ek_command_name (EK_COMMAND_FLASH_DEFL_BEGIN), ==, "FLASH_DEFL_BEGIN");
  g_assert_cmpstr (ek_command_name ((EkCommand) 0x99), ==, "unknown command");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/packs-requests", test_packs_requests);
  g_test_add_func ("/link/takes-the-answer-of-rom-and-stub", test_takes_the_answer_of_rom_and_stub);
  g_test_add_func ("/link/hands-over-the-payload", test_hands_over_the_payload);
  g_test_add_func ("/link/skips-answers-to-other-commands", test_skips_answers_to_other_commands);
  g_test_add_func ("/link/gives-up-on-endless-other-answers",
                   test_gives_up_on_endless_other_answers);
  g_test_add_func ("/link/tells-why-the-chip-refused", test_tells_why_the_chip_refused);
  g_test_add_func ("/link/understands-a-refusal-without-a-payload",
                   test_understands_a_refusal_without_a_payload);
  g_test_add_func ("/link/understands-odd-refusals", test_understands_odd_refusals);
  g_test_add_func ("/link/refuses-short-answers", test_refuses_short_answers);
  g_test_add_func ("/link/waits-on-the-clock-of-the-port", test_waits_on_the_clock_of_the_port);
  g_test_add_func ("/link/takes-an-answer-in-pieces", test_takes_an_answer_in_pieces);
  g_test_add_func ("/link/is-cancelled-while-it-waits", test_is_cancelled_while_it_waits);
  g_test_add_func ("/link/reads-what-happened-from-the-text",
                   test_reads_what_happened_from_the_text);
  g_test_add_func ("/link/minds-no-text-before-it-watches", test_minds_no_text_before_it_watches);
  g_test_add_func ("/link/forgets-when-reset", test_forgets_when_reset);
  g_test_add_func ("/link/drains-until-it-is-quiet", test_drains_until_it_is_quiet);
  g_test_add_func ("/link/leaves-no-reason-when-nothing-was-sent",
                   test_leaves_no_reason_when_nothing_was_sent);
  g_test_add_func ("/link/names-commands", test_names_commands);

  return g_test_run ();
}

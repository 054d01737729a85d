/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The talk itself: packets out, answers in, everything else that comes kept for the diagnosis. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-link.h"

#include "ek-bytes.h"

#define HEADER_SIZE       8
#define BLOCK_HEADER_SIZE 16
#define DIRECTION_REPLY   1
#define STATUS_SIZE       2
#define ROM_FAILED        1
#define CHECKSUM_SEED     0xef
#define READ_SIZE         16384
/* esptool looks at 100 frames for the one it waits for; after a reset old answers may precede it. */
#define MAX_OTHER_FRAMES 100

struct _EkLink
{
  EkPort *port;
  EkSlipDecoder decoder;
  guint8 buffer[READ_SIZE];
  gsize filled;
  gsize taken;
  guint64 n_received;
  gboolean watching;
  GByteArray *out;
};

static const struct
{
  guint8 command;
  const char *name;
} command_names[] = {
  { EK_COMMAND_FLASH_BEGIN, "FLASH_BEGIN" },
  { EK_COMMAND_FLASH_DATA, "FLASH_DATA" },
  { EK_COMMAND_FLASH_END, "FLASH_END" },
  { EK_COMMAND_MEM_BEGIN, "MEM_BEGIN" },
  { EK_COMMAND_MEM_END, "MEM_END" },
  { EK_COMMAND_MEM_DATA, "MEM_DATA" },
  { EK_COMMAND_SYNC, "SYNC" },
  { EK_COMMAND_WRITE_REG, "WRITE_REG" },
  { EK_COMMAND_READ_REG, "READ_REG" },
  { EK_COMMAND_SPI_SET_PARAMS, "SPI_SET_PARAMS" },
  { EK_COMMAND_SPI_ATTACH, "SPI_ATTACH" },
  { EK_COMMAND_READ_FLASH_SLOW, "READ_FLASH_SLOW" },
  { EK_COMMAND_CHANGE_BAUDRATE, "CHANGE_BAUDRATE" },
  { EK_COMMAND_FLASH_DEFL_BEGIN, "FLASH_DEFL_BEGIN" },
  { EK_COMMAND_FLASH_DEFL_DATA, "FLASH_DEFL_DATA" },
  { EK_COMMAND_FLASH_DEFL_END, "FLASH_DEFL_END" },
  { EK_COMMAND_SPI_FLASH_MD5, "SPI_FLASH_MD5" },
  { EK_COMMAND_GET_SECURITY_INFO, "GET_SECURITY_INFO" },
  { EK_COMMAND_ERASE_FLASH, "ERASE_FLASH" },
  { EK_COMMAND_ERASE_REGION, "ERASE_REGION" },
  { EK_COMMAND_READ_FLASH, "READ_FLASH" },
  { EK_COMMAND_RUN_USER_CODE, "RUN_USER_CODE" },
};

/* Source: ESP serial protocol, "Status Bytes" and the stub's commands.h; facts 1.2. */
static const struct
{
  guint8 reason;
  EkError code;
  const char *text;
} reasons[] = {
  { 0x05, EK_ERROR_CHIP_REFUSED, "message invalid or command not known" },
  { 0x06, EK_ERROR_WRITE_FAILED, "failed to act on the message" },
  { 0x07, EK_ERROR_CHIP_REFUSED, "wrong checksum" },
  { 0x08, EK_ERROR_WRITE_FAILED, "flash write error" },
  { 0x09, EK_ERROR_WRITE_FAILED, "flash read error" },
  { 0x0a, EK_ERROR_CHIP_REFUSED, "flash read length error" },
  { 0x0b, EK_ERROR_CHIP_REFUSED, "deflate error" },
  { 0x0c, EK_ERROR_CHIP_REFUSED, "deflate Adler-32 error" },
  { 0x0d, EK_ERROR_CHIP_REFUSED, "deflate parameter error" },
  { 0x0e, EK_ERROR_CHIP_REFUSED, "invalid RAM binary size" },
  { 0x0f, EK_ERROR_CHIP_REFUSED, "invalid RAM binary address" },
  { 0x64, EK_ERROR_CHIP_REFUSED, "invalid parameter" },
  { 0x65, EK_ERROR_CHIP_REFUSED, "invalid format" },
  { 0x66, EK_ERROR_CHIP_REFUSED, "description too long" },
  { 0x67, EK_ERROR_CHIP_REFUSED, "bad encoding" },
  { 0x69, EK_ERROR_CHIP_REFUSED, "not enough storage" },
  { 0xc0, EK_ERROR_CHIP_REFUSED, "bad data length" },
  { 0xc1, EK_ERROR_CHIP_REFUSED, "bad data checksum" },
  { 0xc2, EK_ERROR_CHIP_REFUSED, "bad block size" },
  { 0xc3, EK_ERROR_CHIP_REFUSED, "invalid command" },
  { 0xc4, EK_ERROR_WRITE_FAILED, "flash operation failed" },
  { 0xc5, EK_ERROR_WRITE_PROTECTED, "flash unlock failed" },
  { 0xc6, EK_ERROR_CHIP_REFUSED, "not in flash mode" },
  { 0xc7, EK_ERROR_CHIP_REFUSED, "inflate error" },
  { 0xc8, EK_ERROR_CHIP_REFUSED, "not enough data" },
  { 0xc9, EK_ERROR_CHIP_REFUSED, "too much data" },
  { 0xff, EK_ERROR_CHIP_REFUSED, "not implemented" },
};

/**
 * ek_command_name:
 *
 * Returns: (transfer none): the protocol's name of the command
 */
const char *
ek_command_name (EkCommand command)
{
  for (guint i = 0; i < G_N_ELEMENTS (command_names); i++)
    if (command_names[i].command == command)
      return command_names[i].name;

  return "unknown command";
}

/**
 * ek_link_new:
 * @port: kept alive by the link
 *
 * Returns: (transfer full)
 */
EkLink *
ek_link_new (EkPort *port)
{
  EkLink *self = g_new0 (EkLink, 1);

  self->port = g_object_ref (port);
  self->out = g_byte_array_new ();
  ek_slip_decoder_init (&self->decoder);
  return self;
}

void
ek_link_free (EkLink *self)
{
  if (self == NULL)
    return;

  ek_slip_decoder_clear (&self->decoder);
  g_byte_array_unref (self->out);
  g_object_unref (self->port);
  g_free (self);
}

/**
 * ek_link_reset:
 *
 * Forgets everything received so far, also what the port still holds.
 */
void
ek_link_reset (EkLink *self)
{
  ek_port_discard_input (self->port);
  ek_slip_decoder_reset (&self->decoder);
  self->filled = self->taken = 0;
  self->n_received = 0;
}

/**
 * ek_link_set_watching:
 * @watching: %TRUE once the chip is in download mode, where a boot log means that it restarted
 *
 * While %FALSE (the start), silence is a time-out whatever text came before it.
 */
void
ek_link_set_watching (EkLink *self, gboolean watching)
{
  self->watching = watching;
}

/**
 * ek_link_get_text:
 *
 * Returns: (transfer none): what came outside frames since the last reset: boot log, crash, noise
 */
const char *
ek_link_get_text (EkLink *self)
{
  return self->decoder.text->str;
}

/**
 * ek_link_take_output:
 *
 * Returns: (transfer full): what the chip printed and nobody has read: the text between frames, and
 *   what of the last read was not looked at
 */
GBytes *
ek_link_take_output (EkLink *self)
{
  GByteArray *output = g_byte_array_new ();

  g_byte_array_append (output, (const guint8 *) self->decoder.text->str,
                       (guint) self->decoder.text->len);
  if (self->filled > self->taken)
    g_byte_array_append (output, self->buffer + self->taken, (guint) (self->filled - self->taken));
  ek_slip_decoder_reset (&self->decoder);
  self->filled = self->taken = 0;

  return g_byte_array_free_to_bytes (output);
}

/**
 * ek_link_send_raw:
 *
 * Sends bytes outside of any frame.
 */
gboolean
ek_link_send_raw (EkLink *self,
                  const guint8 *data,
                  gsize size,
                  GCancellable *cancellable,
                  GError **error)
{
  return ek_port_write (self->port, data, size, cancellable, error);
}

/**
 * ek_link_get_n_received:
 *
 * Returns: bytes of any kind since the last reset
 */
guint64
ek_link_get_n_received (EkLink *self)
{
  return self->n_received;
}

/**
 * ek_link_send_frame:
 * @data: (array length=size): the frame's bytes, sent in one write
 */
gboolean
ek_link_send_frame (EkLink *self,
                    const guint8 *data,
                    gsize size,
                    GCancellable *cancellable,
                    GError **error)
{
  if (ek_error_set_cancelled (cancellable, error))
    return FALSE;

  g_byte_array_set_size (self->out, 0);
  ek_slip_encode (self->out, data, size);
  /* A frame that was begun is finished: half of one would leave a stub out of step. */
  return ek_port_write (self->port, self->out->data, self->out->len, NULL, error);
}

/**
 * ek_link_send:
 * @data: (array length=size): payload
 * @checksum: for data blocks; 0 otherwise
 */
gboolean
ek_link_send (EkLink *self,
              EkCommand command,
              const guint8 *data,
              gsize size,
              guint32 checksum,
              GCancellable *cancellable,
              GError **error)
{
  g_autofree guint8 *packet = g_malloc (HEADER_SIZE + size);

  /* In download mode the chip has nothing to say between frames; what it said before is over. */
  if (self->watching)
    g_string_set_size (self->decoder.text, 0);
  packet[0] = 0;
  packet[1] = (guint8) command;
  ek_put_u16 (packet + 2, (guint16) size);
  ek_put_u32 (packet + 4, checksum);
  if (size > 0)
    memcpy (packet + HEADER_SIZE, data, size);

  return ek_link_send_frame (self, packet, HEADER_SIZE + size, cancellable, error);
}

/* What the text between frames says happened to the chip, if anything. */
static gboolean
set_error_from_text (EkLink *self, GError **error)
{
  const char *text = ek_link_get_text (self);

  if (strstr (text, "Brownout") != NULL || strstr (text, "BROWN_OUT") != NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_POWER, "the chip restarted: its supply voltage fell");
  else if (strstr (text, "Guru Meditation Error") != NULL ||
           strstr (text, "Fatal exception") != NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_LINK_LOST, "the program on the chip crashed");
  else if (strstr (text, "rst:0x") != NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_LINK_LOST, "the chip restarted in the middle");
  else
    return FALSE;

  return TRUE;
}

static gboolean
fill_buffer (EkLink *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  gssize n =
      ek_port_read (self->port, self->buffer, sizeof self->buffer, deadline, cancellable, error);

  if (n < 0)
    return FALSE;
  if (n == 0)
    {
      if (!self->watching || !set_error_from_text (self, error))
        g_set_error (error, EK_ERROR, EK_ERROR_TIMEOUT, "no answer in time");
      return FALSE;
    }

  self->filled = (gsize) n;
  self->taken = 0;
  self->n_received += (guint64) n;
  return TRUE;
}

/**
 * ek_link_receive_frame:
 * @deadline: on the port's clock
 *
 * Returns: (transfer none): the next whole frame, valid until the next call; %NULL with
 *   %EK_ERROR_TIMEOUT, %EK_ERROR_POWER, %EK_ERROR_LINK_LOST or %EK_ERROR_CANCELLED
 */
GByteArray *
ek_link_receive_frame (EkLink *self, gint64 deadline, GCancellable *cancellable, GError **error)
{
  while (TRUE)
    {
      while (self->taken < self->filled)
        if (ek_slip_decoder_push (&self->decoder, self->buffer[self->taken++]))
          return self->decoder.frame;

      if (self->watching && set_error_from_text (self, error))
        return NULL;
      if (!fill_buffer (self, deadline, cancellable, error))
        return NULL;
    }
}

static void
set_refusal (EkCommand command, const guint8 *status, guint8 reason, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (reasons[i].reason == reason)
      {
        g_set_error (error, EK_ERROR, reasons[i].code, "%s: %s (status %02x %02x)",
                     ek_command_name (command), reasons[i].text, status[0], status[1]);
        return;
      }

  g_set_error (error, EK_ERROR, EK_ERROR_CHIP_REFUSED, "%s: refused (status %02x %02x)",
               ek_command_name (command), status[0], status[1]);
}

/* The two status bytes follow the payload; a refusal may come without one. The ROMs add two more
 * bytes that mean nothing (ESP serial protocol, "Status bytes"). */
static gboolean
split_reply (EkCommand command,
             const GByteArray *frame,
             gsize reply_size,
             EkReply *reply,
             GError **error)
{
  const guint8 *data = frame->data + HEADER_SIZE;
  gsize size = frame->len - HEADER_SIZE;
  const guint8 *status;

  reply->value = ek_get_u32 (frame->data + 4);
  reply->reason = EK_REASON_NONE;
  reply->size = 0;
  if (size != ek_get_u16 (frame->data + 2))
    {
      g_set_error (error, EK_ERROR, EK_ERROR_NOISE,
                   "%s: answer of %" G_GSIZE_FORMAT " bytes that says it has %u",
                   ek_command_name (command), size, ek_get_u16 (frame->data + 2));
      return FALSE;
    }
  if (size < STATUS_SIZE)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_CHIP_REFUSED,
                   "%s: answer of %" G_GSIZE_FORMAT " bytes", ek_command_name (command), size);
      return FALSE;
    }

  status = size >= reply_size + STATUS_SIZE ? data + reply_size : data;
  if (status[0] != 0)
    {
      /* The ROM says 01 and its reason, the stub its reason and 00. */
      reply->reason = status[0] == ROM_FAILED ? status[1] : status[0];
      set_refusal (command, status, reply->reason, error);
      return FALSE;
    }
  if (size < reply_size + STATUS_SIZE)
    {
      g_set_error (error, EK_ERROR, EK_ERROR_CHIP_REFUSED,
                   "%s: answer of %" G_GSIZE_FORMAT " bytes where %" G_GSIZE_FORMAT
                   " were expected",
                   ek_command_name (command), size, reply_size + STATUS_SIZE);
      return FALSE;
    }

  reply->size = MIN (reply_size, sizeof reply->data);
  memcpy (reply->data, data, reply->size);
  return TRUE;
}

/* The ROM answers a command that it doesn't know with the number of the one before it (recorded). */
static gboolean
is_unknown_command (const GByteArray *frame)
{
  return frame->len >= HEADER_SIZE + STATUS_SIZE && frame->len <= HEADER_SIZE + 2 * STATUS_SIZE &&
         frame->data[0] == DIRECTION_REPLY && frame->data[HEADER_SIZE] != 0 &&
         frame->data[HEADER_SIZE + 1] == EK_REASON_ROM_UNSUPPORTED;
}

/**
 * ek_link_receive:
 * @command: the command whose answer is awaited; answers to others are skipped
 * @reply_size: bytes of payload that a good answer has, at most 80
 * @timeout: microseconds
 * @reply: (out caller-allocates): filled in on a refusal too, with its reason
 *
 * Returns: %FALSE with the error of ek_link_receive_frame(), or one that says why the chip refused
 */
gboolean
ek_link_receive (EkLink *self,
                 EkCommand command,
                 gsize reply_size,
                 gint64 timeout,
                 EkReply *reply,
                 GCancellable *cancellable,
                 GError **error)
{
  gint64 deadline = ek_port_now (self->port) + timeout;

  reply->reason = EK_REASON_NONE;
  for (guint i = 0; i < MAX_OTHER_FRAMES; i++)
    {
      GByteArray *frame = ek_link_receive_frame (self, deadline, cancellable, error);

      if (frame == NULL)
        {
          g_prefix_error (error, "%s: ", ek_command_name (command));
          return FALSE;
        }
      if (frame->len >= HEADER_SIZE && frame->data[0] == DIRECTION_REPLY &&
          frame->data[1] == command)
        return split_reply (command, frame, reply_size, reply, error);
      if (is_unknown_command (frame))
        return split_reply (command, frame, 0, reply, error);
    }

  g_set_error (error, EK_ERROR, EK_ERROR_NOISE, "%s: only answers to other commands",
               ek_command_name (command));
  return FALSE;
}

/**
 * ek_link_request:
 * @reply: (out caller-allocates) (nullable)
 *
 * Sends a command and waits for its answer: ek_link_send() and ek_link_receive().
 */
gboolean
ek_link_request (EkLink *self,
                 EkCommand command,
                 const guint8 *data,
                 gsize size,
                 gsize reply_size,
                 gint64 timeout,
                 EkReply *reply,
                 GCancellable *cancellable,
                 GError **error)
{
  EkReply own;

  if (reply == NULL)
    reply = &own;
  reply->reason = EK_REASON_NONE;

  return ek_link_send (self, command, data, size, 0, cancellable, error) &&
         ek_link_receive (self, command, reply_size, timeout, reply, cancellable, error);
}

/**
 * ek_link_request_block:
 * @command: MEM_DATA, FLASH_DATA or FLASH_DEFL_DATA
 * @sequence: number of the block, from 0
 * @data: (array length=size): the block
 *
 * Sends a data block with its checksum (XOR of the bytes, seed 0xEF) and waits for the answer.
 */
gboolean
ek_link_request_block (EkLink *self,
                       EkCommand command,
                       guint32 sequence,
                       const guint8 *data,
                       gsize size,
                       gint64 timeout,
                       EkReply *reply,
                       GCancellable *cancellable,
                       GError **error)
{
  g_autofree guint8 *payload = g_malloc0 (BLOCK_HEADER_SIZE + size);
  guint8 checksum = CHECKSUM_SEED;

  reply->reason = EK_REASON_NONE;
  for (gsize i = 0; i < size; i++)
    checksum ^= data[i];

  ek_put_u32 (payload, (guint32) size);
  ek_put_u32 (payload + 4, sequence);
  memcpy (payload + BLOCK_HEADER_SIZE, data, size);

  return ek_link_send (self, command, payload, BLOCK_HEADER_SIZE + size, checksum, cancellable,
                       error) &&
         ek_link_receive (self, command, 0, timeout, reply, cancellable, error);
}

/**
 * ek_link_drain:
 * @quiet: microseconds without a byte that count as silence; at most 100 times that is waited
 *
 * Reads and drops what still comes, keeping the text, so that the next answer is the next command's.
 */
gboolean
ek_link_drain (EkLink *self, gint64 quiet, GCancellable *cancellable, GError **error)
{
  gint64 end = ek_port_now (self->port) + 100 * quiet;

  while (ek_port_now (self->port) < end)
    {
      g_autoptr (GError) local_error = NULL;

      if (ek_link_receive_frame (self, ek_port_now (self->port) + quiet, cancellable,
                                 &local_error) != NULL)
        continue;
      if (g_error_matches (local_error, EK_ERROR, EK_ERROR_TIMEOUT))
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  return TRUE;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stub flasher as its source describes it: answers first, works afterwards, tells errors late. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-simulator-private.h"

#include "ek-bytes.h"

#include <string.h>

#define HEADER        8
#define BLOCK_HEADER  16
#define CHECKSUM_SEED 0xef

/* Source: espressif/esp-flasher-stub, commands.h. */
#define OK              0x0000u
#define BAD_LENGTH      0xc000u
#define BAD_CHECKSUM    0xc100u
#define INVALID_COMMAND 0xc300u
#define FAILED_SPI      0xc400u
#define NOT_IN_FLASH    0xc600u
#define INFLATE_ERROR   0xc700u
#define NOT_ENOUGH      0xc800u
#define TOO_MUCH        0xc900u
#define NOT_IMPLEMENTED 0xff00u

#define COMMAND_US 20
#define START_US   2000
#define MAX_READ   4096u
/* Looking at a sector before it is erased: 4 KiB off the flash. */
#define BLANK_LOOK_US 500

/**
 * Request:
 *
 * One command, its answer, and what is left to do after the answer.
 */
typedef struct Request Request;
struct Request
{
  EkSimulator *self;
  gint64 time;
  guint8 command;
  guint32 checksum;
  const guint8 *data;
  gsize size;
  guint32 value;
  guint8 reply[20];
  gsize reply_size;
  guint status;
  gboolean silent;
  guint (*afterwards) (Request *request);
};

static void
answer (EkSimulator *self,
        gint64 time,
        guint8 command,
        guint32 value,
        const guint8 *data,
        gsize size,
        guint status)
{
  guint8 frame[HEADER + 20 + 2] = { 0 };

  frame[0] = 1;
  frame[1] = command;
  ek_put_u16 (frame + 2, (guint16) (size + 2));
  ek_put_u32 (frame + 4, value);
  if (size > 0)
    memcpy (frame + HEADER, data, size);
  frame[HEADER + size] = (guint8) (status >> 8);
  frame[HEADER + size + 1] = (guint8) status;
  ek_sim_send_frame (self, time, frame, HEADER + size + 2);
}

static guint32
word (const Request *request, guint index)
{
  return ek_get_u32 (request->data + 4 * index);
}

static gboolean
has_size (Request *request, gsize size)
{
  if (request->size == size)
    return TRUE;

  request->status = BAD_LENGTH;
  return FALSE;
}

static gboolean
checksum_is_right (Request *request)
{
  guint8 checksum = CHECKSUM_SEED;

  for (gsize i = BLOCK_HEADER; i < request->size; i++)
    checksum ^= request->data[i];

  return checksum == request->checksum;
}

static gboolean
sector_is_blank (EkSimulator *self, guint32 offset)
{
  return ek_sim_flash_contains (self, offset, EK_SIM_SECTOR) &&
         ek_bytes_all (self->flash + offset, EK_SIM_SECTOR, 0xff);
}

/* Starts the next erase if the flash is free; until the first sector that isn't blank, blank ones are
 * passed over. Without waiting a busy flash means: nothing happens now. */
static gint64
erase_next (EkSimulator *self, gint64 time, gboolean wait)
{
  EkSimWrite *write = &self->write;
  guint32 step;

  if (write->erase_remaining == 0)
    return time;
  if (!write->dirty_seen)
    {
      time = MAX (time, self->flash_busy_until) + BLANK_LOOK_US;
      if (sector_is_blank (self, write->next_erase))
        {
          write->next_erase += EK_SIM_SECTOR;
          write->erase_remaining -= MIN (write->erase_remaining, EK_SIM_SECTOR);
          return time;
        }
      write->dirty_seen = TRUE;
    }
  if (self->flash_busy_until > time)
    {
      if (!wait)
        return time;
      time = self->flash_busy_until;
    }

  step = write->next_erase % EK_SIM_BLOCK == 0 && write->erase_remaining >= EK_SIM_BLOCK
             ? EK_SIM_BLOCK
             : EK_SIM_SECTOR;
  ek_sim_flash_erase (self, time, write->next_erase, step);
  write->next_erase += step;
  write->erase_remaining -= MIN (write->erase_remaining, step);
  return time;
}

static guint
write_to_flash (Request *request, const guint8 *data, guint32 size)
{
  EkSimulator *self = request->self;
  EkSimWrite *write = &self->write;

  while (write->next_erase < write->offset + size && write->erase_remaining > 0)
    request->time = erase_next (self, request->time, TRUE);
  if (!ek_sim_flash_contains (self, write->offset, size) ||
      ek_sim_has_fault (self, EK_SIM_FAULT_ERASE_FAILS))
    return FAILED_SPI;

  request->time = ek_sim_flash_program (self, request->time, write->offset, data, size);
  write->remaining -= size;
  write->offset += size;
  return OK;
}

static void
do_begin (Request *request)
{
  EkSimulator *self = request->self;

  if (request->size != 16 && request->size != 20)
    {
      request->status = BAD_LENGTH;
      return;
    }
  ek_sim_write_begin (&self->write, request->data, request->command == 0x10);
  request->time = erase_next (self, request->time, FALSE);
}

static guint
program_block (Request *request)
{
  gint64 remaining = request->self->write.remaining;
  guint32 size = (guint32) (request->size - BLOCK_HEADER);

  return write_to_flash (request, request->data + BLOCK_HEADER,
                         (guint32) MIN ((gint64) size, MAX (remaining, 0)));
}

static void
do_data (Request *request)
{
  if (request->size < BLOCK_HEADER)
    request->status = NOT_ENOUGH;
  else if (!request->self->write.active)
    request->status = NOT_IN_FLASH;
  else if (word (request, 0) != request->size - BLOCK_HEADER)
    request->status = TOO_MUCH;
  else if (!checksum_is_right (request))
    request->status = BAD_CHECKSUM;
  else
    request->afterwards = program_block;
}

/* The window is programmed when it is full and when the stream ends. */
static guint
inflate_block (Request *request)
{
  EkSimulator *self = request->self;
  EkSimWrite *write = &self->write;
  int result = Z_OK;

  if (!write->inflating)
    return INFLATE_ERROR;
  if (word (request, 1) == 0)
    {
      inflateReset (&write->inflater);
      write->window_filled = 0;
    }

  write->inflater.next_in = (Bytef *) request->data + BLOCK_HEADER;
  write->inflater.avail_in = (uInt) (request->size - BLOCK_HEADER);
  while (result == Z_OK && write->inflater.avail_in > 0)
    {
      guint failure;

      request->time = erase_next (self, request->time, FALSE);
      write->inflater.next_out = write->window + write->window_filled;
      write->inflater.avail_out = EK_SIM_WINDOW - write->window_filled;
      result = inflate (&write->inflater, Z_NO_FLUSH);
      write->window_filled = EK_SIM_WINDOW - write->inflater.avail_out;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return INFLATE_ERROR;
      if (result != Z_STREAM_END && write->window_filled < EK_SIM_WINDOW)
        continue;
      failure = write_to_flash (request, write->window, write->window_filled);
      write->window_filled = 0;
      if (failure != OK)
        return failure;
    }

  return OK;
}

static void
do_defl_data (Request *request)
{
  if (request->size < BLOCK_HEADER)
    request->status = BAD_LENGTH;
  else if (!request->self->write.active)
    request->status = NOT_IN_FLASH;
  else if (!checksum_is_right (request))
    request->status = BAD_CHECKSUM;
  else
    request->afterwards = inflate_block;
}

static void
do_end (Request *request)
{
  EkSimulator *self = request->self;

  if (!has_size (request, 4))
    return;
  if (!self->write.active)
    request->status = NOT_IN_FLASH;
  else if (self->write.remaining != 0)
    request->status = BAD_LENGTH;
  else
    ek_sim_write_clear (&self->write);
}

static void
do_sync (Request *request)
{
  if (!has_size (request, 36))
    return;
  for (guint i = 0; i < 7; i++)
    answer (request->self, request->time, request->command, 0, NULL, 0, OK);
}

static void
do_read_reg (Request *request)
{
  if (has_size (request, 4))
    request->value = ek_sim_register_read (request->self, word (request, 0));
}

static void
do_write_reg (Request *request)
{
  if (request->size == 0 || request->size % 16 != 0)
    {
      request->status = NOT_ENOUGH;
      return;
    }
  for (guint i = 0; i < request->size / 16; i++)
    ek_sim_register_write (request->self, request->time, word (request, 4 * i),
                           word (request, 4 * i + 1), word (request, 4 * i + 2));
}

static void
do_spi_attach (Request *request)
{
  has_size (request, 4);
}

static void
do_spi_set_params (Request *request)
{
  if (has_size (request, 24))
    request->self->known_flash_size = word (request, 1);
}

static guint
change_baud (Request *request)
{
  request->self->chip_baud = word (request, 0);
  return OK;
}

static void
do_change_baud (Request *request)
{
  if (has_size (request, 8))
    request->afterwards = change_baud;
}

static void
do_md5 (Request *request)
{
  EkSimulator *self = request->self;

  if (!has_size (request, 16))
    return;
  if (!ek_sim_flash_contains (self, word (request, 0), word (request, 1)))
    {
      request->status = FAILED_SPI;
      return;
    }
  request->time =
      ek_sim_flash_md5 (self, request->time, word (request, 0), word (request, 1), request->reply);
  request->reply[0] ^= self->md5_wrong ? 0x01 : 0x00;
  self->md5_wrong = FALSE;
  request->reply_size = 16;
}

static void
do_security_info (Request *request)
{
  if (!has_size (request, 0))
    return;
  request->reply_size = ek_sim_security_info (request->self, request->reply);
  if (request->reply_size == 0)
    request->status = NOT_IMPLEMENTED;
}

static void
do_mem_begin (Request *request)
{
  EkSimulator *self = request->self;

  if (!has_size (request, 16))
    return;
  self->mem_remaining = word (request, 0);
  self->mem_address = word (request, 3);
}

static void
do_mem_data (Request *request)
{
  EkSimulator *self = request->self;
  gsize size = request->size - MIN (request->size, BLOCK_HEADER);

  if (request->size < BLOCK_HEADER)
    request->status = NOT_ENOUGH;
  else if (self->mem_remaining < word (request, 0) || word (request, 0) != size)
    request->status = TOO_MUCH;
  else
    self->mem_remaining -= (guint32) size;
}

static guint
run_program (Request *request)
{
  EkSimulator *self = request->self;

  if (word (request, 0) == 0)
    self->mode = EK_SIM_HUNG;
  return OK;
}

static void
do_mem_end (Request *request)
{
  if (has_size (request, 8))
    request->afterwards = run_program;
}

static void
send_packet (EkSimulator *self, gint64 time)
{
  guint32 size = MIN (self->read_packet, self->read_size - self->read_sent);
  const guint8 *data = self->flash + self->read_offset + self->read_sent;

  g_checksum_update (self->read_checksum, data, size);
  ek_sim_send_frame (self, time, data, size);
  self->read_sent += size;
}

static void
send_digest (EkSimulator *self, gint64 time)
{
  guint8 digest[16];
  gsize size = sizeof digest;

  g_checksum_get_digest (self->read_checksum, digest, &size);
  digest[0] ^= self->md5_wrong ? 0x01 : 0x00;
  self->md5_wrong = FALSE;
  ek_sim_send_frame (self, time, digest, sizeof digest);
  self->reading = FALSE;
}

static guint
start_reading (Request *request)
{
  EkSimulator *self = request->self;

  self->read_offset = word (request, 0);
  self->read_size = word (request, 1);
  self->read_packet = word (request, 2);
  self->read_sent = 0;
  if (self->read_packet > MAX_READ)
    return BAD_LENGTH;
  if (!ek_sim_flash_contains (self, self->read_offset, self->read_size) || self->read_packet == 0)
    return FAILED_SPI;

  g_clear_pointer (&self->read_checksum, g_checksum_free);
  self->read_checksum = g_checksum_new (G_CHECKSUM_MD5);
  self->reading = TRUE;
  if (self->read_size == 0)
    send_digest (self, request->time);
  else
    send_packet (self, request->time);
  return OK;
}

static void
do_read_flash (Request *request)
{
  if (has_size (request, 16))
    request->afterwards = start_reading;
}

/* One packet is under way; its acknowledgement brings the next. A frame of another size ends it. */
static void
take_acknowledgement (EkSimulator *self, gint64 time, const guint8 *frame, gsize size)
{
  if (size != 4 || (self->read_sent >= self->read_size && ek_get_u32 (frame) >= self->read_size))
    send_digest (self, time);
  else if (self->read_sent < self->read_size)
    send_packet (self, time);
  self->busy_until = time;
}

static void
do_erase_flash (Request *request)
{
  EkSimulator *self = request->self;

  for (guint32 at = 0; at < self->options.flash_size; at += EK_SIM_BLOCK)
    if (!ek_bytes_all (self->flash + at, EK_SIM_BLOCK, 0xff))
      request->time = ek_sim_flash_erase (self, request->time, at, EK_SIM_BLOCK);
  if (ek_sim_has_fault (self, EK_SIM_FAULT_ERASE_FAILS))
    request->status = FAILED_SPI;
}

static void
do_erase_region (Request *request)
{
  EkSimulator *self = request->self;
  guint32 at, end;

  if (!has_size (request, 8))
    return;
  at = word (request, 0);
  end = at + word (request, 1);
  if (at % EK_SIM_SECTOR != 0 || end % EK_SIM_SECTOR != 0)
    {
      request->status = BAD_LENGTH;
      return;
    }
  if (ek_sim_has_fault (self, EK_SIM_FAULT_ERASE_FAILS))
    {
      request->status = FAILED_SPI;
      return;
    }
  while (at < end)
    {
      guint32 step =
          at % EK_SIM_BLOCK == 0 && end - at >= EK_SIM_BLOCK ? EK_SIM_BLOCK : EK_SIM_SECTOR;

      request->time = ek_sim_flash_erase (self, request->time, at, step);
      at += step;
    }
}

static void
do_run_user_code (Request *request)
{
  request->silent = TRUE;
}

static const struct
{
  guint8 command;
  void (*run) (Request *request);
} handlers[] = {
  { 0x02, do_begin },         { 0x03, do_data },
  { 0x04, do_end },           { 0x05, do_mem_begin },
  { 0x06, do_mem_end },       { 0x07, do_mem_data },
  { 0x08, do_sync },          { 0x09, do_write_reg },
  { 0x0a, do_read_reg },      { 0x0b, do_spi_set_params },
  { 0x0d, do_spi_attach },    { 0x0f, do_change_baud },
  { 0x10, do_begin },         { 0x11, do_defl_data },
  { 0x12, do_end },           { 0x13, do_md5 },
  { 0x14, do_security_info }, { 0xd0, do_erase_flash },
  { 0xd1, do_erase_region },  { 0xd2, do_read_flash },
  { 0xd3, do_run_user_code },
};

static void
run_handler (Request *request)
{
  for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
    if (handlers[i].command == request->command)
      {
        handlers[i].run (request);
        return;
      }

  request->status = INVALID_COMMAND;
}

/**
 * ek_sim_stub_start:
 *
 * The uploaded program takes over and greets.
 */
void
ek_sim_stub_start (EkSimulator *self, gint64 time)
{
  self->mode = EK_SIM_STUB;
  self->deferred_error = OK;
  self->reading = FALSE;
  self->watchdog_at = -1;
  ek_sim_write_clear (&self->write);
  self->busy_until = time + START_US;
  ek_sim_send_frame (self, self->busy_until, (const guint8 *) "OHAI", 4);
}

/**
 * ek_sim_stub_handle:
 * @frame: (array length=size): unescaped
 *
 * Works on one frame. What went wrong after an answer is told as the answer to the next command, which
 * is then not executed.
 */
void
ek_sim_stub_handle (EkSimulator *self, gint64 time, const guint8 *frame, gsize size)
{
  Request request = { .self = self, .time = time + COMMAND_US };

  if (self->reading)
    {
      take_acknowledgement (self, request.time, frame, size);
      return;
    }
  if (size < HEADER)
    return;

  request.command = frame[1];
  request.checksum = ek_get_u32 (frame + 4);
  request.data = frame + HEADER;
  request.size = size - HEADER;
  if (frame[0] != 0)
    request.status = INVALID_COMMAND;
  else if (ek_get_u16 (frame + 2) != request.size)
    request.status = BAD_LENGTH;
  else if (self->deferred_error != OK)
    {
      request.status = self->deferred_error;
      self->deferred_error = OK;
    }
  else if (ek_sim_fault_for_frame (self, FALSE, EK_SIM_FAULT_REFUSE) != NULL)
    request.status = FAILED_SPI;
  else
    run_handler (&request);

  if (!request.silent)
    answer (self, request.time, request.command, request.value, request.reply,
            request.status == OK ? request.reply_size : 0, request.status);
  if (request.status == OK && request.afterwards != NULL)
    self->deferred_error = request.afterwards (&request);
  self->busy_until = MAX (self->busy_until, request.time);
}

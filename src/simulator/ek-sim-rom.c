/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ROM's loader, answer for answer as recorded from a real one. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-simulator-private.h"

#include "ek-bytes.h"

#include <string.h>

#define HEADER        8
#define BLOCK_HEADER  16
#define CHECKSUM_SEED 0xef

/* Status words: failed and reason, then two bytes that mean nothing. */
#define OK            0x0000u
#define BAD_MESSAGE   0x0105u
#define FAILED_TO_ACT 0x0106u
#define BAD_CHECKSUM  0x0107u
#define FLASH_WRITE   0x0108u
#define FLASH_READ    0x0109u
#define READ_LENGTH   0x010au
#define DEFLATE_ERROR 0x010bu

#define SECURITY_INFO_SIZE    20
#define SECURITY_INFO_SIZE_S2 12
/* A few instructions and one answer. */
#define COMMAND_US 30

#define SYNC 0x08
/* Above that the ROM wants to be told how large the flash is (esptool: default 2 MB). */
#define DEFAULT_FLASH_SIZE (2u << 20)

/* What a request of one byte to READ_REG does: the ROM reads at address 0 (recorded). */
static const char crash_text[] =
    "Guru Meditation Error: Core 0 panic'ed (LoadProhibited)\r\n"
    "Core 0 register dump:\r\n"
    "PC      : 0x40047ecd  PS      : 0x00060730  A0      : 0x80048404  A1      : 0x3fceb600\r\n"
    "A2      : 0x00000000  A3      : 0x3fceb690  A4      : 0x3fceb624  A5      : 0x00000020\r\n"
    "A6      : 0x00000000  A7      : 0x3fceb647  A8      : 0x80047ec8  A9      : 0x3fceb5e0\r\n"
    "A10     : 0x00000009  A11     : 0x00002000  A12     : 0x00000000  A13     : 0x3fcef150\r\n"
    "A14     : 0x00000000  A15     : 0x000000c0  SAR     : 0x0000000b  EXCCAUSE: 0x0000001c\r\n"
    "EXCVADDR: 0x00000000  LBEG    : 0x400570e8  LEND    : 0x400570f3  LCOUNT  : 0x00000000\r\n"
    "\r\n"
    "Backtrace: 0x40047ecd:0x3fceb600 0x40048401:0x3fceb620 0x40043619:0x3fceb6d0 "
    "0x40043c3d:0x3fceb6f0 0x40034c45:0x3fceb710\r\n\r\n";

/**
 * Request:
 *
 * One command and its answer under construction.
 */
typedef struct
{
  EkSimulator *self;
  gint64 time; /* when the answer is ready */
  guint8 command;
  guint32 checksum;
  const guint8 *data;
  gsize size;
  guint8 reply[80];
  gsize reply_size;
  guint status;
  gboolean silent;
} Request;

static void
answer (EkSimulator *self,
        gint64 time,
        guint8 command,
        const guint8 *data,
        gsize size,
        guint status)
{
  guint8 frame[HEADER + 80 + 4] = { 0 };

  frame[0] = 1;
  frame[1] = command;
  ek_put_u16 (frame + 2, (guint16) (size + 4));
  ek_put_u32 (frame + 4, self->last_value);
  if (size > 0)
    memcpy (frame + HEADER, data, size);
  frame[HEADER + size] = (guint8) (status >> 8);
  frame[HEADER + size + 1] = (guint8) status;
  /* An address that is no RAM is answered with ff ff behind a status of zeros (recorded). */
  if (status == 0xffffu)
    {
      frame[HEADER + size] = frame[HEADER + size + 1] = 0;
      frame[HEADER + size + 2] = frame[HEADER + size + 3] = 0xff;
    }
  ek_sim_send_frame (self, time, frame, HEADER + size + 4);
}

static guint32
word (const Request *request, guint index)
{
  return ek_get_u32 (request->data + 4 * index);
}

static gboolean
has_words (Request *request, guint n)
{
  if (request->size >= 4 * n)
    return TRUE;

  request->status = BAD_MESSAGE;
  return FALSE;
}

static gboolean
block_is_sound (Request *request)
{
  guint8 checksum = CHECKSUM_SEED;

  if (request->size < BLOCK_HEADER || word (request, 0) != request->size - BLOCK_HEADER)
    {
      request->status = BAD_MESSAGE;
      return FALSE;
    }
  for (gsize i = BLOCK_HEADER; i < request->size; i++)
    checksum ^= request->data[i];
  if (checksum != (request->checksum & 0xff))
    {
      request->status = BAD_CHECKSUM;
      return FALSE;
    }

  return TRUE;
}

static void
do_sync (Request *request)
{
  EkSimulator *self = request->self;

  if (!has_words (request, 9))
    return;
  self->last_value = word (request, 0);
  for (guint i = 0; i < 7; i++)
    answer (self, request->time, request->command, NULL, 0, OK);
}

static void
do_read_reg (Request *request)
{
  EkSimulator *self = request->self;

  if (request->size < 4)
    {
      ek_sim_send_text (self, request->time, crash_text);
      self->mode = EK_SIM_HUNG;
      request->silent = TRUE;
      return;
    }
  self->last_value = ek_sim_register_read (self, word (request, 0));
}

static void
do_write_reg (Request *request)
{
  if (has_words (request, 4))
    ek_sim_register_write (request->self, request->time, word (request, 0), word (request, 1),
                           word (request, 2));
}

/**
 * ek_sim_security_info:
 * @info: (out caller-allocates): 20 bytes
 *
 * Returns: bytes of the answer; 0 if this chip has no such command
 */
gsize
ek_sim_security_info (EkSimulator *self, guint8 *info)
{
  const EkSimOptions *options = &self->options;
  guint32 flags = (options->secure_boot ? 1u << 0 : 0) | (options->secure_download ? 1u << 2 : 0);

  memset (info, 0, SECURITY_INFO_SIZE);
  ek_put_u32 (info, flags);
  info[4] = options->encryption ? 1 : 0;
  if (!options->chip->has_security_info)
    return 0;
  if (!options->chip->security_info_has_id)
    return SECURITY_INFO_SIZE_S2;

  info[11] = 0x0c; /* as recorded: the last key purpose of blank eFuses */
  ek_put_u32 (info + 12, options->chip->chip_id);
  return SECURITY_INFO_SIZE;
}

static void
do_security_info (Request *request)
{
  request->reply_size = ek_sim_security_info (request->self, request->reply);
  if (request->reply_size == 0)
    request->status = BAD_MESSAGE;
}

static void
do_spi_attach (Request *request)
{
  if (has_words (request, 1))
    request->self->attached = TRUE;
}

static void
do_spi_set_params (Request *request)
{
  if (has_words (request, 6))
    request->self->known_flash_size = word (request, 1);
}

static gboolean
is_reachable (EkSimulator *self, guint32 offset, guint32 size)
{
  guint32 known = self->known_flash_size != 0 ? self->known_flash_size : DEFAULT_FLASH_SIZE;

  return self->attached && (guint64) offset + size <= known &&
         ek_sim_flash_contains (self, offset, size);
}

/* The ROM erases before it answers: whole blocks where it can. */
static gint64
erase_now (EkSimulator *self, gint64 time, guint32 offset, guint32 size)
{
  guint32 at = EK_ALIGN_DOWN (offset, EK_SIM_SECTOR);
  guint32 end = EK_ALIGN_UP (offset + size, EK_SIM_SECTOR);

  while (at < end)
    {
      guint32 step =
          at % EK_SIM_BLOCK == 0 && end - at >= EK_SIM_BLOCK ? EK_SIM_BLOCK : EK_SIM_SECTOR;

      time = ek_sim_flash_erase (self, time, at, step);
      at += step;
    }

  return time;
}

/**
 * ek_sim_write_clear:
 *
 * Forgets a write that was under way.
 */
void
ek_sim_write_clear (EkSimWrite *write)
{
  if (write->inflating)
    inflateEnd (&write->inflater);
  g_clear_pointer (&write->window, g_free);
  *write = (EkSimWrite){ 0 };
}

/**
 * ek_sim_write_begin:
 * @payload: at least 16 bytes of a BEGIN
 */
void
ek_sim_write_begin (EkSimWrite *write, const guint8 *payload, gboolean compressed)
{
  ek_sim_write_clear (write);
  write->active = TRUE;
  write->compressed = compressed;
  write->remaining = ek_get_u32 (payload);
  write->block_size = ek_get_u32 (payload + 8);
  write->offset = ek_get_u32 (payload + 12);
  write->next_erase = EK_ALIGN_DOWN (write->offset, EK_SIM_SECTOR);
  write->erase_remaining =
      EK_ALIGN_UP (write->offset + (guint32) write->remaining, EK_SIM_SECTOR) - write->next_erase;
  if (compressed)
    {
      write->window = g_malloc (EK_SIM_WINDOW);
      write->inflating = inflateInit (&write->inflater) == Z_OK;
    }
}

static void
do_flash_begin (Request *request)
{
  EkSimulator *self = request->self;
  gboolean compressed = request->command == 0x10;

  if (!has_words (request, self->options.chip->chip_id == 0 ? 4 : 5))
    return;
  if (!is_reachable (self, word (request, 3), word (request, 0)) ||
      ek_sim_has_fault (self, EK_SIM_FAULT_ERASE_FAILS))
    {
      request->status = FAILED_TO_ACT;
      return;
    }

  ek_sim_write_begin (&self->write, request->data, compressed);
  request->time = erase_now (self, request->time, word (request, 3), word (request, 0));
}

static void
do_flash_data (Request *request)
{
  EkSimulator *self = request->self;
  EkSimWrite *write = &self->write;
  guint32 size;

  if (!write->active || write->compressed)
    {
      request->status = BAD_MESSAGE;
      return;
    }
  if (!block_is_sound (request))
    {
      ek_sim_write_clear (write);
      return;
    }

  size = (guint32) (request->size - BLOCK_HEADER);
  request->time =
      ek_sim_flash_program (self, request->time, write->offset, request->data + BLOCK_HEADER, size);
  write->offset += size;
}

static void
do_flash_defl_data (Request *request)
{
  EkSimulator *self = request->self;
  EkSimWrite *write = &self->write;
  int result = Z_OK;

  if (!write->active || !write->compressed || !write->inflating)
    {
      request->status = BAD_MESSAGE;
      return;
    }
  if (!block_is_sound (request))
    {
      ek_sim_write_clear (write);
      return;
    }

  write->inflater.next_in = (Bytef *) request->data + BLOCK_HEADER;
  write->inflater.avail_in = (uInt) (request->size - BLOCK_HEADER);
  do
    {
      guint32 made;

      write->inflater.next_out = write->window;
      write->inflater.avail_out = EK_SIM_WINDOW;
      result = inflate (&write->inflater, Z_NO_FLUSH);
      made = EK_SIM_WINDOW - write->inflater.avail_out;
      request->time =
          ek_sim_flash_program (self, request->time, write->offset, write->window, made);
      write->offset += made;
    }
  while (result == Z_OK && write->inflater.avail_out == 0);

  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
    {
      request->status = DEFLATE_ERROR;
      ek_sim_write_clear (write);
    }
}

static void
do_flash_end (Request *request)
{
  EkSimulator *self = request->self;

  if (!has_words (request, 1))
    return;
  ek_sim_write_clear (&self->write);
  /* Either way the ROM leaves its loader: to the firmware after a reset, or to nothing at all. */
  if (word (request, 0) == 0)
    {
      self->reboot_at = request->time + 1000;
      self->reboot_reason = EK_SIM_RESET_SW_CPU;
    }
}

static void
do_mem_begin (Request *request)
{
  EkSimulator *self = request->self;

  if (!has_words (request, 4))
    return;
  if (!ek_sim_mem_is_valid (self, word (request, 3), word (request, 0)))
    {
      request->status = 0xffffu;
      return;
    }

  self->mem_remaining = word (request, 0);
  self->mem_address = word (request, 3);
  if (self->n_uploaded < G_N_ELEMENTS (self->uploaded_start))
    {
      self->uploaded_start[self->n_uploaded] = self->mem_address;
      self->uploaded_end[self->n_uploaded] = self->mem_address;
      self->n_uploaded++;
    }
}

static void
do_mem_data (Request *request)
{
  EkSimulator *self = request->self;
  guint32 size;

  if (!block_is_sound (request))
    return;
  size = (guint32) (request->size - BLOCK_HEADER);
  if (self->n_uploaded == 0 || size > self->mem_remaining)
    {
      request->status = BAD_MESSAGE;
      return;
    }

  self->mem_remaining -= size;
  self->mem_address += size;
  self->uploaded_end[self->n_uploaded - 1] = self->mem_address;
}

static void
do_mem_end (Request *request)
{
  EkSimulator *self = request->self;
  guint32 entry;

  if (!has_words (request, 2) || word (request, 0) != 0)
    {
      self->n_uploaded = 0;
      return;
    }

  entry = word (request, 1);
  answer (self, request->time, request->command, NULL, 0, OK);
  request->silent = TRUE;
  for (guint i = 0; i < self->n_uploaded; i++)
    if (entry >= self->uploaded_start[i] && entry < self->uploaded_end[i] &&
        !ek_sim_has_fault (self, EK_SIM_FAULT_STUB_NO_START))
      {
        ek_sim_stub_start (self, request->time);
        return;
      }

  /* It jumped to where no program is. */
  self->mode = EK_SIM_HUNG;
}

static void
do_read_flash_slow (Request *request)
{
  EkSimulator *self = request->self;
  guint32 offset, size;

  if (!has_words (request, 2))
    return;
  offset = word (request, 0);
  size = word (request, 1);
  if (size > 64)
    request->status = READ_LENGTH;
  else if (!is_reachable (self, offset, size))
    request->status = FLASH_READ;
  else
    {
      memcpy (request->reply, self->flash + offset, size);
      request->reply_size = 64;
    }
}

static void
do_md5 (Request *request)
{
  EkSimulator *self = request->self;
  g_autofree char *hex = NULL;
  guint8 digest[16];

  if (!has_words (request, 2))
    return;
  if (!is_reachable (self, word (request, 0), word (request, 1)))
    {
      request->status = FLASH_READ;
      return;
    }

  request->time =
      ek_sim_flash_md5 (self, request->time, word (request, 0), word (request, 1), digest);
  digest[0] ^= self->md5_wrong ? 0x01 : 0x00;
  self->md5_wrong = FALSE;
  hex = ek_bytes_hex (digest, sizeof digest);
  memcpy (request->reply, hex, 32);
  request->reply_size = 32;
}

static void
do_change_baud (Request *request)
{
  EkSimulator *self = request->self;

  if (!has_words (request, 2))
    return;
  answer (self, request->time, request->command, NULL, 0, OK);
  request->silent = TRUE;
  self->chip_baud = word (request, 0);
}

static const struct
{
  guint8 command;
  gboolean in_secure_download;
  void (*run) (Request *request);
} handlers[] = {
  { 0x02, TRUE, do_flash_begin },
  { 0x03, TRUE, do_flash_data },
  { 0x04, TRUE, do_flash_end },
  { 0x05, FALSE, do_mem_begin },
  { 0x06, FALSE, do_mem_end },
  { 0x07, FALSE, do_mem_data },
  { SYNC, TRUE, do_sync },
  { 0x09, FALSE, do_write_reg },
  { 0x0a, FALSE, do_read_reg },
  { 0x0b, TRUE, do_spi_set_params },
  { 0x0d, TRUE, do_spi_attach },
  { 0x0e, FALSE, do_read_flash_slow },
  { 0x0f, TRUE, do_change_baud },
  { 0x10, FALSE, do_flash_begin },
  { 0x11, FALSE, do_flash_defl_data },
  { 0x12, FALSE, do_flash_end },
  { 0x13, FALSE, do_md5 },
  { 0x14, TRUE, do_security_info },
};

/**
 * ek_sim_rom_handle:
 * @frame: (array length=size): unescaped
 *
 * Works on one request. A command that the ROM does not know is answered with the number of the one
 * before it (recorded).
 */
void
ek_sim_rom_handle (EkSimulator *self, gint64 time, const guint8 *frame, gsize size)
{
  Request request = { .self = self, .time = time + COMMAND_US };
  void (*run) (Request *) = NULL;

  if (size < HEADER || frame[0] != 0)
    return;

  request.command = frame[1];
  request.checksum = ek_get_u32 (frame + 4);
  request.data = frame + HEADER;
  request.size = MIN (size - HEADER, ek_get_u16 (frame + 2));
  for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
    if (handlers[i].command == request.command &&
        (handlers[i].in_secure_download || !self->options.secure_download))
      run = handlers[i].run;
  if (request.command == 0x14 && !self->options.chip->has_security_info)
    run = NULL;
  if (run == NULL)
    {
      answer (self, request.time, self->last_command, NULL, 0, BAD_MESSAGE);
      self->busy_until = request.time;
      return;
    }

  self->last_command = request.command;
  if (ek_sim_fault_for_frame (self, FALSE, EK_SIM_FAULT_REFUSE) != NULL ||
      (request.command != SYNC && ek_sim_has_fault (self, EK_SIM_FAULT_REFUSE)))
    request.status = FAILED_TO_ACT;
  else
    run (&request);
  if (!request.silent)
    answer (self, request.time, request.command, request.reply, request.reply_size, request.status);
  self->busy_until = MAX (self->busy_until, request.time);
}

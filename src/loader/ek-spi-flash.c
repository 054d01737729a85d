/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands to the flash chip itself, through the registers of the SPI controller. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-loader-private.h"

#include "ek-bytes.h"

#define SPI_USR_COMMAND (1u << 31)
#define SPI_USR_ADDR    (1u << 30)
#define SPI_USR_DUMMY   (1u << 29)
#define SPI_USR_MISO    (1u << 28)
#define SPI_CMD_USR     (1u << 18)
#define SPI_CMD_OFFSET  0x00
#define SPI_ADDR_OFFSET 0x04
#define OPCODE_BITS     8
#define MAX_POLLS       10

#define FLASH_RDID         0x9f
#define FLASH_SFDP         0x5a
#define FLASH_RESET_ENABLE 0x66
#define FLASH_RESET        0x99
#define WAKE_TIMEOUT       (2 * G_USEC_PER_SEC)
#define WAKE_PAUSE         (100 * 1000)
#define SFDP_MAGIC         0x50444653u /* "SFDP" */

typedef struct
{
  guint32 reg;
  guint32 value;
} RegisterValue;

static gboolean
write_all (EkLoader *self,
           const RegisterValue *values,
           guint n_values,
           GCancellable *cancellable,
           GError **error)
{
  for (guint i = 0; i < n_values; i++)
    if (!ek_loader_write_reg (self, values[i].reg, values[i].value, G_MAXUINT32, cancellable,
                              error))
      return FALSE;

  return TRUE;
}

static gboolean
wait_until_sent (EkLoader *self, guint32 cmd_reg, GCancellable *cancellable, GError **error)
{
  for (guint i = 0; i < MAX_POLLS; i++)
    {
      guint32 cmd;

      if (!ek_loader_read_reg (self, cmd_reg, &cmd, cancellable, error))
        return FALSE;
      if ((cmd & SPI_CMD_USR) == 0)
        return TRUE;
    }

  g_set_error (error, EK_ERROR, EK_ERROR_FLASH_NOT_FOUND, "the SPI controller does not finish");
  return FALSE;
}

/**
 * ek_loader_run_spi_command:
 * @result: (out): the first bits of the answer, first byte lowest
 *
 * Source: ESP32-S3 technical reference manual, SPI controller; esp-protocol facts 1.6.
 */
gboolean
ek_loader_run_spi_command (EkLoader *self,
                           const EkSpiCommand *command,
                           guint32 *result,
                           GCancellable *cancellable,
                           GError **error)
{
  const EkChip *chip = self->info.chip;
  guint32 base = chip->spi_base;
  guint32 old_usr, old_usr2;
  guint32 usr = SPI_USR_COMMAND;
  guint32 usr1 = 0;
  RegisterValue values[8];
  guint n = 0;

  if (!ek_loader_read_reg (self, base + chip->spi_usr, &old_usr, cancellable, error) ||
      !ek_loader_read_reg (self, base + chip->spi_usr2, &old_usr2, cancellable, error))
    return FALSE;

  if (command->read_bits > 0)
    {
      usr |= SPI_USR_MISO;
      values[n++] = (RegisterValue){ base + chip->spi_miso_dlen, command->read_bits - 1u };
    }
  if (command->dummy_bits > 0)
    {
      usr |= SPI_USR_DUMMY;
      usr1 |= command->dummy_bits - 1u;
    }
  if (command->address_bits > 0)
    {
      usr |= SPI_USR_ADDR;
      usr1 |= (command->address_bits - 1u) << 26;
    }
  if (usr1 != 0)
    values[n++] = (RegisterValue){ base + chip->spi_usr1, usr1 };
  values[n++] = (RegisterValue){ base + chip->spi_usr, usr };
  values[n++] =
      (RegisterValue){ base + chip->spi_usr2, (OPCODE_BITS - 1u) << 28 | command->opcode };
  if (command->address_bits > 0)
    values[n++] =
        (RegisterValue){ base + SPI_ADDR_OFFSET,
                         chip->spi_address_msb ? command->address << (32 - command->address_bits)
                                               : command->address };
  values[n++] = (RegisterValue){ base + chip->spi_w0, 0 };
  values[n++] = (RegisterValue){ base + SPI_CMD_OFFSET, SPI_CMD_USR };

  if (!write_all (self, values, n, cancellable, error) ||
      !wait_until_sent (self, base + SPI_CMD_OFFSET, cancellable, error) ||
      !ek_loader_read_reg (self, base + chip->spi_w0, result, cancellable, error))
    return FALSE;

  values[0] = (RegisterValue){ base + chip->spi_usr, old_usr };
  values[1] = (RegisterValue){ base + chip->spi_usr2, old_usr2 };
  return write_all (self, values, 2, cancellable, error);
}

static gboolean
id_is_plausible (guint32 id)
{
  return id != 0 && id != 0xffffff && id != 0xffff3f;
}

/* A flash chip that was left in another mode, or in the middle of an erase, says nothing sensible: it is
 * reset and asked again for a while. */
static gboolean
wake_flash (EkLoader *self, guint32 *id, GCancellable *cancellable, GError **error)
{
  static const EkSpiCommand steps[] = { { .opcode = FLASH_RESET_ENABLE },
                                        { .opcode = FLASH_RESET } };
  EkSpiCommand rdid = { .opcode = FLASH_RDID, .read_bits = 24 };
  gint64 end = ek_port_now (self->port) + WAKE_TIMEOUT;
  guint32 ignored;

  while (!id_is_plausible (*id) && ek_port_now (self->port) < end)
    {
      for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
        if (!ek_loader_run_spi_command (self, &steps[i], &ignored, cancellable, error))
          return FALSE;
      if (!ek_port_sleep (self->port, WAKE_PAUSE, cancellable, error) ||
          !ek_loader_run_spi_command (self, &rdid, id, cancellable, error))
        return FALSE;
    }

  return TRUE;
}

/* A flash that gives no sensible id may still be one if it has an SFDP table. */
static gboolean
identify_flash (EkLoader *self, GCancellable *cancellable, GError **error)
{
  EkSpiCommand rdid = { .opcode = FLASH_RDID, .read_bits = 24 };
  EkSpiCommand sfdp = {
    .opcode = FLASH_SFDP, .address_bits = 24, .dummy_bits = 8, .read_bits = 32
  };
  guint32 id, magic;

  if (!ek_loader_run_spi_command (self, &rdid, &id, cancellable, error))
    return FALSE;
  if (!wake_flash (self, &id, cancellable, error))
    return FALSE;
  if (!id_is_plausible (id))
    {
      if (!ek_loader_run_spi_command (self, &sfdp, &magic, cancellable, error))
        return FALSE;
      if (magic != SFDP_MAGIC)
        {
          g_set_error (error, EK_ERROR, EK_ERROR_FLASH_NOT_FOUND,
                       "the flash chip does not answer (id %06x)", id);
          return FALSE;
        }
    }

  self->info.flash_id = id;
  self->info.flash_size = ek_flash_size_from_id (id);
  return TRUE;
}

static gboolean
spi_attach (EkLoader *self, GCancellable *cancellable, GError **error)
{
  /* 0: the pins of the eFuses. The ROM wants a second word, the stub none. */
  guint8 payload[8] = { 0 };

  return ek_link_request (self->link, EK_COMMAND_SPI_ATTACH, payload, self->is_stub ? 4 : 8, 0,
                          EK_DEFAULT_TIMEOUT, NULL, cancellable, error);
}

static gboolean
set_flash_parameters (EkLoader *self, GCancellable *cancellable, GError **error)
{
  const guint32 words[6] = {
    0, self->info.flash_size, EK_FLASH_BLOCK_SIZE, EK_FLASH_SECTOR_SIZE, 0x100, 0xffff
  };
  guint8 payload[24];

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    ek_put_u32 (payload + 4 * i, words[i]);

  return ek_link_request (self->link, EK_COMMAND_SPI_SET_PARAMS, payload, sizeof payload, 0,
                          EK_DEFAULT_TIMEOUT, NULL, cancellable, error);
}

/**
 * ek_loader_attach_flash:
 *
 * Connects the SPI controller to the flash chip, asks who it is, and tells ROM or stub its size:
 * above 2 MB the ROM fails without that.
 *
 * Returns: %FALSE with %EK_ERROR_FLASH_NOT_FOUND, or an error of the link
 */
gboolean
ek_loader_attach_flash (EkLoader *self, GCancellable *cancellable, GError **error)
{
  if (!self->is_stub && !spi_attach (self, cancellable, error))
    return FALSE;
  if (!identify_flash (self, cancellable, error))
    return FALSE;
  if (self->info.flash_size != 0 && !set_flash_parameters (self, cancellable, error))
    return FALSE;

  self->attached = TRUE;
  return TRUE;
}

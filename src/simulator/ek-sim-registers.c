/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registers: plain words, eFuses, strapping, watchdogs, and the SPI controller with its flash chip. */
#define G_LOG_DOMAIN "ek-simulator"
#include "config.h"

#include "ek-simulator-private.h"

#define MAGIC_REG 0x40001000u

#define SPI_CMD_USR      (1u << 18)
#define SPI_USR_INITIAL  0x800000c0u /* both as the recordings have them */
#define SPI_USR2_INITIAL 0x70000000u

#define STRAP_DOWNLOAD 0x07u
#define STRAP_BOOT     0x0fu

#define WDT_ENABLE (1u << 31)
#define WDT_KEY    0x50d83aa1u
/* What the loaders set: 2000 cycles of the slow clock (136 kHz), a few milliseconds. */
#define WDT_DELAY_US 15000

/* Of Winbond's W25Q128JV, as of most flash chips. */
#define FLASH_RDID  0x9f
#define FLASH_WREN  0x06
#define FLASH_WRDI  0x04
#define STATUS_WEL  0x02 /* of the first status; follows WREN */
#define STATUS_BP   0x1c /* of the first status: all blocks are protected */
#define STATUS_BUSY 0x01

/* Opcodes that read and write each of the three bytes of the status. */
static const struct
{
  guint8 read, write;
} status_opcodes[] = { { 0x05, 0x01 }, { 0x35, 0x31 }, { 0x15, 0x11 } };

static guint32
get (EkSimulator *self, guint32 address)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->registers, GUINT_TO_POINTER (address)));
}

static void
put (EkSimulator *self, guint32 address, guint32 value)
{
  g_hash_table_insert (self->registers, GUINT_TO_POINTER (address), GUINT_TO_POINTER (value));
}

static void
or_into (EkSimulator *self, guint32 address, guint32 bits)
{
  put (self, address, get (self, address) | bits);
}

static void
put_revision (EkSimulator *self)
{
  const EkSimChip *chip = self->options.chip;
  guint32 major_reg = chip->revision_major_reg != 0 ? chip->revision_major_reg : chip->revision_reg;

  if (chip->chip_id == 0)
    {
      /* ESP32: revision 3 is three single bits in three places. */
      guint major = self->options.revision_major;

      or_into (self, 0x3ff5a00c, (major >= 1 ? 1u : 0u) << 15);
      or_into (self, chip->revision_reg, (major >= 2 ? 1u : 0u) << 20);
      or_into (self, 0x3ff6607c, (major >= 3 ? 1u : 0u) << 31);
    }
  else
    {
      or_into (self, major_reg, self->options.revision_major << chip->revision_major_shift);
    }
  or_into (self, chip->revision_reg,
           (self->options.revision_minor & 7) << chip->revision_minor_shift);
}

/**
 * ek_sim_registers_reset:
 *
 * The state after power-on.
 */
void
ek_sim_registers_reset (EkSimulator *self)
{
  const EkSimChip *chip = self->options.chip;
  const guint8 *mac = self->options.mac;

  g_hash_table_remove_all (self->registers);
  put (self, MAGIC_REG, chip->magic);
  put (self, chip->mac_reg,
       (guint32) mac[2] << 24 | (guint32) mac[3] << 16 | (guint32) mac[4] << 8 | mac[5]);
  put (self, chip->mac_reg + 4, (guint32) mac[0] << 8 | mac[1]);
  put_revision (self);
  put (self, chip->spi_base + chip->spi_usr, SPI_USR_INITIAL);
  put (self, chip->spi_base + chip->spi_usr2, SPI_USR2_INITIAL);
  if (chip->chip_id == 0)
    {
      or_into (self, 0x3ff5a018, self->options.secure_boot ? 1u << 5 : 0);
      or_into (self, 0x3ff5a000, self->options.encryption ? 1u << 20 : 0);
    }
  else if (chip->chip_id == 9)
    {
      /* ESP32-S3: SECURE_BOOT_EN and SPI_BOOT_CRYPT_CNT (facts 1.5) */
      or_into (self, 0x60007038, self->options.secure_boot ? 1u << 20 : 0);
      or_into (self, 0x60007034, self->options.encryption ? 1u << 18 : 0);
    }
}

static guint32
flash_status (EkSimulator *self, guint byte)
{
  guint32 status = self->flash_status[byte];

  if (byte > 0)
    return status;
  return status | (self->flash_write_enabled ? STATUS_WEL : 0) |
         (ek_sim_has_fault (self, EK_SIM_FAULT_WRITE_PROTECT) ? STATUS_BP : 0);
}

/* The first byte's opcode takes the second one along. */
static void
write_flash_status (EkSimulator *self, guint byte, guint32 value, guint bits)
{
  if (self->flash_write_enabled)
    for (guint i = byte; i < G_N_ELEMENTS (self->flash_status) && bits >= 8; i++, bits -= 8)
      {
        self->flash_status[i] = value & 0xff & (i == 0 ? ~(STATUS_WEL | STATUS_BUSY) : 0xff);
        value >>= 8;
      }
  self->flash_write_enabled = FALSE;
}

/* @value: @bits that came along with the opcode */
static guint32
flash_answer (EkSimulator *self, guint8 opcode, guint32 value, guint bits)
{
  for (guint i = 0; i < G_N_ELEMENTS (status_opcodes); i++)
    {
      if (opcode == status_opcodes[i].read)
        return flash_status (self, i);
      if (opcode == status_opcodes[i].write)
        write_flash_status (self, i, value, bits);
    }

  switch (opcode)
    {
    case FLASH_RDID:
      return self->options.flash_id;
    case FLASH_WREN:
    case FLASH_WRDI:
      self->flash_write_enabled = opcode == FLASH_WREN;
      return 0;
    default:
      return 0;
    }
}

static void
run_spi_command (EkSimulator *self)
{
  const EkSimChip *chip = self->options.chip;
  guint8 opcode = get (self, chip->spi_base + chip->spi_usr2) & 0xff;
  guint mosi_bits = (get (self, chip->spi_base + chip->spi_miso_dlen - 4) & 0x3ff) + 1;
  guint bits = (get (self, chip->spi_base + chip->spi_miso_dlen) & 0x3ff) + 1;
  guint32 value = get (self, chip->spi_base + chip->spi_w0);
  guint32 answer = flash_answer (self, opcode, value, mosi_bits);

  if (bits < 32)
    answer &= (1u << bits) - 1;
  put (self, chip->spi_base + chip->spi_w0, answer);
}

/**
 * ek_sim_register_read:
 *
 * Returns: the word; 0 where nothing is known to be
 */
guint32
ek_sim_register_read (EkSimulator *self, guint32 address)
{
  const EkSimChip *chip = self->options.chip;

  if (address == chip->strap_reg && address != 0)
    return self->strap_low ? STRAP_DOWNLOAD : STRAP_BOOT;

  return get (self, address);
}

static void
take_watchdog (EkSimulator *self, gint64 time, guint32 config0)
{
  if ((config0 & WDT_ENABLE) == 0)
    {
      if (self->reboot_reason == EK_SIM_RESET_RTC_WDT)
        self->reboot_at = -1;
      return;
    }

  self->reboot_at = time + WDT_DELAY_US;
  self->reboot_reason = EK_SIM_RESET_RTC_WDT;
}

/**
 * ek_sim_register_write:
 * @mask: bits that change
 */
void
ek_sim_register_write (EkSimulator *self, gint64 time, guint32 address, guint32 value, guint32 mask)
{
  const EkSimChip *chip = self->options.chip;
  guint32 word = (get (self, address) & ~mask) | (value & mask);

  put (self, address, word);
  if (address == chip->spi_base && (word & SPI_CMD_USR) != 0)
    {
      run_spi_command (self);
      put (self, address, word & ~SPI_CMD_USR);
    }
  else if (address == chip->wdt_config0 && address != 0 && get (self, chip->wdt_protect) == WDT_KEY)
    {
      take_watchdog (self, time, word);
    }
  else if (address == chip->swd_config && address != 0 && word != 0)
    {
      self->watchdog_at = -1;
    }
  else if (address == chip->force_download_reg && address != 0)
    {
      self->download_flag = (word & 1) != 0;
    }
}

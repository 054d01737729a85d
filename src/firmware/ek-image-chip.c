/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chips as images see them. Sources: memory maps of Espressif's technical reference manuals and
 * ESP-IDF's soc.h; revisions from ESP-IDF's Kconfig.hw_support; page sizes and frequencies from
 * esptool's documentation of the image format. */
#define G_LOG_DOMAIN "ek-firmware"
#include "config.h"

#include "ek-image-chip.h"

#include "ek-elf.h"

#define ANY_REVISION 65535
#define KIB          1024u

static const EkImageChip chips[] = {
  {
      .name = "ESP32",
      .id = "esp32",
      .image_chip_id = 0,
      .machine = EK_ELF_MACHINE_XTENSA,
      .max_revision = 399,
      .mapped = { { 0x3f400000, 0x3f800000 }, { 0x400d0000, 0x40400000 } },
      .memory = { { 0x3ff80000, 0x3ff82000 },
                  { 0x3ffae000, 0x40000000 },
                  { 0x40070000, 0x400c0000 },
                  { 0x400c0000, 0x400c2000 },
                  { 0x50000000, 0x50002000 } },
      .page_sizes = { 64 * KIB },
      .frequencies = { 40, 26, 20, 80 },
  },
  {
      .name = "ESP32-S2",
      .id = "esp32s2",
      .image_chip_id = 2,
      .machine = EK_ELF_MACHINE_XTENSA,
      .max_revision = 199,
      .mapped = { { 0x3f000000, 0x3f3f0000 }, { 0x40080000, 0x40b80000 } },
      .memory = { { 0x3ff9e000, 0x3ffa0000 },
                  { 0x3ffb0000, 0x40000000 },
                  { 0x40020000, 0x40072000 },
                  { 0x50000000, 0x50002000 } },
      .page_sizes = { 64 * KIB },
      .frequencies = { 40, 26, 20, 80 },
  },
  {
      .name = "ESP32-S3",
      .id = "esp32s3",
      .image_chip_id = 9,
      .machine = EK_ELF_MACHINE_XTENSA,
      .max_revision = 99,
      .mapped = { { 0x3c000000, 0x3e000000 }, { 0x42000000, 0x44000000 } },
      .memory = { { 0x3fc88000, 0x3fd00000 },
                  { 0x40370000, 0x403e0000 },
                  { 0x50000000, 0x50002000 },
                  { 0x600fe000, 0x60100000 } },
      .page_sizes = { 64 * KIB },
      .frequencies = { 40, 26, 20, 80 },
  },
  {
      .name = "ESP32-C2",
      .id = "esp32c2",
      .image_chip_id = 12,
      .machine = EK_ELF_MACHINE_RISCV,
      .max_revision = ANY_REVISION,
      .mapped = { { 0x3c000000, 0x3c400000 }, { 0x42000000, 0x42400000 } },
      .memory = { { 0x3fca0000, 0x3fce0000 }, { 0x4037c000, 0x403c0000 } },
      .page_sizes = { 64 * KIB, 32 * KIB, 16 * KIB },
      .frequencies = { 30, 20, 15, 60 },
  },
  {
      .name = "ESP32-C3",
      .id = "esp32c3",
      .image_chip_id = 5,
      .machine = EK_ELF_MACHINE_RISCV,
      .max_revision = ANY_REVISION,
      .mapped = { { 0x3c000000, 0x3c800000 }, { 0x42000000, 0x42800000 } },
      .memory = { { 0x3fc80000, 0x3fce0000 },
                  { 0x4037c000, 0x403e0000 },
                  { 0x50000000, 0x50002000 } },
      .page_sizes = { 64 * KIB },
      .frequencies = { 40, 26, 20, 80 },
  },
  {
      .name = "ESP32-C5",
      .id = "esp32c5",
      .image_chip_id = 23,
      .machine = EK_ELF_MACHINE_RISCV,
      .max_revision = ANY_REVISION,
      .mapped = { { 0x42000000, 0x44000000 } },
      .memory = { { 0x40800000, 0x40860000 }, { 0x50000000, 0x50004000 } },
      .page_sizes = { 64 * KIB },
      .frequencies = { 40, 0, 20, 80 },
  },
  {
      .name = "ESP32-C6",
      .id = "esp32c6",
      .image_chip_id = 13,
      .machine = EK_ELF_MACHINE_RISCV,
      .max_revision = ANY_REVISION,
      .mapped = { { 0x42000000, 0x43000000 } },
      .memory = { { 0x40800000, 0x40880000 }, { 0x50000000, 0x50004000 } },
      .page_sizes = { 64 * KIB, 32 * KIB, 16 * KIB, 8 * KIB },
      /* 80 MHz is written as 40: the ROM would set the divider wrong */
      .frequencies = { 40, 0, 20, 0 },
  },
  {
      .name = "ESP32-C61",
      .id = "esp32c61",
      .image_chip_id = 20,
      .machine = EK_ELF_MACHINE_RISCV,
      .max_revision = ANY_REVISION,
      .mapped = { { 0x42000000, 0x44000000 } },
      .memory = { { 0x40800000, 0x40860000 }, { 0x50000000, 0x50004000 } },
      .page_sizes = { 64 * KIB, 32 * KIB, 16 * KIB, 8 * KIB },
      .frequencies = { 40, 0, 20, 80 },
  },
  {
      .name = "ESP32-H2",
      .id = "esp32h2",
      .image_chip_id = 16,
      .machine = EK_ELF_MACHINE_RISCV,
      .max_revision = ANY_REVISION,
      .mapped = { { 0x42000000, 0x43000000 } },
      .memory = { { 0x40800000, 0x40850000 }, { 0x50000000, 0x50001000 } },
      .page_sizes = { 64 * KIB, 32 * KIB, 16 * KIB, 8 * KIB },
      .frequencies = { 24, 16, 12, 48 },
  },
  {
      .name = "ESP32-P4",
      .id = "esp32p4",
      .image_chip_id = 18,
      .machine = EK_ELF_MACHINE_RISCV,
      .max_revision = ANY_REVISION,
      .mapped = { { 0x40000000, 0x4c000000 } },
      .memory = { { 0x30100000, 0x30102000 },
                  { 0x4ff00000, 0x4ffc0000 },
                  { 0x50108000, 0x50110000 } },
      .page_sizes = { 64 * KIB },
      .frequencies = { 40, 0, 20, 80 },
  },
};

static gboolean
range_holds (const EkAddressRange *range, guint32 address, guint64 end)
{
  return address >= range->start && end <= range->end;
}

/**
 * ek_image_chip_get_nth:
 *
 * Returns: (nullable) (transfer none): %NULL behind the last
 */
const EkImageChip *
ek_image_chip_get_nth (guint index)
{
  return index < G_N_ELEMENTS (chips) ? &chips[index] : NULL;
}

/**
 * ek_image_chip_find_by_image_id:
 *
 * Returns: (nullable) (transfer none)
 */
const EkImageChip *
ek_image_chip_find_by_image_id (guint16 image_chip_id)
{
  for (guint i = 0; i < G_N_ELEMENTS (chips); i++)
    if (chips[i].image_chip_id == image_chip_id)
      return &chips[i];

  return NULL;
}

/**
 * ek_image_chip_find_by_name:
 * @name: such as "esp32s3" or "ESP32-S3"
 *
 * Returns: (nullable) (transfer none)
 */
const EkImageChip *
ek_image_chip_find_by_name (const char *name)
{
  g_return_val_if_fail (name != NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (chips); i++)
    if (g_ascii_strcasecmp (chips[i].id, name) == 0 ||
        g_ascii_strcasecmp (chips[i].name, name) == 0)
      return &chips[i];

  return NULL;
}

/**
 * ek_image_chip_is_mapped:
 *
 * Returns: %TRUE if the chip reads that address from its flash
 */
gboolean
ek_image_chip_is_mapped (const EkImageChip *self, guint32 address)
{
  return range_holds (&self->mapped[0], address, (guint64) address + 1) ||
         range_holds (&self->mapped[1], address, (guint64) address + 1);
}

/**
 * ek_image_chip_holds:
 * @size: 1 or more
 *
 * Returns: %TRUE if all of it is in one piece of the chip's memory or flash mapping
 */
gboolean
ek_image_chip_holds (const EkImageChip *self, guint32 address, guint32 size)
{
  guint64 end = (guint64) address + size;

  for (guint i = 0; i < G_N_ELEMENTS (self->mapped); i++)
    if (range_holds (&self->mapped[i], address, end))
      return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (self->memory); i++)
    if (range_holds (&self->memory[i], address, end))
      return TRUE;

  return FALSE;
}

gboolean
ek_image_chip_has_page_size (const EkImageChip *self, guint32 page_size)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->page_sizes); i++)
    if (page_size != 0 && self->page_sizes[i] == page_size)
      return TRUE;

  return FALSE;
}

/**
 * ek_image_chip_frequency_to_nibble:
 * @megahertz: of the flash
 * @nibble: (out): low half of the image's byte 3
 *
 * Returns: %FALSE if the chip has no such frequency
 */
gboolean
ek_image_chip_frequency_to_nibble (const EkImageChip *self, guint megahertz, guint8 *nibble)
{
  for (guint8 i = 0; i < G_N_ELEMENTS (self->frequencies); i++)
    if (megahertz != 0 && self->frequencies[i] == megahertz)
      {
        *nibble = i == 3 ? 0x0f : i;
        return TRUE;
      }

  return FALSE;
}

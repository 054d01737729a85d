/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options that say what becomes of a firmware file, shared by the commands that take one. */
#pragma once

#include "ek-bundle.h"

G_BEGIN_DECLS

/**
 * EkCliFirmware:
 *
 * What --flash-size, --partition-table and the like say, and what was read for them.
 */
typedef struct
{
  char *flash_size;
  char *flash_mode;
  char *flash_freq;
  char *min_chip_rev;
  char *mmu_page_size;
  char *table;
  char *bootloader;
  gboolean no_description;

  EkPartitionTable *table_read;
  GBytes *bootloader_read;
} EkCliFirmware;

/* Rows for a GOptionEntry table; @self is a static EkCliFirmware. The names are espflash's. */
/* clang-format off */
#define EK_CLI_FIRMWARE_ENTRIES(self)                                                              \
  { "flash-size", 's', 0, G_OPTION_ARG_STRING, &(self).flash_size,                                 \
    N_ ("size of the device's memory, such as 16mb (default: what it has)"), N_ ("SIZE") },        \
  { "flash-mode", 'm', 0, G_OPTION_ARG_STRING, &(self).flash_mode,                                 \
    N_ ("for an ELF file: qio, qout, dio (default) or dout"), N_ ("MODE") },                       \
  { "flash-freq", 'f', 0, G_OPTION_ARG_STRING, &(self).flash_freq,                                 \
    N_ ("for an ELF file: MHz of the memory, such as 80mhz"), N_ ("FREQUENCY") },                  \
  { "partition-table", 0, 0, G_OPTION_ARG_FILENAME, &(self).table,                                 \
    N_ ("table for an app that is alone, CSV or binary"), N_ ("FILE") },                           \
  { "bootloader", 0, 0, G_OPTION_ARG_FILENAME, &(self).bootloader,                                 \
    N_ ("boot loader for an app that is alone"), N_ ("FILE") },                                    \
  { "min-chip-rev", 0, 0, G_OPTION_ARG_STRING, &(self).min_chip_rev,                               \
    N_ ("for an ELF file: oldest chip that may run it, such as 0.2"), N_ ("REVISION") },           \
  { "mmu-page-size", 0, 0, G_OPTION_ARG_STRING, &(self).mmu_page_size,                             \
    N_ ("for an ELF file: page of the flash mapping (default: it says so itself)"), N_ ("SIZE") }, \
  { "ignore-app-descriptor", 0, 0, G_OPTION_ARG_NONE, &(self).no_description,                      \
    N_ ("for an ELF file: take it also without an app description"), NULL }
/* clang-format on */

gboolean ek_cli_firmware_read (EkCliFirmware *self,
                               const char *chip,
                               EkBundleOptions *options,
                               GError **error);
EkPartitionTable *ek_cli_read_table (const char *path, gboolean *is_csv, GError **error);
gboolean ek_cli_firmware_is_set (const EkCliFirmware *self);
void ek_cli_firmware_clear (EkCliFirmware *self);

G_END_DECLS

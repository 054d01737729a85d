/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Firmware from the web, as results and as operations: what firmware and elf print, tools give. */
#pragma once

#include "ek-cli-arguments.h"
#include "ek-cli-library.h"
#include "ek-cli-operation.h"
#include "ek-elf-download.h"

G_BEGIN_DECLS

#define EK_CLI_ELF_NEXT_STEPS "Use this ELF with openocd-esp32 and xtensa-esp32s3-elf-gdb."

void ek_cli_json_builds (JsonBuilder *builder, EkLibrary *library, const char *job_id);
void ek_cli_json_download (JsonBuilder *builder,
                           EkCatalogEntry *entry,
                           EkEntryDownload *download,
                           const char *folder);
void ek_cli_json_elf (JsonBuilder *builder,
                      EkCatalogEntry *entry,
                      EkDownload *download,
                      const char *path);
gboolean ek_cli_save_download (EkEntryDownload *download, const char *folder, GError **error);
gboolean ek_cli_save_elf (EkDownload *download, const char *path, GError **error);

EkCliOperation *ek_cli_start_firmware_list (EkCliArguments *arguments);
EkCliOperation *ek_cli_start_firmware_download (EkCliArguments *arguments);
EkCliOperation *ek_cli_start_elf_download (EkCliArguments *arguments);

G_END_DECLS

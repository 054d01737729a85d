/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of what devices complain about while they start. */
#define G_LOG_DOMAIN "ek-monitor"
#include "config.h"

#include "ek-boot-problem.h"

#include <string.h>

/* Source: strings of the ROM, ESP-IDF 5.4.1, Rust's standard library and EchoKit; facts/echokit.md 3.7. */
static const EkBootProblem problems[] = {
  { "invalid header: 0x", NULL, EK_ERROR_BOOT_FAILED, "no-bootloader",
    "there is nothing where the chip looks for a boot loader" },
  { "Failed to verify partition table", NULL, EK_ERROR_BOOT_FAILED, "partition-table-broken",
    "the partition table is missing or broken" },
  { "No bootable app partitions", NULL, EK_ERROR_BOOT_FAILED, "no-app",
    "no partition has an app that could start" },
  { "has invalid magic byte", NULL, EK_ERROR_BOOT_FAILED, "app-missing",
    "there is no app in its partition" },
  { "Image hash failed", NULL, EK_ERROR_BOOT_FAILED, "app-damaged",
    "the app is not what was built: its hash is wrong" },
  { "Checksum failed", NULL, EK_ERROR_BOOT_FAILED, "app-checksum", "the app's checksum is wrong" },
  { "doesn't fit in partition length", NULL, EK_ERROR_BOOT_FAILED, "app-too-long",
    "the app is longer than its partition" },
  { "boot:0x", "(DOWNLOAD(", EK_ERROR_BOOT_STILL_DOWNLOAD, "download-mode",
    "the chip started in download mode: K0 is held, or stuck" },
  { "waiting for download", NULL, EK_ERROR_BOOT_STILL_DOWNLOAD, "download-mode",
    "the chip started in download mode: K0 is held, or stuck" },
  { "Detected size(", "smaller than", EK_ERROR_BOOT_WRONG_BOARD, "flash-too-small",
    "the flash is smaller than the firmware was made for" },
  { "PSRAM chip not found or not supported", NULL, EK_ERROR_BOOT_WRONG_BOARD, "no-psram",
    "the board lacks the memory that an EchoKit has" },
  { "PSRAM enabled but initialization failed", NULL, EK_ERROR_BOOT_WRONG_BOARD, "psram-failed",
    "the board's memory does not work as an EchoKit's does" },
  { "PSRAM ID read error", NULL, EK_ERROR_BOOT_WRONG_BOARD, "no-psram",
    "the board lacks the memory that an EchoKit has" },
  { "Brownout detector was triggered", NULL, EK_ERROR_POWER, "brown-out",
    "the supply voltage fell too low" },
  { "echokit: Failed to get ", NULL, EK_ERROR_SETTINGS_DAMAGED, "setting-unreadable",
    "a stored setting is too long, or damaged" },
  { "' panicked at ", NULL, EK_ERROR_BOOT_CRASH, "rust-panic", "the firmware gave up by itself" },
  { "abort() was called at PC", NULL, EK_ERROR_BOOT_CRASH, "abort", "the firmware stopped itself" },
  { "Guru Meditation Error", NULL, EK_ERROR_BOOT_CRASH, "guru-meditation",
    "the processor stopped the firmware" },
  { "assert failed:", NULL, EK_ERROR_BOOT_CRASH, "assert",
    "the firmware found itself in a state that cannot be" },
  { "***ERROR*** A stack overflow in task", NULL, EK_ERROR_BOOT_CRASH, "stack-overflow",
    "a task of the firmware ran out of stack" },
  { "CORRUPT HEAP:", NULL, EK_ERROR_BOOT_CRASH, "heap-corruption",
    "the firmware overwrote its own memory" },
};

/**
 * ek_boot_problem_find:
 *
 * Returns: (nullable) (transfer none): what @line complains about, if it does
 */
const EkBootProblem *
ek_boot_problem_find (const char *line)
{
  for (gsize i = 0; i < G_N_ELEMENTS (problems); i++)
    if (strstr (line, problems[i].phrase) != NULL &&
        (problems[i].and_phrase == NULL || strstr (line, problems[i].and_phrase) != NULL))
      return &problems[i];

  return NULL;
}

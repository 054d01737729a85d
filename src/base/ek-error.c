/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error domain, the names of its codes, and the way of foreign errors into it. */
#define G_LOG_DOMAIN "ek-base"
#include "config.h"

#include "ek-error.h"

GQuark
ek_error_quark (void)
{
  return g_quark_from_static_string ("ek-error");
}

/* The names are part of the command line's JSON: once out, they stay. */
static const char *const names[EK_N_ERRORS] = {
  [EK_ERROR_INTERNAL] = "internal",
  [EK_ERROR_CANCELLED] = "cancelled",
  [EK_ERROR_INVALID_ARGUMENT] = "invalid-argument",
  [EK_ERROR_NO_DEVICE] = "no-device",
  [EK_ERROR_SEVERAL_DEVICES] = "several-devices",
  [EK_ERROR_PORT_NOT_FOUND] = "port-not-found",
  [EK_ERROR_PORT_NO_PERMISSION] = "port-no-permission",
  [EK_ERROR_PORT_BUSY] = "port-busy",
  [EK_ERROR_PORT_NO_DRIVER] = "port-no-driver",
  [EK_ERROR_PORT_NOT_SERIAL] = "port-not-serial",
  [EK_ERROR_LINK_LOST] = "link-lost",
  [EK_ERROR_TIMEOUT] = "timeout",
  [EK_ERROR_NO_ANSWER] = "no-answer",
  [EK_ERROR_WRONG_BOOT_MODE] = "wrong-boot-mode",
  [EK_ERROR_NOISE] = "noise",
  [EK_ERROR_NO_SYNC] = "no-sync",
  [EK_ERROR_CHIP_REFUSED] = "chip-refused",
  [EK_ERROR_CHIP_UNKNOWN] = "chip-unknown",
  [EK_ERROR_CHIP_LOCKED] = "chip-locked",
  [EK_ERROR_WRONG_CHIP] = "wrong-chip",
  [EK_ERROR_FLASH_NOT_FOUND] = "flash-not-found",
  [EK_ERROR_STUB_FAILED] = "stub-failed",
  [EK_ERROR_WRITE_FAILED] = "write-failed",
  [EK_ERROR_WRITE_PROTECTED] = "write-protected",
  [EK_ERROR_VERIFY_FAILED] = "verify-failed",
  [EK_ERROR_POWER] = "power",
  [EK_ERROR_FILE_NOT_FOUND] = "file-not-found",
  [EK_ERROR_FILE_UNREADABLE] = "file-unreadable",
  [EK_ERROR_FILE_TOO_LARGE] = "file-too-large",
  [EK_ERROR_NOT_FIRMWARE] = "not-firmware",
  [EK_ERROR_FIRMWARE_DAMAGED] = "firmware-damaged",
  [EK_ERROR_FIRMWARE_WRONG_CHIP] = "firmware-wrong-chip",
  [EK_ERROR_FIRMWARE_WRONG_REVISION] = "firmware-wrong-revision",
  [EK_ERROR_SEVERAL_CHIPS] = "several-chips",
  [EK_ERROR_FIRMWARE_WRONG_BOARD] = "firmware-wrong-board",
  [EK_ERROR_FIRMWARE_OVERLAP] = "firmware-overlap",
  [EK_ERROR_FIRMWARE_TOO_BIG] = "firmware-too-big",
  [EK_ERROR_PARTITION_TABLE] = "partition-table",
  [EK_ERROR_NO_BOOTLOADER] = "no-bootloader",
  [EK_ERROR_ARCHIVE_UNSAFE] = "archive-unsafe",
  [EK_ERROR_SIGNATURE_WRONG] = "signature-wrong",
  [EK_ERROR_SIGNATURE_MISSING] = "signature-missing",
  [EK_ERROR_DISK_FULL] = "disk-full",
  [EK_ERROR_FILE_WRITE] = "file-write",
  [EK_ERROR_CATALOG] = "catalog",
  [EK_ERROR_CATALOG_ENTRY] = "catalog-entry",
  [EK_ERROR_OFFLINE] = "offline",
  [EK_ERROR_SERVER] = "server",
  [EK_ERROR_NOT_ON_SERVER] = "not-on-server",
  [EK_ERROR_TLS] = "tls",
  [EK_ERROR_PROXY] = "proxy",
  [EK_ERROR_DOWNLOAD_NO_FIRMWARE] = "download-no-firmware",
  [EK_ERROR_DOWNLOAD_DAMAGED] = "download-damaged",
  [EK_ERROR_SETTINGS_DAMAGED] = "settings-damaged",
  [EK_ERROR_SETTINGS_INVALID] = "settings-invalid",
  [EK_ERROR_SETTINGS_FULL] = "settings-full",
  [EK_ERROR_BOOT_FAILED] = "boot-failed",
  [EK_ERROR_BOOT_LOOP] = "boot-loop",
  [EK_ERROR_BOOT_CRASH] = "boot-crash",
  [EK_ERROR_BOOT_OTHER_VERSION] = "boot-other-version",
  [EK_ERROR_BOOT_STILL_DOWNLOAD] = "boot-still-download",
  [EK_ERROR_BOOT_WRONG_BOARD] = "boot-wrong-board",
};

/* How errors of GIO read in our domain, wherever a library call hands one up. */
static const struct
{
  GIOErrorEnum io;
  EkError ours;
} io_codes[] = {
  { G_IO_ERROR_CANCELLED, EK_ERROR_CANCELLED },
  { G_IO_ERROR_NOT_FOUND, EK_ERROR_FILE_NOT_FOUND },
  { G_IO_ERROR_PERMISSION_DENIED, EK_ERROR_FILE_UNREADABLE },
  { G_IO_ERROR_IS_DIRECTORY, EK_ERROR_FILE_UNREADABLE },
  { G_IO_ERROR_NOT_REGULAR_FILE, EK_ERROR_FILE_UNREADABLE },
  { G_IO_ERROR_NO_SPACE, EK_ERROR_DISK_FULL },
  { G_IO_ERROR_TIMED_OUT, EK_ERROR_TIMEOUT },
  { G_IO_ERROR_BROKEN_PIPE, EK_ERROR_LINK_LOST },
  { G_IO_ERROR_CLOSED, EK_ERROR_LINK_LOST },
};

/**
 * ek_error_name:
 * @code: a code of the domain
 *
 * Returns: (transfer none): the stable name of the code for scripts, such as "port-busy"
 */
const char *
ek_error_name (EkError code)
{
  g_return_val_if_fail ((guint) code < EK_N_ERRORS, "internal");

  return names[code];
}

/**
 * ek_error_from_name:
 * @name: a name as ek_error_name() gives it
 * @code: (out): the code of that name
 *
 * Returns: %FALSE if no code has that name
 */
gboolean
ek_error_from_name (const char *name, EkError *code)
{
  for (guint i = 0; i < EK_N_ERRORS; i++)
    if (g_strcmp0 (names[i], name) == 0)
      {
        *code = i;
        return TRUE;
      }

  return FALSE;
}

/**
 * ek_error_convert:
 * @error: (inout) (nullable): an error of any domain
 *
 * Brings an error of GIO or GLib's file functions into this domain, so that callers test one domain.
 * The message stays.
 */
void
ek_error_convert (GError **error)
{
  EkError code = EK_ERROR_INTERNAL;

  if (error == NULL || *error == NULL || (*error)->domain == EK_ERROR)
    return;

  if ((*error)->domain == G_IO_ERROR)
    {
      for (guint i = 0; i < G_N_ELEMENTS (io_codes); i++)
        if ((int) io_codes[i].io == (*error)->code)
          code = io_codes[i].ours;
    }
  else if ((*error)->domain == G_FILE_ERROR)
    {
      if ((*error)->code == G_FILE_ERROR_NOENT || (*error)->code == G_FILE_ERROR_NOTDIR)
        code = EK_ERROR_FILE_NOT_FOUND;
      else if ((*error)->code == G_FILE_ERROR_NOSPC)
        code = EK_ERROR_DISK_FULL;
      else
        code = EK_ERROR_FILE_UNREADABLE;
    }
  else if ((*error)->domain == G_OPTION_ERROR)
    {
      code = EK_ERROR_INVALID_ARGUMENT;
    }

  (*error)->domain = EK_ERROR;
  (*error)->code = code;
}

/**
 * ek_error_set_cancelled:
 * @cancellable: (nullable): what may have been cancelled
 *
 * Returns: %TRUE with %EK_ERROR_CANCELLED set if @cancellable is cancelled
 */
gboolean
ek_error_set_cancelled (GCancellable *cancellable, GError **error)
{
  if (!g_cancellable_is_cancelled (cancellable))
    return FALSE;

  g_set_error_literal (error, EK_ERROR, EK_ERROR_CANCELLED, "cancelled");
  return TRUE;
}

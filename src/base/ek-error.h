/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One error domain; one code per thing a person can do something about. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define EK_ERROR (ek_error_quark ())

/**
 * EkError:
 *
 * What went wrong, told apart by what helps. The message of the #GError is technical English; the
 * words for owners come from ek_advice_for_code().
 */
typedef enum
{
  EK_ERROR_INTERNAL,         /* a fault of this program */
  EK_ERROR_CANCELLED,        /* the person stopped it */
  EK_ERROR_INVALID_ARGUMENT, /* an option or address that makes no sense */
  /* the way to the device */
  EK_ERROR_NO_DEVICE,          /* nothing plugged in that could be an EchoKit */
  EK_ERROR_SEVERAL_DEVICES,    /* more than one, and none was named */
  EK_ERROR_PORT_NOT_FOUND,     /* the named port does not exist */
  EK_ERROR_PORT_NO_PERMISSION, /* EACCES */
  EK_ERROR_PORT_BUSY,          /* another program holds it */
  EK_ERROR_PORT_NO_DRIVER,     /* plugged in, but the system makes no serial port of it */
  EK_ERROR_PORT_NOT_SERIAL,    /* exists, but is no serial port */
  EK_ERROR_LINK_LOST,          /* the cable, or the device, went away */
  EK_ERROR_TIMEOUT,            /* no answer in time */
  /* getting into download mode */
  EK_ERROR_NO_ANSWER,       /* nothing at all was received */
  EK_ERROR_WRONG_BOOT_MODE, /* it runs its firmware instead of listening */
  EK_ERROR_NOISE,           /* bytes came, but no frames */
  EK_ERROR_NO_SYNC,         /* in download mode, but it does not hear us */
  EK_ERROR_CHIP_REFUSED,    /* a command was answered with an error */
  EK_ERROR_CHIP_UNKNOWN,    /* answers, but is no chip that we know */
  EK_ERROR_CHIP_LOCKED,     /* secure boot, flash encryption or secure download mode */
  EK_ERROR_WRONG_CHIP,      /* not the chip that was asked for */
  EK_ERROR_FLASH_NOT_FOUND, /* the flash chip does not answer */
  EK_ERROR_STUB_FAILED,     /* the flasher program did not start on the chip */
  /* writing */
  EK_ERROR_WRITE_FAILED,    /* the chip could not erase or program */
  EK_ERROR_WRITE_PROTECTED, /* written, but it reads back unchanged */
  EK_ERROR_VERIFY_FAILED,   /* the chip's MD5 is not ours */
  EK_ERROR_POWER,           /* brown-out */
  /* the firmware in hand */
  EK_ERROR_FILE_NOT_FOUND,
  EK_ERROR_FILE_UNREADABLE,
  EK_ERROR_FILE_TOO_LARGE,
  EK_ERROR_NOT_FIRMWARE,     /* no format that we know */
  EK_ERROR_FIRMWARE_DAMAGED, /* a checksum, hash or bound is wrong */
  EK_ERROR_FIRMWARE_WRONG_CHIP,
  EK_ERROR_FIRMWARE_WRONG_REVISION,
  EK_ERROR_SEVERAL_CHIPS, /* it can be for several chips, and none was named */
  EK_ERROR_FIRMWARE_WRONG_BOARD,
  EK_ERROR_FIRMWARE_OVERLAP,  /* two parts want the same place */
  EK_ERROR_FIRMWARE_TOO_BIG,  /* does not fit the flash or its partition */
  EK_ERROR_PARTITION_TABLE,   /* missing or broken where one is needed */
  EK_ERROR_NO_BOOTLOADER,     /* a program alone, and nothing on the device to start it */
  EK_ERROR_ARCHIVE_UNSAFE,    /* an archive that holds what no firmware holds */
  EK_ERROR_SIGNATURE_WRONG,   /* signed, but these are not the bytes that were signed */
  EK_ERROR_SIGNATURE_MISSING, /* a signature of somebody trusted was asked for */
  EK_ERROR_DISK_FULL,
  EK_ERROR_FILE_WRITE,
  /* firmware from the web */
  EK_ERROR_CATALOG,              /* a firmware list that can't be read, or none at all */
  EK_ERROR_CATALOG_ENTRY,        /* an entry of a list lacks something that it needs */
  EK_ERROR_OFFLINE,              /* no network, no such host, no connection */
  EK_ERROR_SERVER,               /* the server is there, but fails */
  EK_ERROR_NOT_ON_SERVER,        /* the server doesn't have it: 404, 410 */
  EK_ERROR_TLS,                  /* not who it says it is, or no safe connection */
  EK_ERROR_PROXY,                /* the proxy is wrong, or wants a password */
  EK_ERROR_DOWNLOAD_NO_FIRMWARE, /* a web page came instead of the file */
  EK_ERROR_DOWNLOAD_DAMAGED,     /* length or checksum is not what was promised */
  /* the owner's settings */
  EK_ERROR_SETTINGS_DAMAGED, /* they can't be read */
  EK_ERROR_SETTINGS_INVALID, /* a value that the firmware doesn't take */
  EK_ERROR_SETTINGS_FULL,    /* no room for them */
  /* after the restart */
  EK_ERROR_BOOT_FAILED,         /* the boot loader refused what is on the flash */
  EK_ERROR_BOOT_LOOP,           /* it keeps restarting */
  EK_ERROR_BOOT_CRASH,          /* it started and crashed */
  EK_ERROR_BOOT_OTHER_VERSION,  /* something else started */
  EK_ERROR_BOOT_STILL_DOWNLOAD, /* still in download mode: a button is held */
  EK_ERROR_BOOT_WRONG_BOARD,    /* not an EchoKit: no PSRAM */

  EK_N_ERRORS /*< skip >*/
} EkError;

GQuark ek_error_quark (void);
const char *ek_error_name (EkError code);
gboolean ek_error_from_name (const char *name, EkError *code);
void ek_error_convert (GError **error);
gboolean ek_error_set_cancelled (GCancellable *cancellable, GError **error);

G_END_DECLS

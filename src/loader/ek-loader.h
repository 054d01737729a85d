/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The talk with a chip in download mode: its ROM loader, or the stub flasher put into its RAM. */
#pragma once

#include "ek-chip-info.h"
#include "ek-flash-stream.h"
#include "ek-port.h"

G_BEGIN_DECLS

#define EK_FLASH_SECTOR_SIZE 0x1000u
#define EK_FLASH_BLOCK_SIZE  0x10000u

/**
 * EkLoaderOptions:
 * @no_stub: stay with the ROM
 * @no_reset: the chip is in download mode already
 * @baud: fastest speed to use; 0: as fast as the adapter is known to go
 * @chip: (nullable): the only chip to accept
 * @attempts: how often to try to connect; 0 for the default of 7
 * @patience: seconds that a person has to help a chip that does not answer; kept here for whoever
 *   connects, see ek_guided_connect()
 */
typedef struct
{
  gboolean no_stub;
  gboolean no_reset;
  guint baud;
  const EkChip *chip;
  guint attempts;
  guint patience;
} EkLoaderOptions;

/* Told while an operation runs, on the same thread: bytes of it that are done. */
typedef void (*EkLoaderProgress) (guint64 bytes_done, gpointer user_data);

#define EK_TYPE_LOADER (ek_loader_get_type ())
G_DECLARE_FINAL_TYPE (EkLoader, ek_loader, EK, LOADER, GObject)

EkLoader *ek_loader_new (EkPort *port, const EkLoaderOptions *options);

EkPort *ek_loader_get_port (EkLoader *self);
const EkChipInfo *ek_loader_get_chip_info (EkLoader *self);
gboolean ek_loader_is_stub (EkLoader *self);
guint ek_loader_get_baud (EkLoader *self);

guint ek_loader_get_patience (EkLoader *self);

gboolean ek_loader_connect (EkLoader *self, GCancellable *cancellable, GError **error);
gboolean ek_loader_listen (EkLoader *self, GCancellable *cancellable, GError **error);
gboolean
ek_loader_reconnect (EkLoader *self, gboolean slower, GCancellable *cancellable, GError **error);
gboolean ek_loader_resync (EkLoader *self, GCancellable *cancellable, GError **error);
GBytes *ek_loader_take_output (EkLoader *self);
gboolean ek_loader_leave (EkLoader *self, GCancellable *cancellable, GError **error);

gboolean ek_loader_read_reg (EkLoader *self,
                             guint32 address,
                             guint32 *value,
                             GCancellable *cancellable,
                             GError **error);
gboolean ek_loader_write_reg (EkLoader *self,
                              guint32 address,
                              guint32 value,
                              guint32 mask,
                              GCancellable *cancellable,
                              GError **error);

gboolean ek_loader_md5 (EkLoader *self,
                        guint32 offset,
                        guint32 size,
                        guint8 *digest,
                        GCancellable *cancellable,
                        GError **error);
gboolean ek_loader_write (EkLoader *self,
                          EkFlashStream *stream,
                          EkLoaderProgress progress,
                          gpointer user_data,
                          GCancellable *cancellable,
                          GError **error);
gboolean ek_loader_read (EkLoader *self,
                         guint32 offset,
                         guint32 size,
                         guint8 *buffer,
                         EkLoaderProgress progress,
                         gpointer user_data,
                         GCancellable *cancellable,
                         GError **error);
gboolean ek_loader_erase_region (EkLoader *self,
                                 guint32 offset,
                                 guint32 size,
                                 GCancellable *cancellable,
                                 GError **error);
gboolean ek_loader_erase_chip (EkLoader *self, GCancellable *cancellable, GError **error);

gboolean ek_loader_error_is_recoverable (const GError *error);

G_END_DECLS

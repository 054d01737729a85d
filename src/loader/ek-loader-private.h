/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loader's inside, shared by its files: connecting, identity, speed, flash. */
#pragma once

#include "ek-link.h"
#include "ek-loader.h"
#include "ek-reset.h"
#include "ek-stub.h"

G_BEGIN_DECLS

#define EK_ROM_BAUD 115200u

struct _EkLoader
{
  GObject parent_instance;

  EkPort *port;
  EkLink *link;
  EkLoaderOptions options;
  EkChipInfo info;
  gboolean identified;
  guint8 known_mac[6]; /* a reconnect must find the same device */
  gboolean is_stub;
  gboolean attached;
  gboolean lines_work; /* a reset by DTR and RTS was seen to do something */
  guint baud;          /* of the chip's UART now */
  guint baud_limit;    /* lowered by every speed that failed */
};

/* How long an operation on @bytes may take, from the protocol's seconds for a megabyte. */
gint64 ek_loader_timeout (double seconds_per_mb, guint64 bytes);

gboolean ek_loader_sync (EkLoader *self, GCancellable *cancellable, GError **error);
/* Fills the loader's info: chip, revision, MAC, security; stops the watchdogs. */
gboolean ek_loader_identify (EkLoader *self, GCancellable *cancellable, GError **error);
gboolean ek_loader_raise_baud (EkLoader *self, GCancellable *cancellable, GError **error);
gboolean ek_loader_lower_baud (EkLoader *self);
gboolean
ek_loader_start_stub (EkLoader *self, EkStub *stub, GCancellable *cancellable, GError **error);
gboolean ek_loader_attach_flash (EkLoader *self, GCancellable *cancellable, GError **error);
gboolean ek_loader_upload (EkLoader *self,
                           guint32 address,
                           GBytes *data,
                           GCancellable *cancellable,
                           GError **error);

/**
 * EkSpiCommand:
 * @opcode: of the flash chip
 * @address_bits: 0 for none
 * @dummy_bits: clock cycles between address and answer
 * @read_bits: up to 32
 */
typedef struct
{
  guint8 opcode;
  guint32 address;
  guint8 address_bits;
  guint8 dummy_bits;
  guint8 read_bits;
} EkSpiCommand;

gboolean ek_loader_run_spi_command (EkLoader *self,
                                    const EkSpiCommand *command,
                                    guint32 *result,
                                    GCancellable *cancellable,
                                    GError **error);

G_END_DECLS

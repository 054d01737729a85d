/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests and answers: one command at a time over a port, with the statuses of ROM and stub. */
#pragma once

#include "ek-port.h"
#include "ek-slip.h"

G_BEGIN_DECLS

/**
 * EkCommand:
 *
 * Opcodes. Source: ESP serial protocol, "Commands"; facts 1.2.
 */
typedef enum
{
  EK_COMMAND_FLASH_BEGIN = 0x02,
  EK_COMMAND_FLASH_DATA = 0x03,
  EK_COMMAND_FLASH_END = 0x04,
  EK_COMMAND_MEM_BEGIN = 0x05,
  EK_COMMAND_MEM_END = 0x06,
  EK_COMMAND_MEM_DATA = 0x07,
  EK_COMMAND_SYNC = 0x08,
  EK_COMMAND_WRITE_REG = 0x09,
  EK_COMMAND_READ_REG = 0x0a,
  EK_COMMAND_SPI_SET_PARAMS = 0x0b,
  EK_COMMAND_SPI_ATTACH = 0x0d,
  EK_COMMAND_READ_FLASH_SLOW = 0x0e,
  EK_COMMAND_CHANGE_BAUDRATE = 0x0f,
  EK_COMMAND_FLASH_DEFL_BEGIN = 0x10,
  EK_COMMAND_FLASH_DEFL_DATA = 0x11,
  EK_COMMAND_FLASH_DEFL_END = 0x12,
  EK_COMMAND_SPI_FLASH_MD5 = 0x13,
  EK_COMMAND_GET_SECURITY_INFO = 0x14,
  EK_COMMAND_ERASE_FLASH = 0xd0,
  EK_COMMAND_ERASE_REGION = 0xd1,
  EK_COMMAND_READ_FLASH = 0xd2,
  EK_COMMAND_RUN_USER_CODE = 0xd3,
} EkCommand;

/* Reasons that the loader acts upon; the full list is in ek-link.c. */
#define EK_REASON_NONE            0x00
#define EK_REASON_ROM_UNSUPPORTED 0x05
#define EK_REASON_ROM_CHECKSUM    0x07
#define EK_REASON_STUB_CHECKSUM   0xc1
#define EK_REASON_STUB_UNKNOWN    0xc3

#define EK_DEFAULT_TIMEOUT (3 * G_USEC_PER_SEC)

/**
 * EkReply:
 * @value: READ_REG's result; SYNC's mark of a ROM (not 0) or stub (0)
 * @data: payload without the status
 * @reason: of a refusal, 0 if there was none
 */
typedef struct
{
  guint32 value;
  guint8 data[80];
  gsize size;
  guint8 reason;
} EkReply;

typedef struct _EkLink EkLink;

EkLink *ek_link_new (EkPort *port);
void ek_link_free (EkLink *self);
void ek_link_reset (EkLink *self);
void ek_link_set_watching (EkLink *self, gboolean watching);
const char *ek_link_get_text (EkLink *self);
GBytes *ek_link_take_output (EkLink *self);
gboolean ek_link_send_raw (EkLink *self,
                           const guint8 *data,
                           gsize size,
                           GCancellable *cancellable,
                           GError **error);
guint64 ek_link_get_n_received (EkLink *self);

gboolean ek_link_send (EkLink *self,
                       EkCommand command,
                       const guint8 *data,
                       gsize size,
                       guint32 checksum,
                       GCancellable *cancellable,
                       GError **error);
gboolean ek_link_send_frame (EkLink *self,
                             const guint8 *data,
                             gsize size,
                             GCancellable *cancellable,
                             GError **error);
GByteArray *
ek_link_receive_frame (EkLink *self, gint64 deadline, GCancellable *cancellable, GError **error);
gboolean ek_link_receive (EkLink *self,
                          EkCommand command,
                          gsize reply_size,
                          gint64 timeout,
                          EkReply *reply,
                          GCancellable *cancellable,
                          GError **error);
gboolean ek_link_request (EkLink *self,
                          EkCommand command,
                          const guint8 *data,
                          gsize size,
                          gsize reply_size,
                          gint64 timeout,
                          EkReply *reply,
                          GCancellable *cancellable,
                          GError **error);
gboolean ek_link_request_block (EkLink *self,
                                EkCommand command,
                                guint32 sequence,
                                const guint8 *data,
                                gsize size,
                                gint64 timeout,
                                EkReply *reply,
                                GCancellable *cancellable,
                                GError **error);
gboolean ek_link_drain (EkLink *self, gint64 quiet, GCancellable *cancellable, GError **error);
const char *ek_command_name (EkCommand command);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EkLink, ek_link_free)

G_END_DECLS

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The speed of a UART: as fast as adapter and chip go, proved, and lower when that was too fast. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-loader-private.h"

#include "ek-bytes.h"

/* The S3's UART does 5 Mbaud; above 2 Mbaud the flash is the limit anyway (facts 7.3). */
static const guint ladder[] = { 3000000, 2000000, 1500000, 921600, 460800, 230400, EK_ROM_BAUD };

/* Old bytes in the air when both sides change (esptool waits as long). */
#define SETTLE_TIME (50 * 1000)
#define PROOF_SIZE  2048

/* What is too fast shows as lost or damaged bytes: all values, many of them to be escaped. */
static GBytes *
make_proof (void)
{
  guint8 *bytes = g_malloc (PROOF_SIZE);
  guint32 state = 0x2545f491;

  for (gsize i = 0; i < PROOF_SIZE; i++)
    {
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      bytes[i] = (guint8) state;
    }

  return g_bytes_new_take (bytes, PROOF_SIZE);
}

/* In the ROM a block into RAM, which it checks: the stub's own, where one comes next. The stub checks no
 * RAM blocks, so there it is the eight answers to SYNC. */
static gboolean
prove_speed (EkLoader *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) proof = NULL;

  if (!self->is_stub && !self->options.no_stub && ek_stub_is_available (self->info.chip))
    return TRUE;
  if (self->is_stub || self->info.chip->ram_start == 0)
    return ek_loader_sync (self, cancellable, error);

  proof = make_proof ();
  return ek_loader_upload (self, self->info.chip->ram_start, proof, cancellable, error);
}

static guint
fastest_allowed (EkLoader *self)
{
  guint limit = self->baud_limit;

  for (guint i = 0; i < G_N_ELEMENTS (ladder); i++)
    if (ladder[i] <= limit)
      return self->options.baud != 0 && limit == self->options.baud ? limit : ladder[i];

  return EK_ROM_BAUD;
}

/**
 * ek_loader_raise_baud:
 *
 * Changes both sides to the fastest speed that is allowed and not known to fail, and proves it.
 *
 * Source: ESP serial protocol, CHANGE_BAUDRATE: the answer comes at the old speed; the second word is
 * the old speed for the stub and 0 for the ROM.
 *
 * Returns: %FALSE if the speed does not work: the chip has to be reset then
 */
gboolean
ek_loader_raise_baud (EkLoader *self, GCancellable *cancellable, GError **error)
{
  /* A socket has no speed, but what is behind it may: only when the person says which. */
  gboolean wanted = ek_port_has_baud (self->port) || self->options.baud != 0;
  g_autoptr (GError) local_error = NULL;
  guint baud;
  guint8 payload[8];

  if (!wanted)
    return TRUE;

  baud = fastest_allowed (self);
  if (baud == self->baud)
    return TRUE;

  ek_put_u32 (payload, baud);
  ek_put_u32 (payload + 4, self->is_stub ? self->baud : 0);
  if (!ek_link_request (self->link, EK_COMMAND_CHANGE_BAUDRATE, payload, sizeof payload, 0,
                        EK_DEFAULT_TIMEOUT, NULL, cancellable, error))
    return FALSE;

  self->baud = baud;
  if (!ek_port_set_baud (self->port, baud, &local_error))
    {
      /* An adapter that doesn't do this speed: the chip does already, so it has to be reset. */
      g_set_error (error, EK_ERROR, EK_ERROR_LINK_LOST, "at %u baud: %s", baud,
                   local_error->message);
      return FALSE;
    }
  if (!ek_port_sleep (self->port, SETTLE_TIME, cancellable, error))
    return FALSE;

  ek_link_reset (self->link);
  if (!prove_speed (self, cancellable, error))
    {
      g_prefix_error (error, "at %u baud: ", baud);
      return FALSE;
    }

  g_debug ("%u baud", baud);
  return TRUE;
}

/**
 * ek_loader_lower_baud:
 *
 * Never again as fast as now, on this device.
 *
 * Returns: %FALSE if there is no lower speed
 */
gboolean
ek_loader_lower_baud (EkLoader *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (ladder); i++)
    if (ladder[i] < self->baud)
      {
        g_info ("%u baud is too fast here, trying %u", self->baud, ladder[i]);
        self->baud_limit = ladder[i];
        return TRUE;
      }

  return FALSE;
}

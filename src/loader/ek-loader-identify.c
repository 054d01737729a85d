/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which chip this is, and which one of its kind: security info, magic word, fuses, straps. */
#define G_LOG_DOMAIN "ek-loader"
#include "config.h"

#include "ek-loader-private.h"

#include "ek-bytes.h"

#define MAGIC_REG             0x40001000u
#define SECURITY_INFO_SIZE    20
#define SECURITY_INFO_SIZE_S2 12
/* Within this time a repeated answer has come. */
#define REPEAT_PAUSE (50 * 1000)

static gboolean
is_unsupported (const EkReply *reply)
{
  return reply->reason == EK_REASON_ROM_UNSUPPORTED || reply->reason == EK_REASON_STUB_UNKNOWN ||
         reply->reason == 0xff;
}

static void
take_security_info (EkLoader *self, const EkReply *reply)
{
  self->info.security_flags = ek_get_u32 (reply->data);
  self->info.flash_crypt_count = reply->data[4];
  self->info.secure_boot = (self->info.security_flags & EK_SECURITY_FLAG_SECURE_BOOT) != 0;
  self->info.secure_download = (self->info.security_flags & EK_SECURITY_FLAG_SECURE_DOWNLOAD) != 0;
  self->info.flash_encryption = __builtin_parity (self->info.flash_crypt_count);
}

/* The chip's own id if it tells one (C3 and later, also in secure download mode), else the word in its
 * ROM. The S2 has security info without an id. */
static gboolean
find_chip (EkLoader *self, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  EkReply reply;
  guint32 magic;

  if (ek_link_request (self->link, EK_COMMAND_GET_SECURITY_INFO, NULL, 0, SECURITY_INFO_SIZE,
                       EK_DEFAULT_TIMEOUT, &reply, cancellable, &local_error))
    {
      guint32 chip_id = ek_get_u32 (reply.data + 12);

      take_security_info (self, &reply);
      self->info.chip = ek_chip_find_by_image_id ((guint16) chip_id);
      if (self->info.chip == NULL)
        g_set_error (error, EK_ERROR, EK_ERROR_CHIP_UNKNOWN, "unknown chip, id %u", chip_id);
      return self->info.chip != NULL;
    }
  if (!g_error_matches (local_error, EK_ERROR, EK_ERROR_CHIP_REFUSED))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  if (!is_unsupported (&reply) &&
      ek_link_request (self->link, EK_COMMAND_GET_SECURITY_INFO, NULL, 0, SECURITY_INFO_SIZE_S2,
                       EK_DEFAULT_TIMEOUT, &reply, cancellable, NULL))
    take_security_info (self, &reply);
  /* The ESP32's ROM answers a command that it doesn't know more than once. */
  if (!ek_link_drain (self->link, REPEAT_PAUSE, cancellable, error))
    return FALSE;

  if (self->info.secure_download)
    {
      self->info.chip = ek_chip_find_by_name ("esp32s2");
      return TRUE;
    }
  if (!ek_loader_read_reg (self, MAGIC_REG, &magic, cancellable, error))
    return FALSE;
  self->info.chip = ek_chip_find_by_magic (magic);
  if (self->info.chip == NULL)
    g_set_error (error, EK_ERROR, EK_ERROR_CHIP_UNKNOWN, "unknown chip, magic %08x", magic);

  return self->info.chip != NULL;
}

static gboolean
check_chip (EkLoader *self, GError **error)
{
  if (self->options.chip == NULL || self->options.chip == self->info.chip)
    return TRUE;

  g_set_error (error, EK_ERROR, EK_ERROR_WRONG_CHIP, "this is an %s, not an %s",
               self->info.chip->name, self->options.chip->name);
  return FALSE;
}

static gboolean
read_fields (EkLoader *self,
             const EkChipField *fields,
             guint n_fields,
             guint32 *value,
             GCancellable *cancellable,
             GError **error)
{
  *value = 0;
  for (guint i = 0; i < n_fields && fields[i].reg != 0; i++)
    {
      guint32 word;

      if (!ek_loader_read_reg (self, fields[i].reg, &word, cancellable, error))
        return FALSE;
      *value |= (word >> fields[i].shift & ((1u << fields[i].bits) - 1)) << fields[i].weight;
    }

  return TRUE;
}

static gboolean
read_revision (EkLoader *self, GCancellable *cancellable, GError **error)
{
  const EkChip *chip = self->info.chip;
  guint32 major, minor;

  if (!read_fields (self, chip->revision_major, G_N_ELEMENTS (chip->revision_major), &major,
                    cancellable, error) ||
      !read_fields (self, chip->revision_minor, G_N_ELEMENTS (chip->revision_minor), &minor,
                    cancellable, error))
    return FALSE;

  if (chip->revision_major_is_bit_count)
    major = (guint32) __builtin_popcount (major);
  if (chip->block_version_major.reg != 0 && (minor & 7) == 0)
    {
      guint32 block_major, block_minor;

      if (!read_fields (self, &chip->block_version_major, 1, &block_major, cancellable, error) ||
          !read_fields (self, &chip->block_version_minor, 1, &block_minor, cancellable, error))
        return FALSE;
      if (block_major == 1 && block_minor == 1)
        major = minor = 0;
    }

  self->info.revision = (guint16) (major * 100 + minor);
  return TRUE;
}

static gboolean
read_mac (EkLoader *self, GCancellable *cancellable, GError **error)
{
  guint32 low, high;

  if (!ek_loader_read_reg (self, self->info.chip->mac_reg, &low, cancellable, error) ||
      !ek_loader_read_reg (self, self->info.chip->mac_reg + 4, &high, cancellable, error))
    return FALSE;

  self->info.mac[0] = (high >> 8) & 0xff;
  self->info.mac[1] = high & 0xff;
  for (guint i = 0; i < 4; i++)
    self->info.mac[2 + i] = (low >> (24 - 8 * i)) & 0xff;
  return TRUE;
}

static gboolean
read_security_fuses (EkLoader *self, GCancellable *cancellable, GError **error)
{
  const EkChip *chip = self->info.chip;
  guint32 secure_boot, crypt_count;

  if (chip->has_security_info)
    return TRUE;
  if (!read_fields (self, &chip->secure_boot, 1, &secure_boot, cancellable, error) ||
      !read_fields (self, &chip->flash_crypt_count, 1, &crypt_count, cancellable, error))
    return FALSE;

  self->info.secure_boot = secure_boot != 0;
  self->info.flash_encryption = __builtin_parity (crypt_count);
  return TRUE;
}

static gboolean
read_identity (EkLoader *self, GCancellable *cancellable, GError **error)
{
  const EkChip *chip = self->info.chip;
  guint32 package, strap;

  if (!read_mac (self, cancellable, error) || !read_revision (self, cancellable, error) ||
      !read_security_fuses (self, cancellable, error) ||
      !read_fields (self, &chip->package, 1, &package, cancellable, error))
    return FALSE;

  self->info.from_registers = TRUE;
  self->info.package = package < G_N_ELEMENTS (chip->packages) ? chip->packages[package] : NULL;
  self->info.crystal_mhz = chip->crystal_mhz;
  if (chip->strap_reg != 0 && chip->strap_boot_mask != 0)
    {
      if (!ek_loader_read_reg (self, chip->strap_reg, &strap, cancellable, error))
        return FALSE;
      self->info.entered_by_hand = (strap & chip->strap_boot_mask) == 0;
    }

  return TRUE;
}

/* Over USB-Serial/JTAG a reset leaves the watchdogs running, which would end download mode after some
 * seconds (facts 1.7). */
static gboolean
disable_watchdogs (EkLoader *self, GCancellable *cancellable, GError **error)
{
  const EkChip *chip = self->info.chip;

  if (ek_port_get_kind (self->port) != EK_PORT_KIND_USB_SERIAL_JTAG || chip->swd_config == 0 ||
      self->is_stub)
    return TRUE;

  return ek_loader_write_reg (self, chip->wdt_protect, chip->wdt_key, G_MAXUINT32, cancellable,
                              error) &&
         ek_loader_write_reg (self, chip->wdt_config0, 0, G_MAXUINT32, cancellable, error) &&
         ek_loader_write_reg (self, chip->wdt_protect, 0, G_MAXUINT32, cancellable, error) &&
         ek_loader_write_reg (self, chip->swd_protect, chip->swd_key, G_MAXUINT32, cancellable,
                              error) &&
         ek_loader_write_reg (self, chip->swd_config, chip->swd_auto_feed, chip->swd_auto_feed,
                              cancellable, error) &&
         ek_loader_write_reg (self, chip->swd_protect, 0, G_MAXUINT32, cancellable, error);
}

/**
 * ek_loader_identify:
 * @self: in download mode, right after SYNC
 *
 * Learns what the chip is, anew: #EkLoader.info is emptied first. A chip in secure download mode tells
 * nothing but its security info. Stops the watchdogs on the way, before they end download mode.
 *
 * Returns: %FALSE with %EK_ERROR_CHIP_UNKNOWN; %EK_ERROR_WRONG_CHIP if the options ask for another one;
 *   or an error of the link
 */
gboolean
ek_loader_identify (EkLoader *self, GCancellable *cancellable, GError **error)
{
  self->info = (EkChipInfo){ 0 };
  if (!find_chip (self, cancellable, error) || !check_chip (self, error))
    return FALSE;

  return self->info.secure_download ||
         (disable_watchdogs (self, cancellable, error) && read_identity (self, cancellable, error));
}
